// Written files are read back equal, and their statistics are true.
#include <arrow/array.h>
#include <arrow/type.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/memory_fs.h"
#include "base/random.h"
#include "lake/iceberg/literal.h"
#include "lake/iceberg/transform.h"
#include "lake/parquet/arrange.h"
#include "lake/parquet/reader.h"
#include "lake/parquet/statistics.h"
#include "lake/parquet/writer.h"
#include "lake/rows/decoder.h"
#include "lake/rows/json_text.h"
#include "lake/rows/names.h"
#include "lake/rows/test_records.h"

namespace ticklake::lake {
namespace {

using Batch = std::shared_ptr<arrow::RecordBatch>;
using iceberg::Literal;

constexpr int64_t kMicrosPerDay = 86'400'000'000;

std::vector<std::string> Show(const RecordBatches& batches) {
  std::vector<std::string> out;
  for (const Batch& batch : batches) {
    const auto rows = batch->ToStructArray().ValueOrDie();
    for (int64_t i = 0; i < batch->num_rows(); ++i) AppendJsonText(out.emplace_back(), *rows, i);
  }
  return out;
}

/// A decoder and batches of seeded records, conformed to its schema.
struct Rows {
  iceberg::Schema schema;
  RecordBatches batches;
};

Rows DecodeRows(const std::string& topic,
                const std::vector<std::vector<std::optional<std::string>>>& chunks) {
  Rows rows;
  const auto decoder = MakeDecoder(topic, nullptr);
  int64_t offset = 0;
  for (const auto& values : chunks) {
    const TestRecords records(values, offset);
    offset += std::ssize(values);
    rows.batches.push_back(decoder->Decode({.topic = topic}, records.chunk())->rows);
  }
  rows.schema = decoder->CurrentSchema();
  for (Batch& batch : rows.batches) batch = *decoder->Conform(batch, rows.schema);
  return rows;
}

std::string RandomTrade(Random& random) {
  static constexpr const char* kSymbols[] = {"AAPL", "MSFT", "BRK.B",
                                             "日経平均株価指数先物取引所銘柄一覧表"};
  const int64_t t =
      random.Between(-2 * kMicrosPerDay, 2 * kMicrosPerDay) * 1000 + random.Between(0, 999);
  std::string out =
      fmt::format(R"({{"ts_event":{},"symbol":"{}","price":{},"size":{})", t,
                  kSymbols[random.Below(4)], random.Between(-500, 500) / 8.0, random.Between(1, 9));
  if (random.Chance(1, 2)) out += fmt::format(R"(,"sequence":{})", random.Between(-5, 5));
  if (random.Chance(1, 3)) out += fmt::format(R"(,"flags":{})", random.Between(0, 9));
  if (random.Chance(1, 3)) out += fmt::format(R"(,"o":{{"b":{},"l":[1,2]}})", random.Chance(1, 2));
  return out + "}";
}

Rows RandomTrades(uint64_t seed, int chunks, int64_t rows) {
  Random random(seed);
  std::vector<std::vector<std::optional<std::string>>> values(static_cast<size_t>(chunks));
  for (auto& chunk : values) {
    for (int64_t i = 0; i < rows; ++i) chunk.emplace_back(RandomTrade(random));
  }
  return DecodeRows("trades", values);
}

class ParquetTest : public testing::Test {
 protected:
  ParquetTest() : store_(*store::OpenDirectoryStore(fs_, "/lake")) {}

  iceberg::DataFile Store(const ParquetFile& file) {
    iceberg::DataFile out = file.file;
    out.path = store_->UriOf("t/data/1.parquet");
    EXPECT_TRUE(store_->Put("t/data/1.parquet", file.data()));
    return out;
  }

  MemoryFileSystem fs_;
  std::unique_ptr<store::ObjectStore> store_;
};

TEST_F(ParquetTest, ReadsBackWhatWasWritten) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    const Rows rows = RandomTrades(seed, 3, 200);
    const auto file = WriteParquet(rows.schema, rows.batches, {.row_group_rows = 150});
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_EQ(file->file.record_count, 600);
    EXPECT_EQ(file->file.file_size, file->bytes->size());
    EXPECT_EQ(file->file.split_offsets.size(), 4U);
    EXPECT_EQ(file->file.split_offsets[0], 4);
    const auto back = ReadDataFile(*store_, Store(*file), rows.schema);
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(Show(*back), Show(rows.batches));
  }
}

/// Counts and bounds of a leaf column against its values.
void CheckLeaf(const iceberg::DataFile& file, const iceberg::Field& field,
               const arrow::Array& array, int64_t* values, int64_t* nulls) {
  *values += array.length();
  *nulls += array.null_count();
  for (int64_t i = 0; i < array.length(); ++i) {
    if (array.IsNull(i)) continue;
    Literal value;
    switch (array.type_id()) {
      case arrow::Type::INT32: value = static_cast<const arrow::Int32Array&>(array).Value(i); break;
      case arrow::Type::INT64:
      case arrow::Type::TIMESTAMP: value = array.data()->GetValues<int64_t>(1)[i]; break;
      case arrow::Type::DOUBLE:
        value = static_cast<const arrow::DoubleArray&>(array).Value(i);
        break;
      case arrow::Type::STRING:
        value = static_cast<const arrow::StringArray&>(array).GetString(i);
        break;
      case arrow::Type::BOOL:
        value = static_cast<const arrow::BooleanArray&>(array).Value(i);
        break;
      default: FAIL() << array.type()->ToString();
    }
    const auto low = *iceberg::ParseSingleValue(field.type->id, file.lower_bounds.at(field.id));
    const auto high = *iceberg::ParseSingleValue(field.type->id, file.upper_bounds.at(field.id));
    ASSERT_TRUE(low <= value && value <= high) << field.name;
  }
}

