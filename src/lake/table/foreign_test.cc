// Tables that another writer made or changed: read correctly, kept, or refused.

#include "base/memory_fs.h"
#include "base/test_packed.h"
#include "catalog/memory_catalog.h"
#include "lake/iceberg/manifest.h"
#include "lake/table/hive_types.h"
#include "lake/table/table_fixture.h"

namespace ticklake::lake {
namespace {

using iceberg::Primitive;
using iceberg::TypeId;

class ForeignTableTest : public ::testing::Test {
 protected:
  void SetUp() override {
    store_ = store::OpenDirectoryStore(fs_, "/data/lake").value();
    ASSERT_TRUE(catalog_.CreateDatabase({.name = "market"}).has_value());
    tables_ = std::make_unique<TableStore>(catalog_, *store_, clock_);
    const TableState empty = tables_->Create(TradesTable()).value();
    state_ = tables_
                 ->Commit(empty, {.added = {PutDataFile(*store_, "a", 20'000, 1)},
                                  .summary = {{"ticklake.positions", "p"}}})
                 .value();
  }

  /// Another writer's commit: metadata as it likes, under the name it likes.
  TableState Publish(const iceberg::TableMetadata& metadata, const std::string& name,
                     const std::function<std::string(std::string)>& encode = {}) {
    const std::string key = "market/trades/metadata/" + name;
    const std::string text = SerializeTableMetadata(metadata);
    EXPECT_TRUE(store_->Put(key, encode ? encode(text) : text).has_value());
    catalog::Table entry = catalog_.GetTable("market", "trades").value();
    entry.parameters[catalog::kMetadataLocation] = store_->UriOf(key);
    EXPECT_TRUE(catalog_.UpdateTable(entry).has_value());
    return tables_->Load("market", "trades").value();
  }

  /// The current snapshot, with its manifest list changed.
  TableState WithManifests(const std::function<void(std::vector<iceberg::ManifestFile>&)>& change) {
    iceberg::TableMetadata metadata = *state_.metadata;
    iceberg::Snapshot& snapshot = metadata.snapshots.back();
    auto list = iceberg::ReadManifestList(
                    store_->Get(store_->KeyOf(snapshot.manifest_list).value()).value())
                    .value();
    change(list);
    snapshot.manifest_list = store_->UriOf("market/trades/metadata/snap-foreign.avro");
    EXPECT_TRUE(store_
                    ->Put("market/trades/metadata/snap-foreign.avro",
                          WriteManifestList(snapshot, list).value())
                    .has_value());
    return Publish(metadata, "00009-foreign.metadata.json");
  }

  ManualClock clock_{1'700'000'000 * kNanosPerSecond};
  MemoryFileSystem fs_;
  catalog::MemoryCatalog catalog_{clock_};
  std::unique_ptr<store::ObjectStore> store_;
  std::unique_ptr<TableStore> tables_;
  TableState state_;
};

TEST_F(ForeignTableTest, ReadsGzippedMetadataAndContinuesItsNumbering) {
  TableState state = Publish(*state_.metadata, "v41.gz.metadata.json", Gzipped);
  EXPECT_EQ(tables_->LiveFiles(state).value().size(), 1U);
  state = tables_->Commit(state, {.summary = {{"k", "v"}}}).value();
  EXPECT_TRUE(state.entry.parameters.at("metadata_location").contains("/00042-"));
}

TEST_F(ForeignTableTest, KeepsWhatOthersPutThere) {
  iceberg::TableMetadata foreign = *state_.metadata;
  foreign.properties["owner"] = "someone";
  foreign.refs["eoy"] = {
      .snapshot_id = foreign.current_snapshot_id, .type = "tag", .max_ref_age_ms = 5};
  foreign.others["statistics"] = R"([{"snapshot-id":1,"statistics-path":"x"}])";
  foreign.others["new-field"] = R"({"a":[1,2]})";
  foreign.specs.push_back({.spec_id = 1, .fields = {}});
  iceberg::Schema wider = foreign.CurrentSchema();
  wider.schema_id = 5;
  wider.fields.push_back({4, "note", false, Primitive(TypeId::kString), ""});
  foreign.schemas.push_back(wider);
  foreign.current_schema_id = 5;
  foreign.last_column_id = 4;
  TableState state = Publish(foreign, "00002-foreign.metadata.json");
  state = tables_->Commit(state, {.added = {PutDataFile(*store_, "b", 20'000, 1)}}).value();
  const iceberg::TableMetadata& kept = *state.metadata;
  EXPECT_EQ(kept.properties.at("owner"), "someone");
  EXPECT_EQ(kept.refs.at("eoy").max_ref_age_ms, 5);
  EXPECT_EQ(kept.others, foreign.others);
  EXPECT_EQ(kept.specs.size(), 2U);
  EXPECT_EQ(kept.CurrentSchema().Find("note")->id, 4);
  EXPECT_EQ(kept.CurrentSnapshot()->schema_id, 5);
  EXPECT_EQ(SummaryOfNearestAncestor(kept, "ticklake.positions"), "p");
}

TEST_F(ForeignTableTest, RefusesDeleteFiles) {
  const TableState state = WithManifests([](auto& list) {
    iceberg::ManifestFile deletes = list.at(0);
    deletes.content = iceberg::ManifestContent::kDeletes;
    list.push_back(deletes);
  });
  EXPECT_EQ(tables_->LiveFiles(state).error().code, Code::kUnsupported);
  const std::string path = store_->UriOf("market/trades/data/a");
  EXPECT_EQ(tables_->Commit(state, {.removed_paths = {path}}).error().code, Code::kUnsupported);
  // Appending does no harm, and keeps them.
  const auto appended = tables_->Commit(state, {.added = {PutDataFile(*store_, "b", 20'000, 1)}});
  ASSERT_TRUE(appended.has_value());
  EXPECT_EQ(tables_->LiveFiles(*appended).error().code, Code::kUnsupported);
}

TEST_F(ForeignTableTest, RefusesOtherFileFormats) {
  iceberg::DataFile file = PutDataFile(*store_, "b.orc", 20'000, 1);
  file.format = "ORC";
  const TableState state = tables_->Commit(state_, {.added = {file}}).value();
  EXPECT_EQ(tables_->LiveFiles(state).error().code, Code::kUnsupported);
}

TEST_F(ForeignTableTest, SaysWhatIsDamaged) {
  const std::string list = state_.metadata->CurrentSnapshot()->manifest_list;
  ASSERT_TRUE(store_->Put(store_->KeyOf(list).value(), "no avro").has_value());
  TableStore fresh(catalog_, *store_, clock_);
  const auto files = fresh.LiveFiles(state_);
  EXPECT_EQ(files.error().code, Code::kCorrupt);
  EXPECT_TRUE(files.error().message.contains(list)) << files.error().message;
}

TEST_F(ForeignTableTest, OtherKindsOfTablesAreNotIceberg) {
  ASSERT_TRUE(catalog_.CreateTable({.database = "market", .name = "csv"}).has_value());
  EXPECT_EQ(tables_->Load("market", "csv").error().code, Code::kUnsupported);
}

TEST(HiveTypes, SpellTypesAsGlueDoes) {
  using iceberg::ListType;
  const auto nested = iceberg::StructType(
      {{1, "a", false, iceberg::DecimalType(9, 2), ""},
       {2, "b", false, ListType({3, "", false, Primitive(TypeId::kLong), ""}), ""}});
  EXPECT_EQ(HiveType(*nested), "struct<a:decimal(9,2),b:array<bigint>>");
  EXPECT_EQ(HiveType(*Primitive(TypeId::kTimestamptz)), "timestamp");
  EXPECT_EQ(HiveType(*Primitive(TypeId::kUuid)), "string");
}

}  // namespace
}  // namespace ticklake::lake
