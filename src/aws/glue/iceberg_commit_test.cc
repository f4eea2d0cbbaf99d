// Commits of Iceberg tables through Glue: what a client may do to the lake's tables, and what the
// next commit of our own finds.

#include "aws/glue/iceberg_commit.h"

#include "aws/glue/glue_fixture.h"
#include "base/memory_fs.h"
#include "lake/iceberg/metadata.h"
#include "lake/ranges/keys.h"
#include "lake/ranges/position_set.h"
#include "lake/table/table_fixture.h"

namespace ticklake::aws::glue {
namespace {

namespace json = boost::json;

constexpr char kShown[] = "s3://ticklake/";

class IcebergCommitTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(catalog_.CreateDatabase({.name = "market"}).has_value());
    lake::NewTable table = lake::TradesTable();
    table.properties = {{lake::kTopicKey, "trades"},
                        {lake::kPositionsKey, lake::PositionSet().ToJson()}};
    ASSERT_TRUE(tables_.Create(table).has_value());
  }

  json::object Entry() const {
    const auto answer = service_.Answer("AWSGlue.GetTable",
                                        R"({"DatabaseName":"market","Name":"trades"})", caller_);
    return json::parse(answer.value()).at("Table").as_object();
  }

  std::string Location() const {
    return json::value_to<std::string>(Entry().at("Parameters").at(catalog::kMetadataLocation));
  }

  // Puts a changed copy of the newest metadata file, as a client would, and tells its location.
  template <class Change>
  std::string PutMetadata(const std::string& name, Change change) {
    auto metadata = *tables_.Load("market", "trades").value().metadata;
    change(metadata);
    const std::string key = "market/trades/metadata/" + name;
    EXPECT_TRUE(store_->Put(key, lake::iceberg::SerializeTableMetadata(metadata)).has_value());
    return kShown + key;
  }

  // The error's code and message of an update to that location, "" for none.
  std::string Commit(const std::string& location, const std::string& based_on,
                     const std::string& version = "") const {
    json::object input{{"DatabaseName", "market"},
                       {"SkipArchive", true},
                       {"TableInput",
                        {{"Name", "trades"},
                         {"Parameters",
                          {{"table_type", "ICEBERG"},
                           {"ticklake.positions", "a copy"},
                           {catalog::kMetadataLocation, location},
                           {catalog::kPreviousMetadataLocation, based_on}}}}}};
    if (!version.empty()) input["VersionId"] = version;
    const auto answer = service_.Answer("AWSGlue.UpdateTable", json::serialize(input), caller_);
    return answer ? "" : answer.error().code + ": " + answer.error().message;
  }

  ManualClock clock_{1'700'000'000 * kNanosPerSecond};
  MemoryFileSystem fs_;
  catalog::MemoryCatalog catalog_{clock_};
  std::unique_ptr<store::ObjectStore> store_ =
      store::OpenDirectoryStore(fs_, "/lake", {kShown}).value();
  lake::TableStore tables_{catalog_, *store_, clock_};
  Caller caller_{"AKID", "arn:aws:iam::000000000000:user/ann", "AIDA1", false, std::nullopt};
  DataCatalog data_{{&catalog_, store_.get(), kShown}};
  GlueService service_{data_.Operations()};
};

void Nothing(lake::iceberg::TableMetadata&) {}

TEST_F(IcebergCommitTest, ShowsTheLakeAsABucket) {
  const json::object entry = Entry();
  EXPECT_EQ(entry.at("Parameters").at("table_type"), "ICEBERG");
  EXPECT_TRUE(Location().starts_with("s3://ticklake/market/trades/metadata/")) << Location();
  EXPECT_EQ(entry.at("StorageDescriptor").at("Location"), "s3://ticklake/market/trades");
  EXPECT_EQ(entry.at("StorageDescriptor").at("Columns").at(1),
            json::parse(R"({"Name":"symbol","Type":"string","Parameters":{"iceberg.field.id":"2",
              "iceberg.field.optional":"false","iceberg.field.current":"true"}})"));
}

TEST_F(IcebergCommitTest, ACommitIsOursAndTheNextIsOnTopOfIt) {
  const auto before = tables_.Load("market", "trades").value();
  const std::string location = PutMetadata("theirs.metadata.json", [](auto& metadata) {
    metadata.properties["theirs"] = "yes";
    metadata.location = "s3://ticklake/market/trades";
  });
  EXPECT_EQ(Commit(location, Location(), "1"), "");
  const auto stored = catalog_.GetTable("market", "trades").value();
  EXPECT_EQ(stored.parameters.at(catalog::kMetadataLocation),
            "file:///lake/market/trades/metadata/theirs.metadata.json");
  EXPECT_FALSE(stored.parameters.contains("ticklake.positions"));
  // Ours began before: it loses, and goes on from theirs.
  lake::TableChange change{.summary = {{"note", "ours"}}};
  EXPECT_EQ(tables_.Commit(before, change).error().code, ticklake::Code::kConflict);
  const auto after = tables_.Commit(tables_.Load("market", "trades").value(), change).value();
  EXPECT_EQ(after.metadata->properties.at("theirs"), "yes");
  EXPECT_EQ(Entry().at("VersionId"), "3");
  EXPECT_TRUE(Location().starts_with("s3://ticklake/market/trades/metadata/")) << Location();
}

TEST_F(IcebergCommitTest, ALostRaceIsAConflict) {
  const std::string first = Location();
  const std::string mine = PutMetadata("mine.metadata.json", Nothing);
  const std::string other = PutMetadata("other.metadata.json", Nothing);
  EXPECT_EQ(Commit(other, first), "");
  EXPECT_TRUE(Commit(mine, first, "1").starts_with("ConcurrentModificationException"));
  EXPECT_TRUE(Commit(mine, first).starts_with("ConcurrentModificationException"));
  EXPECT_TRUE(Commit(mine, "").starts_with("ConcurrentModificationException"));
  EXPECT_EQ(Location(), other);
  EXPECT_EQ(Commit(mine, other), "");
}

TEST_F(IcebergCommitTest, RefusesWhatTheSinkCouldNotGoOnFrom) {
  const std::string now = Location();
  const auto refused = [&](const std::string& location) {
    const std::string answer = Commit(location, now, "1");
    EXPECT_TRUE(answer.starts_with("InvalidInputException")) << answer;
    EXPECT_EQ(Location(), now);
    return answer;
  };
  const auto lost = refused(PutMetadata(
      "a.metadata.json", [](auto& metadata) { metadata.properties.erase(lake::kPositionsKey); }));
  EXPECT_NE(lost.find("belongs to topic 'trades'"), std::string::npos) << lost;
  refused(PutMetadata("b.metadata.json",
                      [](auto& metadata) { metadata.properties.erase(lake::kTopicKey); }));
  refused(PutMetadata("c.metadata.json", [](auto& metadata) {
    metadata.table_uuid = "00000000-0000-4000-8000-000000000000";
  }));
  refused("s3://ticklake/market/trades/metadata/none.metadata.json");
  refused("s3://elsewhere/x.metadata.json");
  refused("");
}

}  // namespace
}  // namespace ticklake::aws::glue