TEST_F(ParquetTest, StatisticsAreTrue) {
  const Rows rows = RandomTrades(7, 2, 300);
  const auto file = WriteParquet(rows.schema, rows.batches, {.row_group_rows = 100});
  ASSERT_TRUE(file);
  for (const iceberg::Field& field : rows.schema.fields) {
    SCOPED_TRACE(field.name);
    int64_t values = 0;
    int64_t nulls = 0;
    if (field.type->id == iceberg::TypeId::kStruct) {  // `_kafka` and `o`
      for (const iceberg::Field& child : field.type->fields) {
        EXPECT_TRUE(file->file.column_sizes.contains(child.id) ||
                    child.type->id == iceberg::TypeId::kList);
        if (child.type->id == iceberg::TypeId::kList) {
          EXPECT_FALSE(file->file.lower_bounds.contains(child.type->fields[0].id));
          continue;
        }
        values = nulls = 0;
        for (const Batch& batch : rows.batches) {
          const auto parent =
              std::static_pointer_cast<arrow::StructArray>(batch->GetColumnByName(field.name));
          CheckLeaf(file->file, child, *parent->GetFieldByName(child.name), &values, &nulls);
        }
        EXPECT_EQ(file->file.value_counts.at(child.id), values);
        EXPECT_EQ(file->file.null_value_counts.at(child.id), nulls);
      }
      continue;
    }
    for (const Batch& batch : rows.batches) {
      CheckLeaf(file->file, field, *batch->GetColumnByName(field.name), &values, &nulls);
    }
    EXPECT_GT(file->file.column_sizes.at(field.id), 0);
    EXPECT_EQ(file->file.value_counts.at(field.id), values);
    EXPECT_EQ(file->file.null_value_counts.at(field.id), nulls);
  }
}

TEST_F(ParquetTest, NoBoundsForColumnsOfNulls) {
  const Rows rows = DecodeRows("trades", {{R"({"ts_event":1,"symbol":"A","price":1,"size":1})"}});
  const auto file = WriteParquet(rows.schema, rows.batches);
  ASSERT_TRUE(file);
  const int32_t venue = rows.schema.Find("venue")->id;
  EXPECT_EQ(file->file.null_value_counts.at(venue), 1);
  EXPECT_FALSE(file->file.lower_bounds.contains(venue));
}

TEST(Bounds, TextIsCutAtCharacters) {
  const std::string e16 = "éééééééééééééééé";  // 16 characters, 32 bytes
  EXPECT_EQ(LowerTextBound(e16 + "x"), e16);
  EXPECT_EQ(UpperTextBound(e16), e16);
  EXPECT_EQ(UpperTextBound(e16 + "x"), e16.substr(0, 30) + "ê");
  EXPECT_EQ(UpperTextBound(std::string(15, 'a') + "\x7F"
                                                  "b"),
            std::string(15, 'a') + "\u0080");
  EXPECT_EQ(UpperTextBound(std::string(15, 'a') + "\uD7FF"
                                                  "b"),
            std::string(15, 'a') + "\uE000");
  EXPECT_EQ(UpperTextBound(std::string(15, 'a') + "\U0010FFFF"
                                                  "b"),
            std::string(14, 'a') + "b");
  std::string highest;
  for (int i = 0; i < 17; ++i) highest += "\U0010FFFF";
  EXPECT_EQ(UpperTextBound(highest), std::nullopt);
  EXPECT_EQ(UpperBytesBound(std::string(15, 'a') + "\xFF"
                                                   "b"),
            std::string(14, 'a') + "b");
  EXPECT_EQ(UpperBytesBound(std::string(17, '\xFF')), std::nullopt);
}

