#include "lake/crawler/grouping.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "lake/crawler/csv_classifier.h"
#include "lake/hive/glob.h"

namespace ticklake::lake::crawler {
namespace {

std::string_view LastPart(std::string_view key) {
  if (key.ends_with('/')) key.remove_suffix(1);
  return key.substr(key.rfind('/') + 1);
}

std::string Extension(std::string_view key) {
  const std::string_view name = LastPart(key);
  const size_t dot = name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? "" : std::string(name.substr(dot));
}

std::string Plural(size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

// %20 and its like, as Hive writes what a path may not hold.
std::string Decoded(std::string_view text) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
  };
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escaped =
        text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0;
    if (escaped) {
      out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

struct FolderName {
  std::string key;  // "" for a plain one
  std::string value;
};

FolderName Split(std::string_view folder) {
  const std::string_view name = LastPart(folder);
  const size_t equals = name.find('=');
  if (equals == std::string_view::npos || equals == 0) return {"", std::string(name)};
  return {ColumnName(Decoded(name.substr(0, equals))), Decoded(name.substr(equals + 1))};
}

// 2024, 2024-11-22, 05: never the name of a table.
bool LooksLikeAValue(std::string_view name) {
  return !name.empty() && name[0] >= '0' && name[0] <= '9' &&
         name.find_first_not_of("0123456789-_.:T") == std::string_view::npos;
}

// For CSV, columns are found by position: one header must go on where the other ends.
bool SameOrder(const Schema& a, const Schema& b) {
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (a[i].name != b[i].name) return false;
  }
  return true;
}

// What may become one table, or one part of it.
struct Item {
  const Reading* reading = nullptr;
  std::string structure;  // of the folders; only the same go together
};

struct Cluster {
  Reading reading;
  std::string structure;
  std::vector<size_t> members;
  double least = 1;  // similarity of any member to those before it
};

class Clusterer {
 public:
  explicit Clusterer(const GroupOptions& options) : options_(options) {}

  std::vector<Cluster> Run(const std::vector<Item>& items) {
    for (size_t i = 0; i < items.size(); ++i) Place(items[i], i);
    return std::move(clusters_);
  }

 private:
  void Place(const Item& item, size_t index) {
    const auto key = std::pair(item.reading, item.structure);
    const auto known = places_.find(key);
    if (known != places_.end()) {
      clusters_[known->second].members.push_back(index);
      return;
    }
    for (size_t c = 0; c < clusters_.size(); ++c) {
      Cluster& cluster = clusters_[c];
      if (cluster.structure != item.structure) continue;
      if (!WhyApart(cluster.reading, *item.reading, options_).empty()) continue;
      cluster.least =
          std::min(cluster.least, Similarity(cluster.reading.schema, item.reading->schema));
      MergeSchemas(cluster.reading.schema, item.reading->schema);
      if (item.reading->json == hive::JsonForm::kDocuments) {
        cluster.reading.json = hive::JsonForm::kDocuments;  // which lines are, too
      }
      if (item.reading->csv.quote != '\0') cluster.reading.csv = item.reading->csv;
      cluster.reading.certainty = std::min(cluster.reading.certainty, item.reading->certainty);
      cluster.members.push_back(index);
      places_.emplace(key, c);
      return;
    }
    places_.emplace(key, clusters_.size());
    clusters_.push_back({*item.reading, item.structure, {index}});
  }

  const GroupOptions& options_;
  std::vector<Cluster> clusters_;
  std::map<std::pair<const Reading*, std::string>, size_t> places_;
};

std::string HowAlike(const Cluster& cluster) {
  if (cluster.least >= 1) return "have the same columns";
  return fmt::format("have columns that are {:.0f} % alike ({:.0f} % are enough)",
                     std::floor(cluster.least * 100), kSimilar * 100);
}

class Grouper {
 public:
  explicit Grouper(const GroupOptions& options) : options_(options) {}

  std::vector<FoundTable> Collapse(const Folder& folder, int level) {
    if (folder.iceberg) return {IcebergTable(folder)};
    std::vector<FoundTable> below;
    for (const Folder& child : folder.folders) {
      std::ranges::move(Collapse(child, level + 1), std::back_inserter(below));
    }
    const std::vector<Cluster> own = GroupFiles(folder);
    std::vector<FoundTable> tables;
    const bool partitioned = MergeFolders(folder, level, own.size(), below, tables);
    AddFiles(folder, own, partitioned, tables);
    std::ranges::move(below, std::back_inserter(tables));
    return tables;
  }

