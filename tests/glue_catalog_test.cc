// Our catalog on Glue, against the service that aws_peer.h names: the conformance suite of all
// catalogs, and what only a service far away has.
#include <gtest/gtest.h>

#include "aws_peer.h"
#include "catalog/catalog_conformance.h"
#include "catalog/glue_catalog.h"
#include "lossy_proxy.h"

namespace ticklake::catalog {
namespace {

struct GluePlace {
  explicit GluePlace(const std::string& endpoint)
      : client(PeerClient(endpoint, {.attempts = 3, .first = std::chrono::milliseconds(1)})) {}
  std::unique_ptr<Catalog> Open() const { return OpenGlueCatalog(*client).value(); }

  std::unique_ptr<net::AwsClient> client;
};

/// Removes what tests before have left: only the databases that the suites make.
void Clean(Catalog& catalog) {
  for (const char* name : {"market", "a b", "other"}) {
    const auto tables = catalog.ListTables(name);
    if (!tables) continue;
    for (const Table& table : *tables) (void)catalog.DeleteTable(name, table.name);
    (void)catalog.DeleteDatabase(name);
  }
}

CatalogUnderTest OnPeer() {
  auto place = std::make_shared<GluePlace>(PeerVariable("TICKLAKE_PEER_ENDPOINT", ""));
  auto catalog = place->Open();
  Clean(*catalog);
  std::set<std::string> lacks = {"facts", "extra"};
  for (const char* what : {"versions", "pages"}) {
    if (PeerLacks(what)) lacks.insert(what);
  }
  return {place, std::move(catalog), std::move(lacks)};
}

std::vector<CatalogFactory> Peers() {
  if (!HasPeer("glue")) return {};
  return {&OnPeer};
}

INSTANTIATE_TEST_SUITE_P(Glue, CatalogConformance, ::testing::ValuesIn(Peers()));

class GlueCatalogTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const GluePlace place(GetParam());
    const auto catalog = place.Open();
    Clean(*catalog);
    ASSERT_TRUE(catalog->CreateDatabase({.name = "market"}).has_value());
    table_ = {.database = "market", .name = "t", .partition_keys = {{"k", "string", "", {}}}};
    table_.storage.location = "s3://bucket/t";
    ASSERT_TRUE(catalog->CreateTable(table_).has_value());
  }

  Table table_;
};

// The swap happened, and nobody heard of it: neither "conflict", which would make the caller throw
// its files away, nor a second try.
TEST_P(GlueCatalogTest, ASwapWhoseAnswerIsLostIsOfUnknownOutcome) {
  LossyProxy proxy(PortOf(GetParam()));
  const GluePlace place(proxy.Url());
  const auto catalog = place.Open();
  Table table = catalog->GetTable("market", "t").value();
  const int64_t before = table.version;
  table.parameters[kMetadataLocation] = "s3://bucket/m1";
  proxy.LoseAnswers(1);
  EXPECT_EQ(catalog->UpdateTable(table).error().code, Code::kOutcomeUnknown);
  EXPECT_EQ(proxy.lost(), 1);
  const Table now = catalog->GetTable("market", "t").value();
  EXPECT_EQ(now.parameters.at(kMetadataLocation), "s3://bucket/m1");
  if (!PeerLacks("versions")) {
    EXPECT_EQ(now.version, before + 1);
    EXPECT_EQ(catalog->UpdateTable(table).error().code, Code::kConflict);
  }
  proxy.LoseAnswers(1);
  EXPECT_EQ(catalog->GetTable("market", "t").value().version, now.version) << "reads are repeated";
}

TEST_P(GlueCatalogTest, ManyPartitionsGoInBatches) {
  const GluePlace place(GetParam());
  const auto catalog = place.Open();
  std::vector<Partition> partitions;
  std::vector<PartitionValues> values;
  for (int i = 0; i < 257; ++i) {
    Partition& partition = partitions.emplace_back();
    partition.values = {fmt::format("{:04}", i)};
    partition.storage.location = "s3://bucket/t/" + partition.values[0];
    values.push_back(partition.values);
  }
  ASSERT_TRUE(catalog->CreatePartitions("market", "t", partitions)->empty());
  EXPECT_EQ(catalog->CreatePartitions("market", "t", partitions)->size(), partitions.size());
  EXPECT_EQ(AllPartitions(*catalog, "market", "t")->size(), partitions.size());
  std::vector<PartitionUpdate> updates;
  for (Partition& partition : partitions) {
    partition.parameters["seen"] = "yes";
    updates.push_back({partition.values, partition});
  }
  ASSERT_TRUE(catalog->UpdatePartitions("market", "t", updates)->empty());
  EXPECT_EQ(catalog->GetPartition("market", "t", {"0256"})->parameters.at("seen"), "yes");
  ASSERT_TRUE(catalog->DeletePartitions("market", "t", values)->empty());
  EXPECT_TRUE(AllPartitions(*catalog, "market", "t")->empty());
}

std::vector<std::string> Endpoints() {
  if (!HasPeer("glue")) return {};
  return {PeerVariable("TICKLAKE_PEER_ENDPOINT", "")};
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(CatalogConformance);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(GlueCatalogTest);
INSTANTIATE_TEST_SUITE_P(Glue, GlueCatalogTest, ::testing::ValuesIn(Endpoints()));

}  // namespace
}  // namespace ticklake::catalog