TEST_F(ParquetTest, ReadsUnderTodaysSchema) {
  const Rows rows = RandomTrades(3, 1, 50);
  const iceberg::DataFile file = Store(*WriteParquet(rows.schema, rows.batches));
  // Only the offset of `_kafka`, a column renamed since, and one added since.
  iceberg::Schema schema;
  iceberg::Field kafka = *rows.schema.Find("_kafka");
  kafka.type = iceberg::StructType({kafka.type->fields[2]});
  iceberg::Field renamed = *rows.schema.Find("price");
  renamed.name = "px";
  iceberg::Field widened = *rows.schema.Find("flags");
  widened.type = iceberg::Primitive(iceberg::TypeId::kLong);
  schema.fields = {
      kafka,
      renamed,
      widened,
      {.id = 900, .name = "added", .type = iceberg::Primitive(iceberg::TypeId::kString)}};
  const auto back = ReadDataFile(*store_, file, schema);
  ASSERT_TRUE(back) << back.error().message;
  ASSERT_EQ((*back)[0]->num_rows(), 50);
  EXPECT_TRUE((*back)[0]->ValidateFull().ok());
  const auto& before = *rows.batches[0];
  EXPECT_TRUE((*back)[0]->GetColumnByName("px")->Equals(before.GetColumnByName("price")));
  EXPECT_EQ((*back)[0]->GetColumnByName("added")->null_count(), 50);
  const auto offsets =
      std::static_pointer_cast<arrow::StructArray>((*back)[0]->GetColumnByName("_kafka"));
  EXPECT_EQ(offsets->num_fields(), 1);
  for (int64_t i = 0; i < 50; ++i) {
    EXPECT_EQ(std::static_pointer_cast<arrow::Int64Array>(offsets->field(0))->Value(i), i);
  }
}

TEST_F(ParquetTest, DamagedFilesAreRefused) {
  const Rows rows = RandomTrades(3, 1, 50);
  const ParquetFile file = *WriteParquet(rows.schema, rows.batches);
  iceberg::DataFile entry = Store(file);
  ASSERT_TRUE(store_->Put("t/data/1.parquet", file.data().substr(0, file.data().size() / 2)));
  EXPECT_FALSE(ReadDataFile(*store_, entry, rows.schema));
  ASSERT_TRUE(store_->Delete("t/data/1.parquet"));
  EXPECT_FALSE(ReadDataFile(*store_, entry, rows.schema));
}

TEST(WriteParquet, RefusesOtherColumns) {
  Rows rows = RandomTrades(3, 1, 5);
  rows.schema.fields.pop_back();
  const auto file = WriteParquet(rows.schema, rows.batches);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, Code::kInvalid);
}

struct DayRows {
  DaySplit::Day day;
  RecordBatches rows;
};

Result<std::vector<DayRows>> SplitByDay(const RecordBatches& rows, const std::string& column) {
  TL_ASSIGN(const DaySplit split, DaySplit::Of(rows, column));
  std::vector<DayRows> out;
  for (const DaySplit::Day& day : split.Days()) {
    TL_ASSIGN(RecordBatches part, split.RowsOf(day));
    out.push_back({day, std::move(part)});
  }
  return out;
}

TEST(SplitByDay, KeepsEveryRowOnItsDay) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    const Rows rows = RandomTrades(seed, 2, 100);  // interleaved days, before 1970 too
    const auto days = SplitByDay(rows.batches, "ts_event");
    ASSERT_TRUE(days);
    std::vector<std::string> all;
    std::optional<int32_t> last;
    for (const DayRows& day : *days) {
      ASSERT_TRUE(day.day && (!last || *last < *day.day));
      last = day.day;
      for (const Batch& batch : day.rows) {
        const auto times =
            std::static_pointer_cast<arrow::TimestampArray>(batch->GetColumnByName("ts_event"));
        for (int64_t i = 0; i < times->length(); ++i) {
          EXPECT_EQ(iceberg::DayOfMicros(times->Value(i)), *day.day);
        }
      }
      for (const std::string& row : Show(day.rows)) all.push_back(row);
    }
    std::vector<std::string> before = Show(rows.batches);
    std::ranges::sort(all);
    std::ranges::sort(before);
    EXPECT_EQ(all, before);
  }
}

TEST(SplitByDay, SharesABatchOfOneDay) {
  const Rows rows = DecodeRows("trades", {{R"({"ts_event":1,"symbol":"A","price":1,"size":1})",
                                           R"({"ts_event":2,"symbol":"A","price":1,"size":1})"}});
  const auto days = SplitByDay(rows.batches, "ts_event");
  ASSERT_TRUE(days);
  ASSERT_EQ(days->size(), 1U);
  EXPECT_EQ((*days)[0].rows[0]->column_data(0)->buffers[1],
            rows.batches[0]->column_data(0)->buffers[1]);
}

TEST(SortRows, SortsNestedRowsToo) {
  const Rows rows = RandomTrades(11, 3, 100);
  const auto sorted = SortRows(rows.batches, {"symbol", "ts_event"});
  ASSERT_TRUE(sorted) << sorted.error().message;
  EXPECT_TRUE((*sorted)->ValidateFull().ok());
  const auto symbols =
      std::static_pointer_cast<arrow::StringArray>((*sorted)->GetColumnByName("symbol"));
  const auto times =
      std::static_pointer_cast<arrow::TimestampArray>((*sorted)->GetColumnByName("ts_event"));
  for (int64_t i = 1; i < symbols->length(); ++i) {
    const auto key = [&](int64_t row) {
      return std::pair(symbols->GetView(row), times->Value(row));
    };
    EXPECT_LE(key(i - 1), key(i));
  }
  std::vector<std::string> after = Show({*sorted});
  std::vector<std::string> before = Show(rows.batches);
  std::ranges::sort(after);
  std::ranges::sort(before);
  EXPECT_EQ(after, before);
}

}  // namespace
}  // namespace ticklake::lake
