// CreateTable with an OpenTableFormatInput: the first metadata file is Glue's own work.

#include "aws/glue/iceberg_create.h"

#include <gmock/gmock.h>

#include "aws/glue/glue_fixture.h"
#include "base/memory_fs.h"
#include "lake/iceberg/metadata.h"

namespace ticklake::aws::glue {
namespace {

namespace json = boost::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class IcebergCreateTest : public testing::Test {
 protected:
  IcebergCreateTest() { EXPECT_TRUE(catalog_.CreateDatabase({.name = "d"}).has_value()); }

  // "": made; else code and message.
  std::string Create(const std::string& input) const {
    const auto answer = service_.Answer("AWSGlue.CreateTable", input, caller_);
    return answer ? "" : answer.error().code + ": " + answer.error().message;
  }
  std::string CreateOf(const std::string& columns, const std::string& location,
                       const std::string& more = "", const std::string& iceberg = "") const {
    return Create(R"({"DatabaseName":"d","TableInput":{"Name":"t","TableType":"EXTERNAL_TABLE",
        "StorageDescriptor":{"Columns":)" +
                  columns + R"(,"Location":")" + location + R"("})" + more +
                  R"(},"OpenTableFormatInput":{"IcebergInput":{"MetadataOperation":"CREATE")" +
                  iceberg + "}}}");
  }
  json::object Entry() const {
    const auto answer =
        service_.Answer("AWSGlue.GetTable", R"({"DatabaseName":"d","Name":"t"})", caller_);
    return json::parse(answer.value()).at("Table").as_object();
  }
  std::string Location() const {
    return json::value_to<std::string>(Entry().at("Parameters").at(catalog::kMetadataLocation));
  }
  // What the metadata file of the entry says, below one of the two roots.
  lake::iceberg::TableMetadata Metadata(store::ObjectStore& store) const {
    const auto text = store.Get(store.KeyOf(Location()).value());
    return lake::iceberg::ParseTableMetadata(text.value()).value();
  }
  static std::unique_ptr<store::ObjectStore> Bucket(FileSystem& fs, const std::string& name) {
    return store::OpenDirectoryStore(fs, "/buckets/" + name, {"s3://" + name + "/"}).value();
  }

  ManualClock clock_{1'700'000'000 * kNanosPerSecond};
  MemoryFileSystem fs_;
  catalog::MemoryCatalog catalog_{clock_};
  std::unique_ptr<store::ObjectStore> lake_ =
      store::OpenDirectoryStore(fs_, "/lake", {"s3://ticklake/"}).value();
  std::unique_ptr<store::ObjectStore> bucket_ = Bucket(fs_, "mine");
  store::StoreSet files_{
      {lake_.get()},
      [this](const std::string& name) -> Result<std::unique_ptr<store::ObjectStore>> {
        if (name == "mine") return Bucket(fs_, name);
        return Fail(ticklake::Code::kNotFound, "no bucket '{}'", name);
      }};
  Caller caller_{"AKID", "arn:aws:iam::000000000000:user/ann", "AIDA1", false, std::nullopt};
  DataCatalog data_{{&catalog_, lake_.get(), "s3://ticklake/", &files_, &clock_}};
  GlueService service_{data_.Operations()};
};

constexpr char kColumns[] =
    R"json([{"Name":"id","Type":"bigint","Comment":"the key"},
        {"Name":"px","Type":"decimal(10,2)"
},
        {"Name":"at","Type":"timestamp"},
        {"Name":"legs","Type":"array<struct<sym:string,qty:int>>"},
        {"Name":"tags","Type":"map<string,string>"}])json";

TEST_F(IcebergCreateTest, TheFirstMetadataFileLiesBelowTheLocation) {
  ASSERT_EQ(CreateOf(kColumns, "s3://mine/tables/t/", "", R"(,"Version":"2")"), "");
  EXPECT_THAT(Location(), testing::StartsWith("s3://mine/tables/t/metadata/00000-"));
  EXPECT_EQ(Entry().at("Parameters").at("table_type"), "ICEBERG");
  EXPECT_EQ(Entry().at("StorageDescriptor").at("Location"), "s3://mine/tables/t/") << "as sent";
  EXPECT_EQ(Entry().at("StorageDescriptor").at("Columns").at(0),
            json::parse(R"({"Name":"id","Type":"bigint","Comment":"the key"})"));
  const auto metadata = Metadata(*bucket_);
  EXPECT_EQ(metadata.location, "s3://mine/tables/t");
  EXPECT_EQ(metadata.last_updated_ms, 1'700'000'000'000);
  EXPECT_EQ(metadata.CurrentSnapshot(), nullptr);
  EXPECT_EQ(metadata.last_column_id, 10);
  std::vector<std::string> columns;
  for (const auto& field : metadata.CurrentSchema().fields) {
    columns.push_back(
        fmt::format("{} {} {}", field.id, field.name, lake::iceberg::TypeName(*field.type)));
    EXPECT_FALSE(field.required);
  }
  EXPECT_THAT(columns, ElementsAre("1 id long", "2 px decimal(10, 2)", "3 at timestamp",
                                   HasSubstr("4 legs list<"), HasSubstr("5 tags map<")));
  EXPECT_EQ(metadata.CurrentSchema().fields[3].type->fields[0].id, 6);
}

TEST_F(IcebergCreateTest, AlsoInTheLake) {
  ASSERT_EQ(CreateOf(kColumns, "s3://ticklake/d/t"), "");
  EXPECT_THAT(Location(), testing::StartsWith("s3://ticklake/d/t/metadata/00000-"));
  EXPECT_EQ(Metadata(*lake_).location, "file:///lake/d/t");
}

TEST_F(IcebergCreateTest, AWholeTableIsSaidInIcebergsTerms) {
  ASSERT_EQ(Create(R"({"DatabaseName":"d","Name":"T","OpenTableFormatInput":{"IcebergInput":{
      "MetadataOperation":"CREATE","CreateIcebergTableInput":{"Location":"s3://mine/w",
        "Schema":{"Type":"struct","IdentifierFieldIds":[3],"Fields":[
          {"Id":3,"Name":"id","Type":"long","Required":true,"Doc":"the key"},
          {"Id":7,"Name":"at","Type":"timestamptz","Required":false},
          {"Id":8,"Name":"l","Required":false,
           "Type":{"type":"list","element-id":9,"element":"double","element-required":false}}]},
        "PartitionSpec":{"Fields":[{"SourceId":7,"Transform":"day","Name":"at_day"}]},
        "WriteOrder":{"OrderId":1,"Fields":[{"SourceId":3,"Transform":"identity",
          "Direction":"desc","NullOrder":"nulls-last"}]},
        "Properties":{"write.format.default":"parquet"}}}}})"),
            "");
  EXPECT_EQ(Entry().at("Name"), "t");
  const auto metadata = Metadata(*bucket_);
  EXPECT_EQ(Entry().at("StorageDescriptor").at("Columns").at(2),
            json::parse(R"({"Name":"l","Type":"array<double>","Parameters":{
              "iceberg.field.id":"8","iceberg.field.optional":"true",
              "iceberg.field.current":"true"}})"));
  const auto& schema = metadata.CurrentSchema();
  ASSERT_EQ(schema.fields.size(), 3U);
  EXPECT_EQ(schema.fields[0].id, 3);
  EXPECT_TRUE(schema.fields[0].required);
  EXPECT_EQ(schema.fields[0].doc, "the key");
  EXPECT_THAT(schema.identifier_field_ids, ElementsAre(3));
  EXPECT_EQ(metadata.last_column_id, 9);
  ASSERT_EQ(metadata.DefaultSpec().fields.size(), 1U);
  EXPECT_EQ(metadata.DefaultSpec().fields[0].field_id, 1000);
  EXPECT_EQ(metadata.DefaultSpec().fields[0].transform.ToString(), "day");
  ASSERT_EQ(metadata.DefaultSortOrder().fields.size(), 1U);
  EXPECT_FALSE(metadata.DefaultSortOrder().fields[0].ascending);
  EXPECT_EQ(metadata.properties.at("write.format.default"), "parquet");
}

