// The metadata file: what we write reads back, and what others put there stays.

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "lake/iceberg/metadata.h"
#include "lake/iceberg/summary.h"

namespace ticklake::lake::iceberg {
namespace {

// As another writer might leave it: refs, statistics, an unknown field, several of everything.
constexpr char kForeign[] = R"json({
"format-version":2,"table-uuid":"9c12d441-03fe-4693-9a96-a0705ddf69c1","location":"s3://b/t",
"last-sequence-number":34,"last-updated-ms":1602638573590,"last-column-id":6,
"current-schema-id":1,"schemas":[
 {"type":"struct","schema-id":0,"fields":[{"id":1,"name":"x","required":true,"type":"long"}]},
 {"type":"struct","schema-id":1,"identifier-field-ids":[1],"fields":[
  {"id":1,"name":"x","required":true,"type":"long","doc":"the x"},
  {"id":2,"name":"l","required":false,"type":{"type":"list","element-id":3,"element":"string",
   "element-required":false}},
  {"id":4,"name":"m","required":false,"type":{"type":"map","key-id":5,"key":"string","value-id":6,
   "value":{"type":"struct","fields":[{"id":7,"name":"d","required":false,"type":"decimal(9,2)"}]},
   "value-required":true}},
  {"id":8,"name":"f","required":false,"type":"fixed[16]"}]}],
"default-spec-id":1,"partition-specs":[{"spec-id":0,"fields":[]},
 {"spec-id":1,"fields":[{"name":"x_b","transform":"bucket[4]","source-id":1,"field-id":1000}]}],
"last-partition-id":1000,"default-sort-order-id":3,"sort-orders":[{"order-id":3,"fields":[
 {"transform":"identity","source-id":1,"direction":"desc","null-order":"nulls-last"}]}],
"properties":{"read.split.target.size":"134217728"},"current-snapshot-id":3055729675574597004,
"snapshots":[
 {"snapshot-id":3051729675574597004,"timestamp-ms":1515100955770,"sequence-number":0,
  "summary":{"operation":"append","ticklake.positions":"old"},"manifest-list":"s3://b/1.avro"},
 {"snapshot-id":3055729675574597004,"parent-snapshot-id":3051729675574597004,
  "timestamp-ms":1555100955770,"sequence-number":1,"summary":{"operation":"append"},
  "manifest-list":"s3://b/2.avro","schema-id":1}],
"snapshot-log":[{"snapshot-id":3051729675574597004,"timestamp-ms":1515100955770}],
"metadata-log":[{"metadata-file":"s3://b/v1.json","timestamp-ms":1515100}],
"refs":{"main":{"snapshot-id":3055729675574597004,"type":"branch"},
 "eoy":{"snapshot-id":3051729675574597004,"type":"tag","max-ref-age-ms":10000000}},
"statistics":[{"snapshot-id":3055729675574597004,"statistics-path":"s3://b/stats.puffin"}],
"something-new":{"a":[1,2.5,null]}})json";

std::string Replaced(std::string text, std::string_view from, std::string_view to) {
  text.replace(text.find(from), from.size(), to);
  return text;
}

TEST(Metadata, ReadsWhatOthersWroteAndKeepsIt) {
  const auto metadata = ParseTableMetadata(kForeign);
  ASSERT_TRUE(metadata.has_value()) << metadata.error().message;
  EXPECT_EQ(metadata->CurrentSchema().fields.size(), 4U);
  EXPECT_EQ(TypeName(*metadata->CurrentSchema().fields[2].type),
            "map<string, struct<7: d: optional decimal(9, 2)>>");
  EXPECT_EQ(metadata->CurrentSchema().HighestFieldId(), 8);
  EXPECT_EQ(metadata->DefaultSpec().fields[0].transform.ToString(), "bucket[4]");
  EXPECT_FALSE(metadata->DefaultSortOrder().fields[0].ascending);
  EXPECT_EQ(metadata->refs.at("eoy").type, "tag");
  EXPECT_EQ(metadata->others.count("something-new"), 1U);

  const std::string text = SerializeTableMetadata(*metadata);
  const auto again = ParseTableMetadata(text);
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_EQ(SerializeTableMetadata(*again), text);
  // Value for value the same document, but for the spelling of decimal(9,2).
  const std::string expected = Replaced(kForeign, "decimal(9,2)", "decimal(9, 2)");
  EXPECT_EQ(boost::json::parse(text), boost::json::parse(expected));
}

