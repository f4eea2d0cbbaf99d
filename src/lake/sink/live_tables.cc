#include "lake/sink/live_tables.h"

#include <algorithm>
#include <set>
#include <utility>

#include "lake/ranges/keys.h"
#include "lake/rows/arrow_schema.h"
#include "lake/rows/conform.h"
#include "lake/rows/dlq.h"
#include "lake/rows/names.h"

namespace ticklake::lake {

Result<std::vector<std::string>> LiveTables::Databases() {
  TL_ASSIGN(const auto stored, parts_.sink.tables->catalog().ListDatabases());
  std::set<std::string> names = {parts_.sink.options->database};
  for (const catalog::Database& database : stored) names.insert(database.name);
  return std::vector(names.begin(), names.end());
}

Result<std::vector<std::string>> LiveTables::Tables(const std::string& database) {
  std::set<std::string> names;
  const bool ours = database == parts_.sink.options->database;
  const auto stored = parts_.sink.tables->catalog().ListTables(database);
  if (!stored && !(ours && stored.error().code == Code::kNotFound)) return Fail(stored.error());
  if (stored) {
    for (const catalog::Table& table : *stored) names.insert(table.name);
  }
  if (ours && parts_.topics != nullptr) {
    TL_TRY(parts_.topics->Discover());
    for (const TopicTablePtr& table : parts_.topics->Tables()) {
      names.insert(table->tail.table());
      if (table->tail.Size().dead > 0) names.insert(table->committer.dead_letters().name());
    }
  }
  return std::vector(names.begin(), names.end());
}

TopicTablePtr LiveTables::MainOf(const std::string& name) const {
  if (!name.ends_with(kDeadLetterSuffix)) return nullptr;
  return parts_.topics->Find(name.substr(0, name.size() - kDeadLetterSuffix.size()));
}

Result<TableView> LiveTables::View(const std::string& database, const std::string& name,
                                   const Patience& patience) {
  if (database == parts_.sink.options->database && parts_.topics != nullptr) {
    TL_TRY(parts_.topics->Discover());
    if (const TopicTablePtr table = parts_.topics->Find(name)) return ViewTopic(table, patience);
    if (const TopicTablePtr table = MainOf(name)) return ViewDead(table, patience);
  }
  return ViewCommitted(database, name);
}

Result<TailSnapshot> LiveTables::Newest(const TopicTablePtr& table, const Patience& patience) {
  {
    const std::lock_guard lock(table->mutex);
    if (!table->state.opened) {
      return Fail(Code::kUnavailable, "table '{}': it cannot be read yet: {}", table->tail.table(),
                  table->state.counts.error);
    }
  }
  TL_TRY(table->committer.Refresh());
  TopicRegistry::Survey survey = parts_.topics->Look(*table);
  if (survey.error) return Fail(std::move(*survey.error));
  for (const kafka::LogId& log : survey.readable) parts_.readers->Enqueue(table, log, true);
  auto decoded = table->tail.WaitDecoded(survey.ends, patience);
  TailSnapshot snapshot = table->tail.Snapshot();
  if (table->too_big) return Fail(Code::kUnsupported, "{}", snapshot.note);
  if (!decoded) {
    const std::lock_guard lock(table->mutex);
    const std::string& error = table->state.counts.error;
    if (!error.empty()) decoded.error().message += "; commits fail: " + error;
    return Fail(std::move(decoded).error());
  }
  return snapshot;
}

std::string LiveTables::Unread(const LoadedTable& table) const {
  if (!table.state || table.topic.empty()) return "";
  if (parts_.topics == nullptr || !parts_.topics->Wanted(table.topic)) {
    return fmt::format(
        "rows of topic '{}' that are not committed yet are not shown: the topic is "
        "not read here",
        table.topic);
  }
  for (const auto& [log, position] : table.positions.logs()) {
    if (log.cluster_id == parts_.topics->cluster_id()) continue;
    return fmt::format(
        "rows of topic '{}' in cluster {} that are not committed yet are not shown: "
        "that cluster is not read here",
        table.topic, log.cluster_id);
  }
  return "";
}

Result<void> LiveTables::AddTail(TopicTable& table, const TailSnapshot& snapshot, TableView& view) {
  const auto schema = std::make_shared<const iceberg::Schema>(view.schema);
  for (const auto& [log, piece] : snapshot.pieces) {
    if (!piece->rows) continue;
    if (piece->schema && piece->schema->SameFields(*schema)) {
      view.tail.push_back(piece->rows);
      continue;
    }
    TL_ASSIGN(auto rows, snapshot.decoder->Conform(piece->rows, *schema));
    // Kept for the next query: a schema changes rarely.
    auto conformed = std::make_shared<TailPiece>(*piece);
    conformed->rows = rows;
    conformed->schema = schema;
    table.tail.Replace(log, piece, std::move(conformed));
    view.tail.push_back(std::move(rows));
  }
  return {};
}

Result<TableView> LiveTables::ViewTopic(const TopicTablePtr& table, const Patience& patience) {
  TL_ASSIGN(const TailSnapshot snapshot, Newest(table, patience));
  TableView view{.database = parts_.sink.options->database, .name = table->tail.table()};
  // Asked after the snapshot was taken, so it knows every column in it.
  view.schema = snapshot.decoder->CurrentSchema();
  view.note = snapshot.note.empty() ? Unread(snapshot.table) : snapshot.note;
  if (snapshot.table.state) {
    Files files = snapshot.files;
    if (!files) {
      TL_ASSIGN(files, table->committer.LiveFiles(*snapshot.table.state));
    }
    view.files = *files;
  }
  TL_TRY(AddTail(*table, snapshot, view));
  return view;
}

Result<TableView> LiveTables::ViewDead(const TopicTablePtr& table, const Patience& patience) {
  // The tail first: what leaves it afterwards is in the dead letters' table by then.
  TL_ASSIGN(const TailSnapshot snapshot, Newest(table, patience));
  DeadLetterTable& dead = table->committer.dead_letters();
  TL_ASSIGN(const LoadedTable committed, dead.Load());
  TableView view{.database = parts_.sink.options->database, .name = dead.name()};
  view.schema = committed.state ? committed.state->metadata->CurrentSchema() : DeadLetterSchema();
  view.note = snapshot.note.empty() ? Unread(snapshot.table) : snapshot.note;
  if (committed.state) {
    TL_ASSIGN(view.files, parts_.sink.tables->LiveFiles(*committed.state));
  }
  const auto letters =
      UncommittedLetters(committed.positions, table->tail.topic(), snapshot.pieces);
  if (letters) {
    TL_ASSIGN(auto rows, ConformBatch(letters, ToArrowSchema(view.schema), nullptr));
    view.tail.push_back(std::move(rows));
  }
  return view;
}

Result<TableView> LiveTables::ViewCommitted(const std::string& database, const std::string& name) {
  TL_ASSIGN(TableState state, parts_.sink.tables->Load(database, name));
  TableView view{.database = database, .name = name};
  view.schema = state.metadata->CurrentSchema();
  TL_ASSIGN(view.files, parts_.sink.tables->LiveFiles(state));
  LoadedTable table{.state = std::make_shared<const TableState>(std::move(state))};
  table.topic = PropertyOf(*table.state, kTopicKey);
  view.note = Unread(table);
  return view;
}

}  // namespace ticklake::lake
