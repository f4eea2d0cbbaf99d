#include "lake/verify/verify.h"

#include <algorithm>
#include <utility>

#include "lake/ranges/keys.h"
#include "lake/rows/names.h"
#include "lake/sink/positions.h"
#include "lake/verify/log_records.h"
#include "lake/verify/stored_rows.h"
#include "lake/verify/tiles.h"

namespace ticklake::lake {
namespace {

class Verification {
 public:
  Verification(const VerifyParts& parts, const VerifyOptions& options, LoadedTable table)
      : tables_(*parts.tables),
        reader_(parts.reader),
        options_(options),
        table_(std::move(table)),
        name_(table_.state->entry.database + "." + table_.state->entry.name) {}

  Result<VerifyReport> Run() {
    report_.database = table_.state->entry.database;
    report_.table = table_.state->entry.name;
    TL_TRY(OpenLedgers());
    TL_TRY(EnterHoles());
    TL_TRY(EnterRows());
    for (auto& [log, ledger] : ledgers_) {
      if (ledger.totals.checkable) TL_TRY(CompareLog(ledger));
      Close(ledger);
    }
    TL_ASSIGN(auto untiled, FindTileProblems(table_));
    std::ranges::move(untiled, std::back_inserter(report_.problems));
    return std::move(report_);
  }

 private:
  Result<void> OpenLedgers() {
    std::string cluster_id;
    if (reader_ != nullptr) {
      TL_ASSIGN(cluster_id, reader_->ClusterId());
    }
    for (const auto& [log, position] : table_.positions.logs()) {
      LogLedger& totals = ledgers_[log].totals;
      totals.log = log;
      totals.topic = position.topic;
      totals.epoch = position.epoch;
      totals.to = position.to;
      if (reader_ == nullptr || log.cluster_id != cluster_id) {
        totals.note =
            fmt::format("cluster {} is not read here: checked for duplicates only", log.cluster_id);
        continue;
      }
      TL_TRY(Bound(totals));
    }
    return {};
  }

  Result<void> Bound(LogLedger& totals) {
    const auto bounds = reader_->Bounds(totals.log);
    if (!bounds && bounds.error().code == Code::kNotFound) {
      totals.deleted = true;
      totals.note = "the topic was deleted: checked for duplicates only";
      return {};
    }
    if (!bounds) return Fail(bounds.error());
    totals.checkable = true;
    totals.from = std::min(bounds->log_start, totals.to);
    if (bounds->log_start > totals.to) {
      totals.note =
          fmt::format("retention deleted up to {}: nothing is left to compare", bounds->log_start);
    } else if (bounds->log_start > 0) {
      totals.note = fmt::format(
          "records below {} are gone: rows there were checked for duplicates "
          "only",
          bounds->log_start);
    }
    return {};
  }

  Result<void> EnterHoles() {
    const std::string text = PropertyOf(*table_.state, kHolesKey);
    if (text.empty()) return {};
    TL_ASSIGN(std::vector<Range> holes, ParseRanges(text));
    for (Range& hole : holes) {
      if (const auto found = ledgers_.find(hole.log); found != ledgers_.end()) {
        found->second.lost.push_back(std::move(hole));
      }
    }
    return {};
  }

  Result<void> EnterRows() {
    int64_t strangers = 0;
    TL_TRY(EnterStoredRows(tables_, table_, StoredKind::kRow, options_.examples, ledgers_,
                           &strangers));
    // After the main table: what that covers is here by now.
    const std::string dead_name = report_.table + std::string(kDeadLetterSuffix);
    TL_ASSIGN(const LoadedTable dead, LoadTopicTable(tables_, report_.database, dead_name));
    if (dead.state && PropertyOf(*dead.state, kDeadLettersOfKey) == report_.table) {
      TL_TRY(EnterStoredRows(tables_, dead, StoredKind::kDeadLetter, options_.examples, ledgers_,
                             &strangers));
    }
    if (strangers > 0) {
      report_.problems.push_back(fmt::format(
          "{}: {} rows name an epoch or partition that has no position", name_, strangers));
    }
    return {};
  }