TEST(Metadata, RefusesOtherVersionsWithAdvice) {
  for (const char* version : {"1", "3", "4"}) {
    const auto refused = ParseTableMetadata(
        Replaced(kForeign, "\"format-version\":2", std::string("\"format-version\":") + version));
    EXPECT_EQ(refused.error().code, Code::kUnsupported);
    EXPECT_NE(refused.error().message.find("'format-version'"), std::string::npos);
  }
  const auto newer = ParseTableMetadata(Replaced(kForeign, "\"long\"", "\"variant\""));
  EXPECT_EQ(newer.error().code, Code::kUnsupported);
}

TEST(Metadata, NamesWhatIsWrong) {
  for (const auto& [from, to] : std::initializer_list<std::pair<const char*, const char*>>{
           {"\"last-column-id\":6", "\"last-column-id\":\"six\""},
           {"\"current-schema-id\":1", "\"current-schema-id\":7"},
           {"\"current-snapshot-id\":3055729675574597004", "\"current-snapshot-id\":5"},
           {"\"default-spec-id\":1", "\"default-spec-id\":7"},
           {"\"default-sort-order-id\":3", "\"default-sort-order-id\":0"},
           {"\"manifest-list\":\"s3://b/2.avro\"", "\"manifest-list\":null"},
           {"\"source-id\":1", "\"source-id\":99999999999"},
           {"\"refs\":{", "\"refs\":{\"x\":3,"}}) {
    const auto refused = ParseTableMetadata(Replaced(kForeign, from, to));
    ASSERT_FALSE(refused.has_value()) << to;
    EXPECT_EQ(refused.error().code, Code::kCorrupt) << to;
  }
  EXPECT_EQ(ParseTableMetadata("").error().code, Code::kCorrupt);
  EXPECT_EQ(ParseTableMetadata("[]").error().code, Code::kCorrupt);
}

TEST(Metadata, FindsTheNearestSummary) {
  auto metadata = ParseTableMetadata(kForeign).value();
  EXPECT_EQ(SummaryOfNearestAncestor(metadata, "ticklake.positions"), "old");
  EXPECT_EQ(SummaryOfNearestAncestor(metadata, "nothing"), std::nullopt);
  metadata.snapshots[1].summary["ticklake.positions"] = "new";
  EXPECT_EQ(SummaryOfNearestAncestor(metadata, "ticklake.positions"), "new");
  metadata.snapshots[0].parent_id = metadata.snapshots[1].snapshot_id;  // a circle
  EXPECT_EQ(SummaryOfNearestAncestor(metadata, "nothing"), std::nullopt);
}

TEST(Summary, ContinuesTheParentsTotals) {
  DataFile file;
  file.record_count = 5;
  file.file_size = 100;
  const auto first = StandardSummary(nullptr, {{file, file}, {}});
  EXPECT_EQ(first.at("operation"), "append");
  EXPECT_EQ(first.at("total-records"), "10");
  EXPECT_EQ(first.at("total-delete-files"), "0");
  Snapshot parent;
  parent.summary = first;
  const auto second = StandardSummary(&parent, {{file}, {file, file}});
  EXPECT_EQ(second.at("operation"), "replace");
  EXPECT_EQ(second.at("total-data-files"), "1");
  EXPECT_EQ(second.at("total-files-size"), "100");
  EXPECT_EQ(second.at("removed-files-size"), "200");
  parent.summary.clear();  // a writer that gives no totals
  EXPECT_FALSE(StandardSummary(&parent, {{file}, {}}).contains("total-records"));
}

}  // namespace
}  // namespace ticklake::lake::iceberg
