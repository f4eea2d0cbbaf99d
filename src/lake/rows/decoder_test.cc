#include "lake/rows/decoder.h"

#include <arrow/array.h>
#include <arrow/type.h>
#include <arrow/util/byte_size.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <limits>

#include "lake/rows/arrow_schema.h"
#include "lake/rows/dlq.h"
#include "lake/rows/json_text.h"
#include "lake/rows/names.h"
#include "lake/rows/test_records.h"

namespace ticklake::lake {
namespace {

using Batch = std::shared_ptr<arrow::RecordBatch>;

/// Rows as JSON texts without `_kafka`, then `dead: error` lines.
std::vector<std::string> Show(const Batch& rows, const std::vector<DeadLetter>& dead = {}) {
  std::vector<std::string> out;
  if (rows != nullptr) {
    const int kafka = rows->schema()->GetFieldIndex("_kafka");
    const auto plain = rows->RemoveColumn(kafka).ValueOrDie()->ToStructArray().ValueOrDie();
    for (int64_t i = 0; i < rows->num_rows(); ++i) {
      AppendJsonText(out.emplace_back(), *plain, i);
    }
  }
  for (const DeadLetter& letter : dead) out.push_back("dead: " + *letter.error);
  return out;
}

std::string Types(const iceberg::Schema& schema) {
  std::string out;
  for (const iceberg::Field& field : schema.fields) {
    if (field.name.starts_with("_kafka") || field.name == "_rescued") continue;
    out +=
        fmt::format("{}{} {}", out.empty() ? "" : ", ", field.name, iceberg::TypeName(*field.type));
  }
  return out;
}

struct Case {
  std::string what;
  std::vector<std::optional<std::string>> records;
  std::vector<std::string> rows;
  std::string types = {};  ///< not checked if empty
};

/// Decodes in one chunk; checks the counts that must hold for every chunk.
void Check(TableDecoder& decoder, const std::string& topic, const Case& c) {
  SCOPED_TRACE(c.what);
  const TestRecords records(c.records);
  const auto chunk = decoder.Decode({.topic = topic}, records.chunk());
  ASSERT_TRUE(chunk) << chunk.error().message;
  EXPECT_EQ(Show(chunk->rows, chunk->dead), c.rows);
  if (!c.types.empty()) {
    EXPECT_EQ(Types(decoder.CurrentSchema()), c.types);
  }
  const int64_t rows = chunk->rows == nullptr ? 0 : chunk->rows->num_rows();
  EXPECT_EQ(rows + std::ssize(chunk->dead) + chunk->tombstones, std::ssize(c.records));
  EXPECT_TRUE(chunk->rows == nullptr || chunk->rows->ValidateFull().ok());
}

TEST(Inference, Goldens) {
  const std::vector<Case> cases = {
      {"types",
       {R"({"i":1,"d":1.5,"s":"x","b":true,"o":{"k":2},"l":[1,2],"n":null})"},
       {R"({"i":1,"d":1.5,"s":"x","b":true,"o":{"k":2},"l":[1,2]})"},
       "i long, d double, s string, b boolean, o struct<4: k: optional long>"},
      {"a fraction widens what came before",
       {R"({"a":1})", R"({"a":2.5})", R"({"a":3})"},
       {R"({"a":1})", R"({"a":2.5})", R"({"a":3})"},
       "a double"},
      {"an integer that no double holds moves to _rescued when its column widens",
       {R"({"a":9007199254740993})", R"({"a":0.5})"},
       {R"({"_rescued":"{\"a\":9007199254740993}"})", R"({"a":0.5})"}},
      {"a conflict is rescued, the first type wins",
       {R"({"a":1})", R"({"a":"x"})", R"({"a":[1]})", R"({"a":{"b":1}})"},
       {R"({"a":1})", R"({"_rescued":"{\"a\":\"x\"}"})", R"({"_rescued":"{\"a\":[1]}"})",
        R"({"_rescued":"{\"a\":{\"b\":1}}"})"},
       "a long"},
      {"numbers beyond int64 and double make no column",
       {R"({"a":18446744073709551616,"b":1e999})"},
       {R"({"_rescued":"{\"a\":18446744073709551616,\"b\":1e999}"})"}},
      {"a column appears with its first content",
       {R"({"a":null,"b":{},"c":[],"d":{"e":null},"f":1})", R"({"b":{"x":1},"c":["y"]})"},
       {R"({"f":1,"b":{},"c":[]})", R"({"b":{"x":1},"c":["y"]})"}},
      {"an empty list is not null once its type is known",
       {R"({"a":[1]})", R"({"a":[]})", R"({"a":[null,2]})", R"({"a":null})"},
       {R"({"a":[1]})", R"({"a":[]})", R"({"a":[null,2]})", "{}"}},
      {"a mixed list is rescued whole",
       {R"({"a":[1,"x"],"b":[1,2.5]})", R"({"a":[3]})"},
       {R"({"b":[1,2.5],"_rescued":"{\"a\":[1,\"x\"]}"})", R"({"a":[3]})"}},
      {"a misfit in a struct is rescued under its path, joined with others",
       {R"({"o":{"a":1,"b":{"c":1,"d":1}}})", R"({"o":{"a":"x","b":{"c":true,"d":[]}}})"},
       {R"({"o":{"a":1,"b":{"c":1,"d":1}}})",
        R"({"o":{"b":{}},"_rescued":"{\"o\":{\"a\":\"x\",\"b\":{\"c\":true,\"d\":[]}}}"})"}},
      {"lists of structs gather the keys of all elements",
       {R"({"l":[{"a":1},{"b":"x"},{}]})"},
       {R"({"l":[{"a":1},{"b":"x"},{}]})"}},
      {"the first of equal keys wins",
       {R"({"a":1,"a":2,"a":null})"},
       {R"({"a":1,"_rescued":"{\"a\":2,\"a\":null}"})"}},
      {"keys that fold to one name",
       {R"({"Adj Close":1,"adj_close":2,"A":3,"a":4,"":5})"},
       {R"({"Adj Close":1,"adj_close":2,"A":3,"a":4,"":5})"},
       "adj_close long, adj_close_fe8df058 long, a long, a_e8b7be43 long, _ long"},
      {"keys like system columns",
       {R"({"_kafka":1,"_rescued":"r"})"},
       {R"({"_kafka":1,"_rescued":"r"})"}},
      {"escapes and characters beyond ASCII",
       {R"({"s":"a\"\u00e9\ud83d\ude00\n","\u0061":"é"})"},
       {"{\"s\":\"a\\\"é😀\\u000a\",\"a\":\"é\"}"}},
  };
  for (const Case& c : cases) {
    Case checked = c;
    if (c.what == "types") checked.types = "";  // spelling of nested types is Iceberg's own
    Check(*MakeDecoder("any", nullptr), "any", checked);
  }
}

TEST(Inference, DeadLettersNameCauseAndPlace) {
  const std::vector<Case> cases = {
      {"bad values",
       {"", "oops", "[1]", "7", R"({"a":1} x)", R"({"a":tru})", R"({"a":01})", R"({"a":1)",
        "{'a':1}", R"({"a":"x)", R"({"a" 1})", R"({"a":1,})", "{\"a\":\"\x01\"}",
        "{\"a\":\"\xff\"}", R"({"a":"\ud800"})", R"({"a":"\q"})", R"({"\q":null})", R"({"a":[1}})",
        std::nullopt},
       {"dead: not JSON: the value is empty",
        "dead: not JSON: 'o' where a value must follow at byte 0",
        "dead: a record must be a JSON object", "dead: a record must be a JSON object",
        "dead: not JSON: 'x' where the end must follow at byte 8",
        "dead: not JSON: 't' where a value must follow at byte 5",
        "dead: not JSON: bad number at byte 5",
        "dead: not JSON: the text ends where ',' or '}' must follow at byte 6",
        "dead: not JSON: ''' where a key in quotes must follow at byte 1",
        "dead: not JSON: a string that begins and never ends at byte 5",
        "dead: not JSON: '1' where ':' must follow at byte 5",
        "dead: not JSON: '}' where a key in quotes must follow at byte 7",
        "dead: not JSON: control character in a string at byte 6",
        "dead: not UTF-8: bad sequence at byte 6",
        "dead: not JSON: unpaired surrogate in a string at byte 6",
        "dead: not JSON: bad escape in a string at byte 6",
        "dead: not JSON: bad escape in a string at byte 2",
        "dead: not JSON: '}' where ',' or ']' must follow at byte 7"}},
      {"nesting",
       {std::string(600, '[')},
       {"dead: not JSON: nested deeper than 500 levels at byte 501"}},
  };
  const auto fresh = MakeDecoder("any", nullptr);
  const auto known = MakeDecoder("any", nullptr);
  const TestRecords first({R"({"a":1})"});
  ASSERT_TRUE(known->Decode({.topic = "any"}, first.chunk()));
  for (const Case& c : cases) {
    Check(*fresh, "any", c);
    Check(*known, "any", c);
  }
  EXPECT_EQ(Types(fresh->CurrentSchema()), "");  // a dead letter makes no column
}

TEST(Inference, AfterACommitOnlyNewColumns) {
  const auto decoder = MakeDecoder("any", nullptr);
  Check(*decoder, "any", {"before", {R"({"a":1,"b":1.5})"}, {R"({"a":1,"b":1.5})"}});
  ASSERT_TRUE(decoder->Freeze(decoder->CurrentSchema()));
  const int32_t highest = decoder->CurrentSchema().HighestFieldId();
  Check(*decoder, "any",
        {"after",
         {R"({"a":2.5})", R"({"a":5.0})", R"({"b":7,"c":"new"})", R"({"b":9007199254740993})"},
         {R"({"_rescued":"{\"a\":2.5}"})", R"({"a":5})", R"({"b":7,"c":"new"})",
          R"({"_rescued":"{\"b\":9007199254740993}"})"},
         "a long, b double, c string"});
  EXPECT_GT(decoder->CurrentSchema().Find("c")->id, highest);
  EXPECT_FALSE(decoder->CurrentSchema().Find("c")->required);
}

TEST(Inference, ColumnLimitRescuesTheRest) {
  const auto decoder = MakeDecoder("any", nullptr);
  std::string record = "{";
  for (int i = 0; i < 1200; ++i) record += fmt::format("{}\"k{}\":{}", i == 0 ? "" : ",", i, i);
  const TestRecords records({record + "}", R"({"more":1})"});
  const auto chunk = decoder->Decode({.topic = "any"}, records.chunk());
  ASSERT_TRUE(chunk);
  EXPECT_EQ(decoder->CurrentSchema().fields.size(), 1000U + 2);
  EXPECT_EQ(chunk->rescued, 2);
  const auto shown = Show(chunk->rows);
  EXPECT_NE(shown[0].find(R"(\"k1199\":1199)"), std::string::npos);
  EXPECT_EQ(shown[1], R"({"_rescued":"{\"more\":1}"})");
}

TEST(Inference, DepthLimitRescuesTheRest) {
  std::string deep = "7";
  for (int i = 0; i < 100; ++i) deep = fmt::format(R"({{"d":{}}})", deep);
  const auto decoder = MakeDecoder("any", nullptr);
  const TestRecords records({deep});
  const auto chunk = decoder->Decode({.topic = "any"}, records.chunk());
  ASSERT_TRUE(chunk);
  EXPECT_EQ(chunk->rescued, 1);
}

constexpr const char* kFullTrade =
    R"({"ts_event":1732300000000001234,"ts_recv":"2024-11-22T18:26:40.5Z","symbol":"AAPL","venue":"XNAS",)"
    R"("price":187.25,"size":100,"side":"B","trade_id":"42","sequence":7,"flags":0})";

TEST(FixedSchemas, Trades) {
  const std::string shown =
      R"({"ts_event":"2024-11-22T18:26:40.000001Z","ts_event_ns":1732300000000001234,)"
      R"("ts_recv":"2024-11-22T18:26:40.5Z","symbol":"AAPL","venue":"XNAS","price":187.25,)"
      R"("size":100,"side":"B","trade_id":"42","sequence":7,"flags":0})";
  const auto decoder = MakeDecoder("trades", nullptr);
  Check(
      *decoder, "trades",
      {"as documented",
       {kFullTrade,
        // Text where numbers are usual, numbers where text is, and times before 1970.
        R"({"ts_event":-1,"symbol":600519,"price":"187.25","size":"1e2","trade_id":42,"flags":9999999999})",
        R"({"ts_event":"1969-12-31T23:59:59.9999999Z","symbol":"A","price":1,"size":2,"cond":["T"]})"},
       {shown,
        R"({"ts_event":"1969-12-31T23:59:59.999999Z","ts_event_ns":-1,"symbol":"600519","price":187.25,)"
        R"("size":100,"trade_id":"42","_rescued":"{\"flags\":9999999999}"})",
        R"({"ts_event":"1969-12-31T23:59:59.999999Z","ts_event_ns":-100,"symbol":"A","price":1,"size":2,)"
        R"("cond":["T"]})"}});
  Check(*decoder, "trades",
        {"what is required",
         {R"({"symbol":"A","price":1,"size":2})",
          R"({"ts_event":1,"symbol":"A","price":"abc","size":2})",
          R"({"ts_event":1,"symbol":null,"price":1,"size":2})",
          R"({"ts_event":1,"symbol":"","price":1,"size":2})",
          R"({"ts_event":1.5,"symbol":"A","price":1,"size":2})",
          R"({"ts_event":1,"symbol":"A","price":1})"},
         {"dead: required field 'ts_event' is missing",
          "dead: required field 'price' cannot be \"abc\"",
          "dead: required field 'symbol' cannot be null",
          "dead: required field 'symbol' cannot be \"\"",
          "dead: required field 'ts_event' cannot be 1.5",
          "dead: required field 'size' is missing"}});
}

std::string TradeAt(const std::string& ts_event, const std::string& more = "") {
  return fmt::format(R"({{"ts_event":{},"symbol":"A","price":1,"size":1{}}})", ts_event, more);
}

TEST(FixedSchemas, TimesFrom1677To2262) {
  const std::vector<std::pair<std::string, int64_t>> times = {
      {"-9223372036854775808", std::numeric_limits<int64_t>::min()},
      {R"("1677-09-21T00:12:43.145224192Z")", std::numeric_limits<int64_t>::min()},
      {"-1", -1},
      {R"("1969-12-31T23:59:59.999999999Z")", -1},
      {R"("1900-01-01")", -2'208'988'800'000'000'000},
      {"0", 0},
      {R"("2016-12-31T23:59:59.999999999Z")", 1'483'228'799'999'999'999},
      {R"("2262-04-11T23:47:16.854775807Z")", std::numeric_limits<int64_t>::max()},
      {"9223372036854775807", std::numeric_limits<int64_t>::max()},
  };
  std::vector<std::optional<std::string>> values;
  values.reserve(times.size());
  for (const auto& [text, nanos] : times) values.emplace_back(TradeAt(text));
  const TestRecords records(values);
  const auto chunk = MakeDecoder("trades", nullptr)->Decode({.topic = "trades"}, records.chunk());
  ASSERT_TRUE(chunk);
  ASSERT_TRUE(chunk->dead.empty()) << *chunk->dead.front().error;
  const auto exact =
      std::static_pointer_cast<arrow::Int64Array>(chunk->rows->GetColumnByName("ts_event_ns"));
  const auto micros =
      std::static_pointer_cast<arrow::TimestampArray>(chunk->rows->GetColumnByName("ts_event"));
  for (size_t i = 0; i < times.size(); ++i) {
    const int64_t nanos = times[i].second;
    EXPECT_EQ(exact->Value(static_cast<int64_t>(i)), nanos) << times[i].first;
    EXPECT_EQ(micros->Value(static_cast<int64_t>(i)), nanos / 1000 - (nanos % 1000 < 0 ? 1 : 0));
  }
}

TEST(FixedSchemas, ATimeThatNanosecondsCannotHoldIsLoud) {
  const auto decoder = MakeDecoder("trades", nullptr);
  for (const char* time :
       {R"("1677-09-21T00:12:43.145224191Z")", R"("2262-04-11T23:47:16.854775808Z")",
        R"("9999-12-31T23:59:59Z")", R"("0001-01-01")", R"("2016-12-31T23:59:60Z")",
        R"("2024-02-30")", "9223372036854775808", "-9223372036854775809", "1.5"}) {
    const TestRecords dead({TradeAt(time)});
    const auto buried = decoder->Decode({.topic = "trades"}, dead.chunk());
    ASSERT_TRUE(buried);
    ASSERT_EQ(buried->dead.size(), 1U) << time;
    EXPECT_NE(buried->dead.front().error->find("ts_event"), std::string::npos)
        << *buried->dead.front().error;
    const TestRecords kept({TradeAt("1", fmt::format(R"(,"ts_recv":{})", time))});
    const auto rescued = decoder->Decode({.topic = "trades"}, kept.chunk());
    ASSERT_TRUE(rescued);
    ASSERT_EQ(rescued->rows->num_rows(), 1) << time;
    EXPECT_TRUE(rescued->rows->GetColumnByName("ts_recv")->IsNull(0));
    const auto text =
        std::static_pointer_cast<arrow::StringArray>(rescued->rows->GetColumnByName("_rescued"));
    EXPECT_EQ(text->GetString(0), fmt::format(R"({{"ts_recv":{}}})", time));
  }
}

TEST(Decoder, ARecordTimeThatMicrosecondsCannotHoldIsRescued) {
  TestRecords records({R"({"a":1})", R"({"a":2})", R"({"a":"x"})", "no json"});
  auto& list = records.chunk().records;
  list[0].timestamp_ms = 9'223'372'036'854'775;
  for (size_t i = 1; i < list.size(); ++i) list[i].timestamp_ms = 1'700'000'000'000'000'000;
  const auto chunk = MakeDecoder("events", nullptr)->Decode({.topic = "events"}, records.chunk());
  ASSERT_TRUE(chunk);
  const auto rescued =
      std::static_pointer_cast<arrow::StringArray>(chunk->rows->GetColumnByName("_rescued"));
  EXPECT_TRUE(rescued->IsNull(0));
  EXPECT_EQ(rescued->GetString(1), R"({"_kafka":{"timestamp":1700000000000000000}})");
  EXPECT_EQ(rescued->GetString(2), R"({"a":"x","_kafka":{"timestamp":1700000000000000000}})");
  const auto kafka =
      std::static_pointer_cast<arrow::StructArray>(chunk->rows->GetColumnByName("_kafka"));
  const auto times =
      std::static_pointer_cast<arrow::TimestampArray>(kafka->GetFieldByName("timestamp"));
  EXPECT_EQ(times->Value(0), 9'223'372'036'854'775'000);
  EXPECT_TRUE(times->IsNull(1));
  const auto letters = DeadLetterRows({.topic = "events"}, chunk->dead);
  EXPECT_TRUE(letters->GetColumnByName("timestamp")->IsNull(0));
  const auto error =
      std::static_pointer_cast<arrow::StringArray>(letters->GetColumnByName("error"));
  EXPECT_NE(error->GetString(0).find("1700000000000000000 ms"), std::string::npos);
}

TEST(FixedSchemas, QuotesNeedASide) {
  Check(
      *MakeDecoder("quotes", nullptr), "quotes",
      {"sides",
       {R"({"ts_event":1000,"symbol":"A","bid_px_00":1.5,"ask_px_00":null})",
        R"({"ts_event":1000,"symbol":"A","ask_px_00":2})",
        R"({"ts_event":1000,"symbol":"A","bid_px_00":null,"bid_sz_00":3})"},
       {R"({"ts_event":"1970-01-01T00:00:00.000001Z","ts_event_ns":1000,"symbol":"A","bid_px_00":1.5})",
        R"({"ts_event":"1970-01-01T00:00:00.000001Z","ts_event_ns":1000,"symbol":"A","ask_px_00":2})",
        "dead: one of the fields 'bid_px_00' and 'ask_px_00' is required"}});
}

TEST(FixedSchemas, IdsAreInDocumentedOrder) {
  const iceberg::Schema schema = MakeDecoder("trades", nullptr)->CurrentSchema();
  ASSERT_EQ(schema.fields.size(), 13U);
  for (size_t i = 0; i < schema.fields.size(); ++i) {
    EXPECT_EQ(schema.fields[i].id, static_cast<int32_t>(i) + 1) << schema.fields[i].name;
  }
  EXPECT_EQ(schema.fields[11].name, "_rescued");
  EXPECT_EQ(schema.fields[12].name, "_kafka");
}

TEST(Decoder, KafkaColumnSaysWhereARowCameFrom) {
  TestRecords records({R"({"a":1})", "bad", R"({"a":2})"}, 40);
  records.chunk().headers = {{"h", "v"}, {"bin\xff", std::nullopt}};
  records.chunk().records[0].timestamp_ms = 1500;
  records.chunk().records[0].key = "k\xff";
  records.chunk().records[0].header_count = 2;
  const auto chunk = MakeDecoder("any", nullptr)
                         ->Decode({.topic = "any", .epoch = 3, .partition = 2}, records.chunk());
  ASSERT_TRUE(chunk);
  const auto kafka = chunk->rows->GetColumnByName("_kafka");
  std::string first;
  std::string second;
  AppendJsonText(first, *kafka, 0);
  AppendJsonText(second, *kafka, 1);
  EXPECT_EQ(
      first,
      R"({"epoch":3,"partition":2,"offset":40,"timestamp":"1970-01-01T00:00:01.5Z","key":"k�",)"
      R"("headers":[{"name":"h","value":"v"},{"name":"bin�"}]})");
  EXPECT_EQ(second, R"({"epoch":3,"partition":2,"offset":42})");
  EXPECT_EQ(chunk->dead[0].offset, 41);
}

TEST(Decoder, ColumnNamesSurviveInTheTable) {
  const auto first = MakeDecoder("any", nullptr);
  Check(*first, "any",
        {"names", {R"({"A":1,"a":2})"}, {R"({"A":1,"a":2})"}, "a long, a_e8b7be43 long"});
  const iceberg::Schema committed = first->CurrentSchema();
  Check(*MakeDecoder("any", &committed), "any",
        {"again, the other way round",
         {R"({"a":2,"A":1})"},
         {R"({"A":1,"a":2})"},
         "a long, a_e8b7be43 long"});
}

TEST(Decoder, AdoptsWhatAnotherSinkCommitted) {
  const auto ours = MakeDecoder("any", nullptr);
  const TestRecords our_records({R"({"x":1.5,"y":2,"only":true})"});
  const auto pending = ours->Decode({.topic = "any"}, our_records.chunk());
  ASSERT_TRUE(pending);
  const auto theirs = MakeDecoder("any", nullptr);
  const TestRecords their_records({R"({"y":"text","x":1})"});
  ASSERT_TRUE(theirs->Decode({.topic = "any"}, their_records.chunk()));
  const iceberg::Schema committed = theirs->CurrentSchema();

  ASSERT_TRUE(ours->Freeze(committed));
  const iceberg::Schema now = ours->CurrentSchema();
  EXPECT_EQ(Types(now), "y string, x long, only boolean");
  EXPECT_GT(now.Find("only")->id, committed.HighestFieldId());
  const auto conformed = ours->Conform(pending->rows, now);
  ASSERT_TRUE(conformed) << conformed.error().message;
  EXPECT_EQ(Show(*conformed),
            std::vector<std::string>{R"({"only":true,"_rescued":"{\"y\":2,\"x\":1.5}"})"});
  // Under the committed schema alone, the new column's value is not lost either.
  const auto narrow = ours->Conform(pending->rows, committed);
  ASSERT_TRUE(narrow) << narrow.error().message;
  EXPECT_EQ(Show(*narrow),
            std::vector<std::string>{R"({"_rescued":"{\"y\":2,\"x\":1.5,\"only\":true}"})"});
}

TEST(Conform, IsFreeWhenNothingChanges) {
  const auto decoder = MakeDecoder("any", nullptr);
  const TestRecords records({R"({"a":1})"});
  const auto chunk = decoder->Decode({.topic = "any"}, records.chunk());
  ASSERT_TRUE(chunk);
  EXPECT_EQ(decoder->Conform(chunk->rows, decoder->CurrentSchema())->get(), chunk->rows.get());
}

TEST(Conform, NestedStructsAndListsGrow) {
  const auto decoder = MakeDecoder("any", nullptr);
  const TestRecords first({R"({"o":{"a":1},"l":[{"p":1},{"p":2}]})", R"({"l":null})"});
  const TestRecords second({R"({"o":{"b":"x","a":1.5},"l":[{"q":[1]}]})"});
  const auto early = decoder->Decode({.topic = "any"}, first.chunk());
  ASSERT_TRUE(early);
  ASSERT_TRUE(decoder->Decode({.topic = "any"}, second.chunk()));
  const auto conformed = decoder->Conform(early->rows->Slice(0), decoder->CurrentSchema());
  ASSERT_TRUE(conformed) << conformed.error().message;
  EXPECT_TRUE((*conformed)->ValidateFull().ok());
  EXPECT_TRUE((*conformed)->schema()->Equals(*ToArrowSchema(decoder->CurrentSchema()), true));
  EXPECT_EQ(Show(*conformed),
            (std::vector<std::string>{R"({"o":{"a":1},"l":[{"p":1},{"p":2}]})", "{}"}));
  const auto tail = decoder->Conform(early->rows->Slice(1), decoder->CurrentSchema());
  ASSERT_TRUE(tail);
  EXPECT_EQ(Show(*tail), std::vector<std::string>{"{}"});
}

// 30,000 empty rows in a table of 1,000 columns would be 240 MB of nulls at once.
TEST(Decoder, ManyRowsOfManyColumnsComeInParts) {
  std::string wide = "{";
  for (int i = 0; i < 1000; ++i) wide += fmt::format("{}\"c{}\":{}", i == 0 ? "" : ",", i, i);
  std::vector<std::optional<std::string>> values(30'000, "{}");
  values[9'000] = wide + "}";  // from here on the table is wide
  values[9'001] = std::nullopt;
  values[9'002] = "no JSON";
  TestRecords records(values);
  const auto decoder = MakeDecoder("t", nullptr);
  int64_t from = 0;
  int64_t seen = 0;
  int parts = 0;
  while (from < 30'000) {
    std::erase_if(records.chunk().records, [&](const auto& each) { return each.offset < from; });
    const auto part = decoder->Decode({.topic = "t"}, records.chunk());
    ASSERT_TRUE(part);
    ASSERT_GT(part->next_offset, from);
    const int64_t rows = part->rows == nullptr ? 0 : part->rows->num_rows();
    ASSERT_LE(rows * (part->rows == nullptr ? 0 : part->rows->num_columns()), 10'000'000);
    ASSERT_EQ(rows + std::ssize(part->dead) + part->tombstones, part->next_offset - from);
    seen += rows;
    from = part->next_offset;
    ++parts;
  }
  EXPECT_EQ(seen, 29'998);
  EXPECT_GT(parts, 3);
}

// A batch of a megabyte may hold a million of either.
TEST(Decoder, ManyDeadLettersAndLargeValuesComeInParts) {
  const std::string large = "{\"a\":\"" + std::string(9 << 20, 'x') + "\"}";
  const std::pair<std::vector<std::optional<std::string>>, int> cases[] = {
      {std::vector<std::optional<std::string>>(300'000, ""), 3},  // no JSON
      {std::vector<std::optional<std::string>>(5, large), 3},
      {std::vector<std::optional<std::string>>(5, large + "}"), 3}};
  for (const auto& [values, parts] : cases) {
    TestRecords records(values);
    const auto decoder = MakeDecoder("t", nullptr);
    int made = 0;
    for (int64_t from = 0; from < std::ssize(values); ++made) {
      std::erase_if(records.chunk().records, [&](const auto& each) { return each.offset < from; });
      const auto part = decoder->Decode({.topic = "t"}, records.chunk());
      ASSERT_TRUE(part);
      const int64_t rows = part->rows == nullptr ? 0 : part->rows->num_rows();
      ASSERT_EQ(rows + std::ssize(part->dead), part->next_offset - from);
      ASSERT_LE(std::ssize(part->dead), 120'000);
      from = part->next_offset;
    }
    EXPECT_EQ(made, parts);
  }
}

/// One record that asks for a thousand columns in the elements of a list, then some of many
/// elements that have none of them: three bytes each, and nine thousand as columns.
std::vector<std::optional<std::string>> ListsOfNothing(int records, int elements) {
  std::string wide = R"({"l":[{)";
  for (int i = 0; i < 999; ++i) wide += fmt::format("{}\"c{}\":{}", i == 0 ? "" : ",", i, i);
  std::string nothing = R"({"l":[{})";
  for (int i = 1; i < elements; ++i) nothing += ",{}";
  std::vector<std::optional<std::string>> values(static_cast<size_t>(records), nothing + "]}");
  values.front() = wide + "}]}";
  return values;
}

TEST(Decoder, ListsOfElementsOfManyColumnsComeInParts) {
  constexpr int kRecords = 40;
  TestRecords records(ListsOfNothing(kRecords, 1'500));
  const auto decoder = MakeDecoder("t", nullptr);
  int64_t seen = 0;
  int parts = 0;
  for (int64_t from = 0; from < kRecords; ++parts) {
    std::erase_if(records.chunk().records, [&](const auto& each) { return each.offset < from; });
    const auto part = decoder->Decode({.topic = "t"}, records.chunk());
    ASSERT_TRUE(part) << part.error().message;
    ASSERT_LE(arrow::util::TotalBufferSize(*part->rows), 40 << 20);
    EXPECT_EQ(part->rescued, 0);
    seen += part->rows->num_rows();
    from = part->next_offset;
  }
  EXPECT_EQ(seen, kRecords);
  EXPECT_GT(parts, 10);
}

TEST(Decoder, AListThatColumnsCannotHoldIsRescued) {
  const TestRecords records(ListsOfNothing(2, 300'000));  // 900 kB, which would be 2.7 GB
  const auto part = MakeDecoder("t", nullptr)->Decode({.topic = "t"}, records.chunk());
  ASSERT_TRUE(part) << part.error().message;
  ASSERT_EQ(part->rows->num_rows(), 2);
  EXPECT_EQ(part->rescued, 1);
  EXPECT_LE(arrow::util::TotalBufferSize(*part->rows), 16 << 20);
  const auto rescued = std::static_pointer_cast<arrow::StringArray>(
      part->rows->GetColumnByName(std::string(kRescuedColumn)));
  EXPECT_EQ(rescued->GetString(1), *records.chunk().records[1].value);
}

// The rows of a tail get the columns that came after them when it is committed.
TEST(Conform, ManyNewColumnsTakeNextToNoMemory) {
  constexpr int kRows = 100'000;
  const TestRecords early(
      std::vector<std::optional<std::string>>(kRows, R"({"n":1,"l":[{"a":1}]})"));
  std::string wide = R"({"l":[{"x":"y","z":[true]}],"s":{"t":"u"})";
  for (int i = 0; i < 900; ++i) wide += fmt::format(",\"c{}\":{}", i, i % 2 == 0 ? "1" : "\"x\"");
  const TestRecords late({wide + "}"}, kRows);
  const auto decoder = MakeDecoder("t", nullptr);
  const auto rows = decoder->Decode({.topic = "t"}, early.chunk());
  ASSERT_TRUE(rows && decoder->Decode({.topic = "t"}, late.chunk()));
  const auto all = decoder->Conform(rows->rows, decoder->CurrentSchema());
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_TRUE((*all)->ValidateFull().ok()) << (*all)->ValidateFull().ToString();
  EXPECT_LE(arrow::util::TotalBufferSize(**all),
            arrow::util::TotalBufferSize(*rows->rows) + (4 << 20));
  EXPECT_EQ((*all)->GetColumnByName("c7")->null_count(), kRows);
  EXPECT_EQ(Show((*all)->Slice(kRows - 1)), std::vector<std::string>{R"({"n":1,"l":[{"a":1}]})"});
}

// Reading again what is rescued for every further value would take minutes.
TEST(Decoder, ARecordOfAGreatManyKeysIsQuicklyRead) {
  for (const bool nested : {false, true}) {
    std::string object = "{";
    for (int i = 0; i < 100'000; ++i)
      object += fmt::format("{}\"k{}\":{}", i == 0 ? "" : ",", i, i);
    object += '}';
    const std::string value = nested ? "{\"first\":1,\"o\":" + object + "}" : object;
    TestRecords records({value, value});
    const auto part = MakeDecoder("t", nullptr)->Decode({.topic = "t"}, records.chunk());
    ASSERT_TRUE(part);
    ASSERT_EQ(part->rows->num_rows(), 2);
    EXPECT_TRUE(part->dead.empty());
    const auto rescued = std::static_pointer_cast<arrow::StringArray>(
        part->rows->GetColumnByName(std::string(kRescuedColumn)));
    const std::string text = rescued->GetString(1);
    EXPECT_TRUE(text.ends_with(nested ? "\"k99999\":99999}}" : "\"k99999\":99999}"));
    EXPECT_EQ(std::ranges::count(text, ':'), nested ? 100'000 - 999 + 1 : 99'000);
  }
}

}  // namespace
}  // namespace ticklake::lake