 private:
  static FoundTable IcebergTable(const Folder& folder) {
    FoundTable table{.root = folder.key, .hint = std::string(LastPart(folder.key))};
    table.iceberg = std::make_shared<const IcebergFacts>(*folder.iceberg);
    table.why = {"its data/ is what the metadata says, and is not crawled"};
    return table;
  }

  std::vector<Cluster> GroupFiles(const Folder& folder) const {
    std::vector<Item> items;
    items.reserve(folder.files.size());
    for (const FoundFile& file : folder.files) items.push_back({file.reading.get(), ""});
    return Clusterer(options_).Run(items);
  }

  // The folder directly below `folder` that a key is in.
  static std::string_view ChildOf(const Folder& folder, std::string_view key) {
    return key.substr(0, key.find('/', folder.key.size()) + 1);
  }

  // Tables of folders directly below that could be partitions: each all that its folder holds.
  static std::vector<size_t> Uniform(const Folder& folder, const std::vector<FoundTable>& below) {
    std::map<std::string_view, std::pair<size_t, size_t>> found;  // child: how many, the last one
    for (size_t i = 0; i < below.size(); ++i) {
      auto& [count, at] = found[ChildOf(folder, below[i].root)];
      ++count;
      at = i;
    }
    std::vector<size_t> uniform;
    for (const auto& [child, counted] : found) {
      const auto& [count, at] = counted;
      if (count == 1 && below[at].root == child && !below[at].iceberg) uniform.push_back(at);
    }
    return uniform;
  }

  static std::string StructureOf(const FoundTable& table) {
    std::string text = "/" + Split(table.root).key;
    for (const Level& level : table.levels) text += "/" + level.key;
    return text;
  }

  // Takes the largest group of like folders out of `below` and makes one table of it, if they
  // are most of what is here.
  bool MergeFolders(const Folder& folder, int level, size_t own_groups,
                    std::vector<FoundTable>& below, std::vector<FoundTable>& tables) const {
    if (level < options_.table_level || folder.folders.empty()) return false;
    const std::vector<size_t> uniform = Uniform(folder, below);
    std::vector<Item> items;
    items.reserve(uniform.size());
    for (const size_t at : uniform) items.push_back({&below[at].reading, StructureOf(below[at])});
    std::vector<Cluster> clusters = Clusterer(options_).Run(items);
    if (clusters.empty()) return false;
    std::stable_sort(clusters.begin(), clusters.end(), [](const Cluster& a, const Cluster& b) {
      return a.members.size() > b.members.size();
    });
    for (Cluster& cluster : clusters) {
      for (size_t& member : cluster.members) member = uniform[member];
    }
    if (!AreMost(folder, clusters, own_groups, below)) {
      TellWhyApart(clusters, below);
      return false;
    }
    tables.push_back(Partitioned(folder, clusters[0], below));
    std::set<size_t> taken(clusters[0].members.begin(), clusters[0].members.end());
    std::vector<FoundTable> rest;
    for (size_t i = 0; i < below.size(); ++i) {
      if (!taken.contains(i)) rest.push_back(std::move(below[i]));
    }
    below = std::move(rest);
    return true;
  }

  static bool AreMost(const Folder& folder, const std::vector<Cluster>& clusters, size_t own_groups,
                      const std::vector<FoundTable>& below) {
    const size_t size = clusters[0].members.size();
    if (clusters.size() > 1 && clusters[1].members.size() == size) return false;
    std::set<std::string_view> with_tables;  // children that hold any table
    for (const FoundTable& table : below) with_tables.insert(ChildOf(folder, table.root));
    const size_t all = with_tables.size() + own_groups;
    const bool named = !Split(below[clusters[0].members[0]].root).key.empty();
    if (named) return size * 2 >= all;
    if (size == 1 && !LooksLikeAValue(LastPart(below[clusters[0].members[0]].root))) return false;
    return size * 2 > all;
  }

  void TellWhyApart(const std::vector<Cluster>& clusters, std::vector<FoundTable>& below) const {
    for (size_t c = 0; c < clusters.size() && clusters.size() > 1; ++c) {
      const Cluster& other = clusters[c == 0 ? 1 : 0];
      std::string why = WhyApart(clusters[c].reading, other.reading, options_);
      if (why.empty()) why = "the folders in it are of another structure";
      for (const size_t member : clusters[c].members) {
        below[member].why.push_back(fmt::format("a table of its own beside {}: {}",
                                                LastPart(below[other.members[0]].root), why));
      }
    }
  }

