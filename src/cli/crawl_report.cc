#include "cli/crawl_report.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <iterator>

#include "cli/terminal.h"
#include "lake/crawler/csv_classifier.h"

namespace ticklake::cli {
namespace {

namespace json = boost::json;
using lake::crawler::Action;
using lake::crawler::CrawlPlan;
using lake::crawler::DeleteBehavior;
using lake::crawler::FoundTable;
using lake::crawler::TablePlan;

constexpr int kOut = 1;
constexpr size_t kMostColumns = 60;

std::string Count(uint64_t count, std::string_view what) {
  return fmt::format("{} {}{}", Grouped(static_cast<int64_t>(count)), what, count == 1 ? "" : "s");
}

std::string PlainPath(std::string_view uri) {
  return std::string(uri.starts_with("file://") ? uri.substr(7) : uri);
}

std::string FormName(const FoundTable& table) {
  if (table.iceberg) return "Iceberg";
  std::string name;
  switch (table.reading.format) {
    case lake::hive::Format::kCsv: name = "CSV"; break;
    case lake::hive::Format::kJson:
      name = table.reading.json == lake::hive::JsonForm::kLines ? "JSON lines" : "JSON";
      break;
    case lake::hive::Format::kParquet: name = "Parquet"; break;
    case lake::hive::Format::kOrc: name = "ORC"; break;
    case lake::hive::Format::kAvro: name = "Avro"; break;
    case lake::hive::Format::kGrok: name = table.reading.grok.classification; break;
    case lake::hive::Format::kXml: name = table.reading.xml.classification; break;
  }
  if (table.reading.compression == lake::hive::Compression::kNone) return name;
  return name + ", " + std::string(NameOf(table.reading.compression));
}

std::string ActionText(const TablePlan& table, bool dry_run) {
  switch (table.action) {
    case Action::kCreate: return dry_run ? "would be created" : "created";
    case Action::kUpdate: return dry_run ? "would be updated" : "updated";
    case Action::kKeep: return "unchanged";
    case Action::kLeave: return "left alone";
  }
  return "";
}

// Text in columns; the last one is not padded.
class Grid {
 public:
  void Add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  std::string Text(std::string_view indent) const {
    std::vector<size_t> widths;
    for (const auto& row : rows_) {
      widths.resize(std::max(widths.size(), row.size()));
      for (size_t c = 0; c < row.size(); ++c) {
        widths[c] = std::max(widths[c], DisplayWidth(row[c]));
      }
    }
    std::string text;
    for (const auto& row : rows_) {
      std::string line(indent);
      for (size_t c = 0; c < row.size(); ++c) {
        line += row[c];
        if (c + 1 < row.size()) line += std::string(widths[c] - DisplayWidth(row[c]) + 2, ' ');
      }
      line.erase(line.find_last_not_of(' ') + 1);
      text += line + '\n';
    }
    return text;
  }