  Result<void> CompareLog(Ledger& ledger) {
    auto compared = CompareWithLog(*reader_, options_, ledger);
    if (compared) return {};
    if (compared.error().code != Code::kCheckFailed) return compared;
    report_.problems.push_back(compared.error().message);
    return {};
  }

  void Close(Ledger& ledger) {
    LogLedger& totals = ledger.totals;
    totals.duplicates = ledger.duplicates.count();
    totals.missing = ledger.missing.count();
    totals.unexpected = ledger.unexpected.count();
    const std::string log = NameOf(totals.log, totals.topic);
    const auto report = [&](const Examples& examples, std::string_view what) {
      if (examples.count() == 0) return;
      report_.problems.push_back(fmt::format("{}: {}: {}: {}", name_, log, what, examples.Text()));
    };
    report(ledger.duplicates, "stored more than once");
    report(ledger.missing, "in the log, below the position, and not in the table");
    report(ledger.unexpected, "in the table, but not a record with a value below the position");
    report(ledger.damaged, "in a damaged batch of the log, and not in the table");
    const int64_t sum = totals.rows + totals.dead_letters + totals.tombstones + totals.holes;
    const bool explained = totals.missing + totals.unexpected + ledger.damaged.count() > 0;
    if (totals.checkable && !explained && report_.problems.empty() &&
        sum != totals.to - totals.from) {
      report_.problems.push_back(
          fmt::format("{}: {}: rows, dead letters, tombstones and holes are "
                      "{} together, the range has {} offsets",
                      name_, log, sum, totals.to - totals.from));
    }
    report_.logs.push_back(totals);
  }

  TableStore& tables_;
  kafka::LogReader* reader_;
  const VerifyOptions& options_;
  const LoadedTable table_;
  const std::string name_;
  Ledgers ledgers_;
  VerifyReport report_;
};

}  // namespace

std::string Examples::Text() const {
  std::string list;
  for (const int64_t offset : offsets_) {
    list += fmt::format("{}{}", list.empty() ? "" : ", ", offset);
  }
  const bool all = count_ == std::ssize(offsets_);
  return fmt::format("{} offset{}{} {}", count_, count_ == 1 ? "" : "s",
                     all ? ":" : ", the first:", list);
}

bool VerifyReport::Complete() const {
  return std::ranges::all_of(logs,
                             [](const LogLedger& log) { return log.checkable || log.deleted; });
}

Result<VerifyReport> Verify(const VerifyParts& parts, const std::string& database,
                            const std::string& table, const VerifyOptions& options) {
  TL_ASSIGN(LoadedTable loaded, LoadTopicTable(*parts.tables, database, table));
  if (!loaded.state) {
    return Fail(Code::kNotFound, "table '{}.{}': it does not exist (yet)", database, table);
  }
  if (loaded.topic.empty()) {
    return Fail(Code::kInvalid, "table '{}.{}': it is not a topic's, so there are no positions",
                database, table);
  }
  if (const std::string main = PropertyOf(*loaded.state, kDeadLettersOfKey); !main.empty()) {
    return Fail(Code::kInvalid, "table '{}.{}': dead letters are verified with their table, '{}'",
                database, table, main);
  }
  return Verification(parts, options, std::move(loaded)).Run();
}

Result<std::vector<std::string>> TopicTables(TableStore& tables, const std::string& database) {
  std::vector<std::string> names;
  TL_ASSIGN(const auto entries, tables.catalog().ListTables(database));
  for (const catalog::Table& entry : entries) {
    if (!entry.parameters.contains(catalog::kMetadataLocation)) continue;
    auto loaded = tables.Load(database, entry.name);
    if (!loaded && loaded.error().code == Code::kUnsupported) continue;  // somebody else's
    TL_ASSIGN(const TableState state, std::move(loaded));
    const bool ours = !PropertyOf(state, kTopicKey).empty();
    if (ours && PropertyOf(state, kDeadLettersOfKey).empty()) names.push_back(entry.name);
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace ticklake::lake