  static FoundTable Partitioned(const Folder& folder, const Cluster& cluster,
                                std::vector<FoundTable>& below) {
    FoundTable table{.root = folder.key, .hint = std::string(LastPart(folder.key))};
    table.reading = cluster.reading;
    const FoundTable& first = below[cluster.members[0]];
    table.levels.push_back({.key = Split(first.root).key});
    table.levels.insert(table.levels.end(), first.levels.begin(), first.levels.end());
    for (const size_t member : cluster.members) {
      FoundTable& child = below[member];
      table.files += child.files;
      table.bytes += child.bytes;
      table.records += child.records;
      const std::string value = Split(child.root).value;
      if (child.levels.empty()) {
        table.parts.push_back({{},
                               child.root,
                               std::make_shared<const Schema>(child.reading.schema),
                               child.files,
                               child.bytes,
                               child.records});
      } else {
        std::ranges::move(child.parts, std::back_inserter(table.parts));
      }
      const size_t added = child.levels.empty() ? 1 : child.parts.size();
      for (size_t i = table.parts.size() - added; i < table.parts.size(); ++i) {
        table.parts[i].values.insert(table.parts[i].values.begin(), value);
      }
    }
    table.why = {fmt::format(
        "{} of it {}: partitions, not tables",
        cluster.members.size() == 1
            ? fmt::format("the folder {}", LastPart(first.root))
            : fmt::format("{} ({}, {}{})", Plural(cluster.members.size(), "folder"),
                          LastPart(first.root), LastPart(below[cluster.members[1]].root),
                          cluster.members.size() > 2 ? ", …" : ""),
        cluster.members.size() == 1 ? "is named like a value" : HowAlike(cluster))};
    AddExclusions(folder, true, {}, table);
    return table;
  }

  // The tables of the files that lie in the folder itself.
  static void AddFiles(const Folder& folder, const std::vector<Cluster>& groups, bool partitioned,
                       std::vector<FoundTable>& tables) {
    const bool whole_folder = groups.size() == 1 && !partitioned;
    for (const Cluster& group : groups) {
      const FoundFile& first = folder.files[group.members[0]];
      FoundTable table{.root = folder.key, .hint = std::string(LastPart(folder.key))};
      const bool one_file = group.members.size() == 1;
      if (first.key == folder.key || (!whole_folder && one_file)) {  // a crawl of one file, too
        table.root = first.key;
        table.hint = LastPart(first.key);
      } else if (!whole_folder) {
        table.hint = CommonName(folder, group);
      }
      table.reading = group.reading;
      for (const size_t member : group.members) {
        table.files += 1;
        table.bytes += folder.files[member].size;
        table.records += folder.files[member].records;
      }
      table.why.push_back(WhyTogether(folder, group, groups, partitioned));
      if (table.root == folder.key && first.key != folder.key) {
        AddExclusions(folder, false, OtherFiles(folder, group), table);
      }
      tables.push_back(std::move(table));
    }
  }

  static std::string WhyTogether(const Folder& folder, const Cluster& group,
                                 const std::vector<Cluster>& groups, bool partitioned) {
    std::string text = group.members.size() == 1
                           ? "one file"
                           : fmt::format("its {} files {}", group.members.size(), HowAlike(group));
    if (groups.size() > 1) {
      const Cluster& other = groups[&group == &groups[0] ? 1 : 0];
      const std::string apart = WhyApart(group.reading, other.reading, {});
      text += fmt::format("; apart from {}: {}", LastPart(folder.files[other.members[0]].key),
                          apart.empty() ? "its columns differ" : apart);
    } else if (partitioned) {
      text += "; it lies beside the folders that are partitions";
    }
    return text;
  }

  // What the names of a group's files begin with, without a number at the end.
  static std::string CommonName(const Folder& folder, const Cluster& group) {
    std::string_view common = LastPart(folder.files[group.members[0]].key);
    for (const size_t member : group.members) {
      const std::string_view name = LastPart(folder.files[member].key);
      const auto differs = std::ranges::mismatch(common, name).in1;
      common = common.substr(0, static_cast<size_t>(differs - common.begin()));
    }
    const size_t end = common.find_last_not_of("0123456789-_. ");
    if (end == std::string_view::npos) return std::string(LastPart(folder.key));
    return std::string(common.substr(0, end + 1));
  }

  static std::vector<std::string> OtherFiles(const Folder& folder, const Cluster& group) {
    const std::set<size_t> mine(group.members.begin(), group.members.end());
    std::vector<std::string> others;
    for (size_t i = 0; i < folder.files.size(); ++i) {
      if (!mine.contains(i)) others.push_back(folder.files[i].key);
    }
    return others;
  }