TEST_F(IcebergCreateTest, WhatMakesNoSenseIsRefusedAndLeavesNothing) {
  const auto refused = [&](const std::string& said, const std::string& why) {
    EXPECT_THAT(said, HasSubstr(why));
    EXPECT_TRUE(bucket_->List("")->empty());
    EXPECT_TRUE(lake_->List("")->empty());
    EXPECT_EQ(catalog_.ListTables("d")->size(), 0U);
  };
  refused(CreateOf(R"([{"Name":"a","Type":"tinyint"}])", "s3://mine/t"), "Iceberg has no tinyint");
  refused(CreateOf(R"([{"Name":"a","Type":"any"}])", "s3://mine/t"), "column 'a'");
  refused(CreateOf("[]", "s3://mine/t"), "needs StorageDescriptor.Columns");
  refused(CreateOf(kColumns, "s3://other/t"), "no bucket 'other'");
  refused(CreateOf(kColumns, "file:///etc/t"), "no place in a bucket");
  refused(CreateOf(kColumns, ""), "no place in a bucket");
  refused(CreateOf(kColumns, "s3://ticklake/nothing/t"), "AccessDeniedException");
  refused(CreateOf(kColumns, "s3://mine/t", R"(,"PartitionKeys":[{"Name":"p","Type":"int"}])"),
          "PartitionSpec");
  refused(CreateOf(kColumns, "s3://mine/t", "", R"(,"Version":"1")"), "ersion");
  refused(CreateOf(kColumns, "s3://mine/t", R"(,"Parameters":{"metadata_location":"s3://mine/m"})"),
          "names a metadata file already");
  refused(CreateOf(R"([{"Name":"a","Type":"int"},{"Name":"a","Type":"int"}])", "s3://mine/t"),
          "InvalidInputException");
}

TEST_F(IcebergCreateTest, AnEntryThatIsThereKeepsItsOwn) {
  ASSERT_EQ(CreateOf(kColumns, "s3://mine/t"), "");
  const std::string first = Location();
  EXPECT_THAT(CreateOf(kColumns, "s3://mine/t"), HasSubstr("AlreadyExistsException"));
  EXPECT_EQ(Location(), first);
  EXPECT_EQ(bucket_->List("")->size(), 1U) << "the second file was taken back";
}

}  // namespace
}  // namespace ticklake::aws::glue
