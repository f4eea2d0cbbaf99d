// TableStore: one commit after another, on the memory disk.

#include <algorithm>

#include "base/memory_fs.h"
#include "catalog/memory_catalog.h"
#include "lake/table/table_fixture.h"

namespace ticklake::lake {
namespace {

using iceberg::DataFile;
using iceberg::Primitive;
using iceberg::TypeId;

class TableStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    store_ = store::OpenDirectoryStore(fs_, "/data/lake").value();
    ASSERT_TRUE(catalog_.CreateDatabase({.name = "market"}).has_value());
    tables_ = std::make_unique<TableStore>(catalog_, *store_, clock_);
  }

  TableState Create(std::map<std::string, std::string> properties = {}) {
    NewTable table = TradesTable();
    table.properties = std::move(properties);
    return tables_->Create(table).value();
  }
  DataFile File(const std::string& name, int64_t records = 10) {
    return PutDataFile(*store_, name, 20'000, records);
  }
  TableState Append(const TableState& base, const std::string& name) {
    clock_.Advance(kNanosPerSecond);
    TableChange change;
    change.added = {File(name)};
    change.summary = {{"ticklake.ranges", name}};
    return tables_->Commit(base, change).value();
  }
  std::set<std::string> Live(const TableState& state) {
    return PathsOf(tables_->LiveFiles(state).value());
  }
  std::string Uri(const std::string& name) { return store_->UriOf("market/trades/data/" + name); }
  bool IsThere(const std::string& uri) {
    return store_->Head(store_->KeyOf(uri).value()).has_value();
  }
  /// The same tables through a store that has nothing cached.
  std::unique_ptr<TableStore> Fresh() {
    return std::make_unique<TableStore>(catalog_, *store_, clock_);
  }

  ManualClock clock_{1'700'000'000 * kNanosPerSecond};
  MemoryFileSystem fs_;
  catalog::MemoryCatalog catalog_{clock_};
  std::unique_ptr<store::ObjectStore> store_;
  std::unique_ptr<TableStore> tables_;
};

TEST_F(TableStoreTest, CreatesATableThatIsEmpty) {
  const TableState made = Create({{"ticklake.topic", "trades"}});
  const TableState loaded = Fresh()->Load("market", "trades").value();
  EXPECT_EQ(loaded.entry.version, 1);
  EXPECT_EQ(loaded.entry.parameters.at("table_type"), "ICEBERG");
  EXPECT_EQ(loaded.entry.storage.columns.at(0).type, "timestamp");
  EXPECT_EQ(loaded.entry.storage.columns.at(2).parameters,
            (catalog::Parameters{{"iceberg.field.id", "3"},
                                 {"iceberg.field.optional", "true"},
                                 {"iceberg.field.current", "true"}}));
  EXPECT_EQ(loaded.metadata->table_uuid, made.metadata->table_uuid);
  EXPECT_EQ(loaded.metadata->properties.at("ticklake.topic"), "trades");
  EXPECT_EQ(loaded.metadata->DefaultSpec().fields.at(0).field_id, 1000);
  EXPECT_EQ(loaded.metadata->last_column_id, 3);
  EXPECT_TRUE(tables_->LiveFiles(loaded).value().empty());
  EXPECT_EQ(tables_->Create(TradesTable()).error().code, Code::kAlreadyExists);
  EXPECT_EQ(tables_->Load("market", "nothing").error().code, Code::kNotFound);
}

TEST_F(TableStoreTest, CommitsFilesSummaryPropertiesAndSchemaTogether) {
  const TableState base = Create();
  TableChange change;
  change.added = {File("a", 7), PutDataFile(*store_, "b", 20'001, 5)};
  change.summary = {{"ticklake.positions", "{}"}};
  change.set_properties = {{"ticklake.positions", "{}"}};
  change.schema = base.metadata->CurrentSchema();
  change.schema->fields.push_back({4, "size", false, Primitive(TypeId::kDouble), ""});
  ASSERT_TRUE(tables_->Commit(base, change).has_value());

  auto fresh = Fresh();
  const TableState state = fresh->Load("market", "trades").value();
  const iceberg::Snapshot& snapshot = *state.metadata->CurrentSnapshot();
  EXPECT_EQ(snapshot.summary.at("operation"), "append");
  EXPECT_EQ(snapshot.summary.at("added-records"), "12");
  EXPECT_EQ(snapshot.summary.at("total-records"), "12");
  EXPECT_EQ(snapshot.summary.at("changed-partition-count"), "2");
  EXPECT_EQ(snapshot.summary.at("ticklake.positions"), "{}");
  EXPECT_EQ(snapshot.schema_id, 1);
  EXPECT_EQ(state.metadata->properties.at("ticklake.positions"), "{}");
  EXPECT_EQ(state.metadata->CurrentSchema().fields.size(), 4U);
  EXPECT_EQ(state.metadata->last_column_id, 4);
  EXPECT_EQ(state.entry.storage.columns.size(), 4U);
  auto files = fresh->LiveFiles(state).value();
  ASSERT_EQ(files.size(), 2U);
  DataFile expected = change.added[0];
  expected.snapshot_id = snapshot.snapshot_id;
  expected.sequence_number = expected.file_sequence_number = 1;
  EXPECT_EQ(files[0], expected);
  EXPECT_EQ(state.entry.parameters.at("previous_metadata_location"),
            base.entry.parameters.at("metadata_location"));
}

TEST_F(TableStoreTest, ASchemaThatIsKnownIsUsedAgain) {
  TableState state = Create();
  TableChange change;
  change.summary = {{"k", "v"}};
  change.schema = state.metadata->CurrentSchema();
  state = tables_->Commit(state, change).value();
  EXPECT_EQ(state.metadata->schemas.size(), 1U);
  change.schema->fields.push_back({4, "size", false, Primitive(TypeId::kDouble), ""});
  state = tables_->Commit(state, change).value();
  EXPECT_EQ(state.metadata->CurrentSchema().schema_id, 1);
  // Back to an older one would drop the column.
  change.schema->fields.pop_back();
  EXPECT_EQ(tables_->Commit(state, change).error().code, Code::kInvalid);
}

TEST_F(TableStoreTest, ACommitFromAnOldVersionIsRejectedAndLeavesNothing) {
  const TableState base = Create();
  const TableState newer = Append(base, "a");
  const auto before = store_->List("market/trades/metadata/").value().size();
  TableChange change;
  change.added = {File("b")};
  EXPECT_EQ(tables_->Commit(base, change).error().code, Code::kConflict);
  EXPECT_EQ(store_->List("market/trades/metadata/").value().size(), before);
  EXPECT_EQ(Live(tables_->Load("market", "trades").value()), std::set{Uri("a")});
  EXPECT_EQ(tables_->Commit(newer, change).value().entry.version, 3);
}

TEST_F(TableStoreTest, ARangeWithoutRowsIsASnapshot) {
  TableState state = Append(Create(), "a");
  TableChange change;
  change.summary = {{"ticklake.ranges", "[]"}};
  state = tables_->Commit(state, change).value();
  EXPECT_EQ(state.metadata->snapshots.size(), 2U);
  EXPECT_EQ(state.metadata->CurrentSnapshot()->summary.at("total-records"), "10");
  EXPECT_EQ(Live(state).size(), 1U);
  // Properties alone are a version, not a snapshot.
  state = tables_->Commit(state, {.set_properties = {{"k", "v"}}}).value();
  EXPECT_EQ(state.metadata->snapshots.size(), 2U);
  EXPECT_EQ(state.metadata->properties.at("k"), "v");
}

TEST_F(TableStoreTest, ARewriteReplacesFilesAndKeepsTheOthersSequenceNumbers) {
  TableState state = Create();
  for (const char* name : {"a", "b", "c"}) state = Append(state, name);
  TableChange change;
  change.removed_paths = {Uri("a"), Uri("c")};
  change.added = {File("ac", 20)};
  state = tables_->Commit(state, change).value();
  auto fresh = Fresh();
  state = fresh->Load("market", "trades").value();
  const iceberg::Snapshot& snapshot = *state.metadata->CurrentSnapshot();
  EXPECT_EQ(snapshot.summary.at("operation"), "replace");
  EXPECT_EQ(snapshot.summary.at("deleted-records"), "20");
  EXPECT_EQ(snapshot.summary.at("total-records"), "30");
  EXPECT_EQ(snapshot.summary.at("total-data-files"), "2");
  const auto files = fresh->LiveFiles(state).value();
  for (const DataFile& file : files) {
    EXPECT_EQ(file.sequence_number, file.path == Uri("b") ? 2 : 4) << file.path;
    EXPECT_EQ(file.snapshot_id,
              state.metadata->snapshots[file.path == Uri("b") ? 1 : 3].snapshot_id);
  }
  EXPECT_EQ(Live(state), (std::set{Uri("b"), Uri("ac")}));
  EXPECT_EQ(tables_->Commit(state, {.removed_paths = {Uri("a")}}).error().code, Code::kConflict);
  EXPECT_EQ(Live(tables_->Load("market", "trades").value()), (std::set{Uri("b"), Uri("ac")}));
}

TEST_F(TableStoreTest, OldSnapshotsExpireWithTheirFiles) {
  TableState state = Create({{"history.expire.min-snapshots-to-keep", "3"},
                             {"write.metadata.previous-versions-max", "2"}});
  state = Append(state, "a");
  state = tables_->Commit(state, {.added = {File("a2")}, .removed_paths = {Uri("a")}}).value();
  const std::string old_list = state.metadata->snapshots[0].manifest_list;
  for (const char* name : {"b", "c"}) state = Append(state, name);
  EXPECT_EQ(state.metadata->snapshots.size(), 3U);
  EXPECT_FALSE(IsThere(old_list));
  EXPECT_TRUE(IsThere(Uri("a")));  // the snapshot that removed it is still kept
  state = Append(state, "d");
  EXPECT_TRUE(IsThere(Uri("a"))) << "a query that began before may still read it";
  clock_.Advance(600 * kNanosPerSecond);
  state = Append(state, "e");
  EXPECT_FALSE(IsThere(Uri("a")));
  EXPECT_EQ(Live(state), (std::set{Uri("a2"), Uri("b"), Uri("c"), Uri("d"), Uri("e")}));
  EXPECT_EQ(state.metadata->metadata_log.size(), 2U);
  EXPECT_EQ(state.metadata->snapshot_log.size(), 3U);
  size_t metadata_files = 0;
  const auto objects = store_->List("market/trades/metadata/").value();
  for (const auto& object : objects) metadata_files += object.key.ends_with(".metadata.json");
  EXPECT_EQ(metadata_files, 3U);
  CheckAllObjectsAreThere(*Fresh(), state);
}

TEST_F(TableStoreTest, ATagKeepsItsFiles) {
  TableState state = Create({{"history.expire.min-snapshots-to-keep", "2"}});
  state = Append(state, "a");
  auto tagged = std::make_shared<iceberg::TableMetadata>(*state.metadata);
  tagged->refs["eod"] = {.snapshot_id = tagged->current_snapshot_id, .type = "tag"};
  state.metadata = tagged;
  state = tables_->Commit(state, {.added = {File("a2")}, .removed_paths = {Uri("a")}}).value();
  for (const char* name : {"b", "c", "d"}) state = Append(state, name);
  EXPECT_EQ(state.metadata->snapshots.size(), 3U);
  EXPECT_TRUE(IsThere(Uri("a")));
  CheckAllObjectsAreThere(*Fresh(), state);
}

TEST_F(TableStoreTest, ManifestsStayFew) {
  TableState state = Create({{"commit.manifest.min-count-to-merge", "4"}});
  std::set<std::string> expected;
  for (int i = 0; i < 70; ++i) {
    state = Append(state, fmt::format("f{}", i));
    expected.insert(Uri(fmt::format("f{}", i)));
  }
  auto fresh = Fresh();
  EXPECT_EQ(PathsOf(fresh->LiveFiles(fresh->Load("market", "trades").value()).value()), expected);
  const auto files = tables_->LiveFiles(state).value();
  std::set<int64_t> sequence_numbers;
  for (const DataFile& file : files) sequence_numbers.insert(file.sequence_number);
  EXPECT_EQ(sequence_numbers.size(), 70U);
  EXPECT_TRUE(std::ranges::is_sorted(files, std::greater(), &DataFile::sequence_number));
  size_t manifests = 0;
  const auto objects = store_->List("market/trades/metadata/").value();
  for (const auto& object : objects) {
    const bool list = object.key.contains("/snap-");
    manifests += object.key.ends_with(".avro") && !list;
  }
  // Of all 70 snapshots: each file's own, and what merging made of them.
  EXPECT_LT(manifests, 70U + 70U / 4U + 70U / 16U + 4U);
}

}  // namespace
}  // namespace ticklake::lake