  static void Collect(const Folder& folder, bool deep, std::vector<std::string>& passed_over,
                      std::set<std::string>& extensions) {
    passed_over.insert(passed_over.end(), folder.passed_over.begin(), folder.passed_over.end());
    for (const FoundFile& file : folder.files) extensions.insert(Extension(file.key));
    for (const Folder& below : folder.folders) {
      if (deep) Collect(below, true, passed_over, extensions);
    }
  }

  // A query reads all that lies in a location: what must not be read stands in the table.
  static void AddExclusions(const Folder& folder, bool deep, const std::vector<std::string>& others,
                            FoundTable& table) {
    std::vector<std::string> passed_over;
    std::set<std::string> extensions;
    Collect(folder, deep, passed_over, extensions);
    std::set<std::string> globs;
    for (const std::string& key : others) globs.insert(hive::EscapeGlob(key));
    for (const std::string& key : passed_over) {
      const std::string extension = Extension(key);
      const bool telling = !extension.empty() && !extensions.contains(extension);
      globs.insert(telling ? hive::EscapeGlob(folder.key) + "**" + hive::EscapeGlob(extension)
                           : hive::EscapeGlob(key));
    }
    if (!deep && !folder.folders.empty()) globs.insert(hive::EscapeGlob(folder.key) + "*/**");
    table.exclusions.assign(globs.begin(), globs.end());
  }

  const GroupOptions& options_;
};

// Names of partition keys: partition_0, … for plain folders; none that a column has already.
void NameLevels(FoundTable& table) {
  std::set<std::string> taken;
  for (const ColumnFacts& column : table.reading.schema) taken.insert(column.name);
  for (size_t i = 0; i < table.levels.size(); ++i) {
    Level& level = table.levels[i];
    level.column = level.key.empty() ? fmt::format("partition_{}", i) : level.key;
    while (!taken.insert(level.column).second) {
      table.why.push_back(
          fmt::format("the key of the folders {}=… is called partition_{}: a column "
                      "has its name",
                      level.column, level.column));
      level.column = "partition_" + level.column;
    }
  }
}

bool JsonGoesTogether(const Reading& a, const Reading& b) {
  const auto rows = [](const Reading& reading) {
    return reading.json == hive::JsonForm::kLines || reading.json == hive::JsonForm::kDocuments;
  };
  return (a.json == b.json || (rows(a) && rows(b))) && a.json_path == b.json_path;
}

}  // namespace

std::string WhyApart(const Reading& a, const Reading& b, const GroupOptions& options) {
  if (a.format != b.format) {
    return fmt::format("{} and {}", hive::NameOf(a.format), hive::NameOf(b.format));
  }
  if (a.compression != b.compression) {
    return fmt::format("compression {} and {}", hive::NameOf(a.compression),
                       hive::NameOf(b.compression));
  }
  if (a.format == hive::Format::kCsv) {
    if (a.csv.delimiter != b.csv.delimiter) {
      return fmt::format("delimiter {} and {}", DelimiterName(a.csv.delimiter),
                         DelimiterName(b.csv.delimiter));
    }
    if (a.csv.header_lines != b.csv.header_lines) return "only one has a header";
  }
  if (a.format == hive::Format::kGrok && a.grok.classification != b.grok.classification) {
    return fmt::format("{} and {}", a.grok.classification, b.grok.classification);
  }
  if (a.format == hive::Format::kXml && a.xml.row_tag != b.xml.row_tag) {
    return fmt::format("elements <{}> and <{}>", a.xml.row_tag, b.xml.row_tag);
  }
  if (a.format == hive::Format::kJson && !JsonGoesTogether(a, b)) {
    return "one is an array, the other is not";
  }
  const double similarity = Similarity(a.schema, b.schema);
  if (similarity < kSimilar && !options.combine_compatible) {
    return fmt::format("their columns are only {:.0f} % alike ({:.0f} % would be enough)",
                       std::floor(similarity * 100), kSimilar * 100);
  }
  const bool ordered = a.format != hive::Format::kCsv || SameOrder(a.schema, b.schema);
  return ordered ? "" : "their columns are not in the same order, and CSV has no names to go by";
}

std::vector<FoundTable> FindTables(const Tree& tree, const GroupOptions& options) {
  std::vector<FoundTable> tables = Grouper(options).Collapse(tree.root, 1);
  for (FoundTable& table : tables) NameLevels(table);
  std::ranges::sort(tables, {}, &FoundTable::root);
  return tables;
}

}  // namespace ticklake::lake::crawler