 private:
  std::vector<std::vector<std::string>> rows_;
};

std::string Dimmed(std::string_view text) { return text.empty() ? "" : Dim(text, kOut); }

std::string Labelled(std::string_view label, std::string_view text) {
  const std::string padded = fmt::format("{:<8}", label);
  return fmt::format("  {} {}\n", label.empty() ? padded : Dim(padded, kOut), text);
}

// Sentences below each other; the first has the label.
std::string Listed(std::string_view label, const std::vector<std::string>& sentences) {
  std::string text;
  for (const std::string& sentence : sentences) {
    text += Labelled(text.empty() ? label : "", sentence);
  }
  return text;
}

std::string Size(const FoundTable& table) {
  std::string text =
      fmt::format("{}, {}, {}{}", Count(table.files, "file"), HumanBytes(table.bytes),
                  table.reading.format == lake::hive::Format::kParquet ? "" : "about ",
                  Count(static_cast<uint64_t>(table.records), "record"));
  if (!table.levels.empty()) text = Count(table.parts.size(), "partition") + ", " + text;
  return text;
}

std::string PartitionExamples(const FoundTable& table, size_t level) {
  std::vector<std::string> seen;
  for (const auto& part : table.parts) {
    const std::string& value = part.values.at(level);
    if (std::ranges::find(seen, value) != seen.end()) continue;
    if (seen.size() == 4) {
      seen.emplace_back("…");
      break;
    }
    seen.push_back(value);
  }
  std::string text;
  for (const auto& value : seen) text += (text.empty() ? "" : ", ") + value;
  return text;
}

std::string Columns(const TablePlan& plan) {
  Grid grid;
  grid.Add({Dim("column", kOut), Dim("type", kOut), Dim("example", kOut), Dim("why", kOut)});
  const FoundTable& found = plan.found;
  if (found.iceberg) {
    for (const auto& column : plan.entry.storage.columns) grid.Add({column.name, column.type});
  }
  for (const auto& column : found.reading.schema) {
    if (&column - found.reading.schema.data() >= static_cast<ptrdiff_t>(kMostColumns)) {
      grid.Add({fmt::format("… and {} more (--json has all)",
                            found.reading.schema.size() - kMostColumns)});
      break;
    }
    grid.Add({column.name, lake::hive::ToText(TypeOf(column)), column.example, Dimmed(column.why)});
  }
  for (size_t i = 0; i < found.levels.size(); ++i) {
    const auto& level = found.levels[i];
    grid.Add({level.column, "string", PartitionExamples(found, i),
              Dim(level.key.empty() ? "partition key: the folder's name"
                                    : fmt::format("partition key: folders {}=…", level.key),
                  kOut)});
  }
  return grid.Text("    ");
}

std::string_view Fate(DeleteBehavior behavior) {
  switch (behavior) {
    case DeleteBehavior::kLog: return "kept";
    case DeleteBehavior::kDelete: return "deleted";
    case DeleteBehavior::kDeprecate: return "deprecated";
  }
  return "";
}

std::string PartitionChanges(const TablePlan& plan, DeleteBehavior behavior) {
  std::vector<std::string> parts;
  if (!plan.added.empty()) parts.push_back(fmt::format("{} new", plan.added.size()));
  if (!plan.changed.empty()) parts.push_back(fmt::format("{} changed", plan.changed.size()));
  if (plan.unchanged_partitions > 0) {
    parts.push_back(fmt::format("{} unchanged", plan.unchanged_partitions));
  }
  if (!plan.replaced.empty()) {
    parts.push_back(fmt::format("{} of the old keys removed", plan.replaced.size()));
  }
  if (!plan.gone.empty()) {
    parts.push_back(fmt::format("{} not found any more, {}", plan.gone.size(), Fate(behavior)));
  }
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

std::string TableText(const TablePlan& plan, DeleteBehavior behavior,
                      const CrawlReportOptions& options) {
  const FoundTable& found = plan.found;
  std::string text =
      fmt::format("{}  {} · {}\n", Bold(plan.entry.name, kOut), FormName(found),
                  plan.action == Action::kLeave ? Red(ActionText(plan, options.dry_run), kOut)
                                                : ActionText(plan, options.dry_run));
  if (!plan.problem.empty()) text += Labelled("because", plan.problem);
  if (plan.action == Action::kLeave && found.iceberg) return text;
  text += Labelled(
      "where",
      PlainPath(plan.entry.storage.location.empty() ? found.root : plan.entry.storage.location));
  if (!found.iceberg) text += Labelled("holds", Size(found));
  text += Listed("why", found.why);
  if (!plan.name_why.empty()) text += Labelled("name", plan.name_why);
  if (found.iceberg) text += Labelled("read as", found.iceberg->why);
  std::vector<std::string> reading = found.reading.why;
  if (!reading.empty()) {
    reading[0] += Dim(fmt::format(" (certainty {:.2f})", found.reading.certainty), kOut);
  }
  text += Listed("read as", reading);
  if (!found.exclusions.empty()) {
    std::string globs;
    for (size_t i = 0; i < found.exclusions.size() && i < 3; ++i) {
      std::string_view glob = found.exclusions[i];
      if (glob.starts_with(found.root)) glob.remove_prefix(found.root.size());
      globs += (i == 0 ? "" : ", ") + std::string(glob);
    }
    if (found.exclusions.size() > 3) globs += ", …";
    text += Labelled("without", globs);
  }
  text += Listed("changed", plan.changes);
  text += Listed("differs", plan.only_told);
  if (const std::string parts = PartitionChanges(plan, behavior);
      plan.action == Action::kUpdate && !parts.empty()) {
    text += Labelled("parts", parts);
  }
  return text + Columns(plan);
}

bool IsDoomed(const CrawlPlan& plan, const std::string& name) {
  return std::ranges::find(plan.doomed, name, &catalog::Table::name) != plan.doomed.end();
}

std::string LeftOutText(const CrawlPlan& plan) {
  if (plan.left_out.empty()) return "";
  constexpr size_t kShown = 3;
  std::string text = Bold("Left out", kOut) + "\n";
  const std::string root = plan.root;
  for (const auto& left : plan.left_out) {
    text += fmt::format("  {} · {}\n", Grouped(static_cast<int64_t>(left.count)), left.reason);
    for (size_t i = 0; i < left.examples.size() && i < kShown; ++i) {
      const auto& [uri, detail] = left.examples[i];
      std::string path = uri.starts_with(root) ? uri.substr(root.size()) : PlainPath(uri);
      if (path.empty()) path = PlainPath(uri);
      text += fmt::format("    {}{}\n", path, detail.empty() ? "" : Dim("  " + detail, kOut));
    }
    if (left.count > kShown) {
      text += Dim(
          fmt::format("    … and {} more\n", Grouped(static_cast<int64_t>(left.count - kShown))),
          kOut);
    }
  }
  return text;
}

std::string Summary(const CrawlPlan& plan, const CrawlReportOptions& options) {
  size_t counts[4] = {};
  for (const auto& table : plan.tables) ++counts[static_cast<size_t>(table.action)];
  std::string text =
      fmt::format("{} in database {}: ", Count(plan.tables.size(), "table"), plan.database);
  std::string parts;
  for (const auto action : {Action::kCreate, Action::kUpdate, Action::kKeep, Action::kLeave}) {
    const size_t count = counts[static_cast<size_t>(action)];
    TablePlan sample;
    sample.action = action;
    if (count > 0) {
      parts += fmt::format("{}{} {}", parts.empty() ? "" : ", ", count,
                           ActionText(sample, options.dry_run));
    }
  }
  return fmt::format("{}{}; {} in {} looked at in {:.1f} s\n", text, parts,
                     Count(plan.files, "file"), Count(plan.folders, "folder"), options.seconds);
}

std::string NextStep(const CrawlPlan& plan, const CrawlReportOptions& options) {
  const auto usable = std::ranges::find_if(
      plan.tables, [](const auto& table) { return table.action != Action::kLeave; });
  if (usable == plan.tables.end()) return "";
  if (options.dry_run) return "nothing was changed; the same without --dry-run does it\n";
  return fmt::format("next: ticklake sql --data {} \"SELECT * FROM {}.{} LIMIT 5\"\n", options.data,
                     plan.database, usable->entry.name);
}

json::array Texts(const std::vector<std::string>& texts) {
  json::array array;
  for (const std::string& text : texts) array.emplace_back(text);
  return array;
}

json::array ValuesJson(const std::vector<catalog::PartitionValues>& values) {
  json::array array;
  for (const auto& one : values) array.push_back(Texts(one));
  return array;
}

json::array ColumnsJson(const TablePlan& plan) {
  json::array array;
  if (plan.found.iceberg) {
    for (const auto& column : plan.entry.storage.columns) {
      array.push_back(json::object{{"name", column.name}, {"type", column.type}});
    }
  }
  for (const auto& column : plan.found.reading.schema) {
    array.push_back(json::object{{"name", column.name},
                                 {"type", lake::hive::ToText(TypeOf(column))},
                                 {"key", column.key},
                                 {"example", column.example},
                                 {"why", column.why}});
  }
  return array;
}

json::object FormJson(const FoundTable& found) {
  if (found.iceberg) {
    return {{"classification", "iceberg"},
            {"metadata_location", found.iceberg->metadata_uri},
            {"certainty", 1.0},
            {"why", json::array{found.iceberg->why}}};
  }
  json::object form = {{"classification", std::string(NameOf(found.reading.format))},
                       {"compression", std::string(NameOf(found.reading.compression))},
                       {"certainty", found.reading.certainty},
                       {"why", Texts(found.reading.why)}};
  if (found.reading.format == lake::hive::Format::kCsv) {
    const auto& csv = found.reading.csv;
    form["delimiter"] = std::string(1, csv.delimiter);
    form["quote"] = csv.quote == '\0' ? "" : std::string(1, csv.quote);
    form["header_lines"] = csv.header_lines;
  }
  return form;
}

json::object TableJson(const TablePlan& plan) {
  const FoundTable& found = plan.found;
  json::array keys;
  for (const auto& level : found.levels) {
    keys.push_back(
        json::object{{"name", level.column}, {"type", "string"}, {"folder_key", level.key}});
  }
  json::object parameters;
  for (const auto& [key, value] : plan.entry.parameters) parameters[key] = value;
  return {{"name", plan.entry.name},
          {"action", std::string(NameOf(plan.action))},
          {"problem", plan.problem},
          {"location", plan.entry.storage.location},
          {"form", FormJson(found)},
          {"columns", ColumnsJson(plan)},
          {"partition_keys", std::move(keys)},
          {"partitions", json::object{{"found", found.parts.size()},
                                      {"new", plan.added.size()},
                                      {"changed", plan.changed.size()},
                                      {"unchanged", plan.unchanged_partitions},
                                      {"gone", ValuesJson(plan.gone)}}},
          {"files", found.files},
          {"bytes", found.bytes},
          {"records", found.records},
          {"why", Texts(found.why)},
          {"name_why", plan.name_why},
          {"changes", Texts(plan.changes)},
          {"differs", Texts(plan.only_told)},
          {"exclusions", Texts(found.exclusions)},
          {"parameters", std::move(parameters)}};
}

}  // namespace

std::string CrawlReport(const CrawlPlan& plan, const CrawlReportOptions& options) {
  std::string text;
  for (const auto& table : plan.tables) text += TableText(table, plan.behavior, options) + '\n';
  for (const std::string& name : plan.gone) {
    text += fmt::format(
        "{}  was not found again: its files are gone, or part of another table now; it is {}\n\n",
        Bold(name, kOut), Fate(IsDoomed(plan, name) ? plan.behavior : DeleteBehavior::kLog));
  }
  if (const std::string left = LeftOutText(plan); !left.empty()) text += left + '\n';
  if (plan.tables.empty()) {
    return text + fmt::format("No table in {}: {} looked at in {:.1f} s\n", PlainPath(plan.root),
                              Count(plan.files, "file"), options.seconds);
  }
  return text + Summary(plan, options) + NextStep(plan, options);
}

std::string CrawlJson(const CrawlPlan& plan, const CrawlReportOptions& options) {
  json::array tables;
  for (const auto& table : plan.tables) tables.push_back(TableJson(table));
  json::array left_out;
  for (const auto& left : plan.left_out) {
    json::array examples;
    for (const auto& [uri, detail] : left.examples) {
      examples.push_back(json::object{{"uri", uri}, {"detail", detail}});
    }
    left_out.push_back(json::object{
        {"reason", left.reason}, {"count", left.count}, {"examples", std::move(examples)}});
  }
  const json::object all = {
      {"root", plan.root},           {"database", plan.database}, {"dry_run", options.dry_run},
      {"tables", std::move(tables)}, {"gone", Texts(plan.gone)},  {"left_out", std::move(left_out)},
      {"folders", plan.folders},     {"files", plan.files},       {"seconds", options.seconds}};
  return json::serialize(all) + '\n';
}

}  // namespace ticklake::cli
