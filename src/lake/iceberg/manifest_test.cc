// Manifests and manifest lists: what is written reads back, with what entries inherit.

#include "lake/iceberg/manifest.h"

#include <gtest/gtest.h>

#include <limits>

#include "lake/iceberg/avro_file.h"
#include "lake/iceberg/manifest_schema.h"

namespace ticklake::lake::iceberg {
namespace {

class ManifestTest : public ::testing::Test {
 protected:
  void SetUp() override {
    schema_.fields = {{1, "ts", true, Primitive(TypeId::kTimestamptz), ""},
                      {2, "symbol", false, Primitive(TypeId::kString), ""},
                      {3, "fee", false, DecimalType(9, 2), ""},
                      {4, "x", false, Primitive(TypeId::kDouble), ""}};
    spec_.spec_id = 3;
    spec_.fields = {{1, 1000, "ts_day", Transform::Parse("day")},
                    {2, 1001, "odd name", Transform::Parse("identity")},
                    {3, 1002, "fee", Transform::Parse("identity")},
                    {4, 1003, "x", Transform::Parse("identity")}};
  }

  DataFile File(const std::string& name, std::vector<Literal> partition) const {
    DataFile file;
    file.path = "file:///d/" + name;
    file.spec_id = spec_.spec_id;
    file.partition = std::move(partition);
    file.record_count = 10;
    file.file_size = 1000;
    file.column_sizes = {{1, 80}, {2, 99}};
    file.value_counts = {{1, 10}, {2, 10}};
    file.null_value_counts = {{1, 0}, {2, 3}};
    file.nan_value_counts = {{3, 1}};
    file.lower_bounds = {{1, SingleValue(int64_t{5})}, {2, ""}};
    file.upper_bounds = {{1, SingleValue(int64_t{9})}, {2, std::string("\0\xff", 2)}};
    file.split_offsets = {4, 4000000000};
    file.sort_order_id = 1;
    file.snapshot_id = 77;
    file.sequence_number = 5;
    file.file_sequence_number = 6;
    return file;
  }

  WrittenManifest Write(const std::vector<ManifestEntry>& entries) {
    auto written = WriteManifest({&schema_, &spec_, 100, 9}, entries);
    EXPECT_TRUE(written.has_value()) << written.error().message;
    return std::move(*written);
  }

  Schema schema_;
  PartitionSpec spec_;
};

TEST_F(ManifestTest, EntriesReadBackWithWhatTheyInherit) {
  const std::vector<ManifestEntry> entries = {
      {EntryStatus::kAdded, File("a", {20'000, "AAPL", "\x7f", 1.5})},
      {EntryStatus::kExisting, File("b", {-3, Literal(), "\xff", Literal()})},
      {EntryStatus::kDeleted, File("c", {20'001, "", "\x01\x00", 2.5})},
  };
  const WrittenManifest written = Write(entries);
  const auto read = ReadManifest(written.bytes, written.file, spec_).value();
  ASSERT_EQ(read.size(), 3U);
  DataFile added = entries[0].file;
  added.snapshot_id = 100;
  added.sequence_number = added.file_sequence_number = 9;
  added.partition[2] = std::string("\0\0\0\x7f", 4);  // all bytes of the fixed type
  EXPECT_EQ(read[0].file, added);
  DataFile existing = entries[1].file;
  existing.partition[2] = std::string("\xff\xff\xff\xff", 4);
  EXPECT_EQ(read[1].file, existing);
  EXPECT_EQ(read[2].status, EntryStatus::kDeleted);
  EXPECT_EQ(read[2].file.snapshot_id, 100);
  EXPECT_EQ(read[2].file.sequence_number, 5);
}

TEST_F(ManifestTest, TheListEntrySumsUp) {
  const ManifestFile file =
      Write({
                {EntryStatus::kAdded, File("a", {7, "B", "\x05", 1.0})},
                {EntryStatus::kAdded, File("b", {-2, "A", "\xf0", 3.0})},
                {EntryStatus::kExisting,
                 File("c", {3, Literal(), "\x01", std::numeric_limits<double>::quiet_NaN()})},
            })
          .file;
  EXPECT_EQ(file.added_files, 2);
  EXPECT_EQ(file.existing_rows, 10);
  EXPECT_EQ(file.deleted_files, 0);
  EXPECT_EQ(file.sequence_number, 9);
  EXPECT_EQ(file.min_sequence_number, 5);
  EXPECT_EQ(file.added_snapshot_id, 100);
  ASSERT_EQ(file.partitions.size(), 4U);
  EXPECT_EQ(file.partitions[0].lower, SingleValue(-2));
  EXPECT_EQ(file.partitions[0].upper, SingleValue(7));
  EXPECT_FALSE(file.partitions[0].contains_null);
  EXPECT_TRUE(file.partitions[1].contains_null);
  EXPECT_EQ(file.partitions[1].lower, "A");
  EXPECT_EQ(file.partitions[2].lower, "\xf0");  // negative
  EXPECT_EQ(file.partitions[2].upper, "\x05");
  EXPECT_TRUE(file.partitions[3].contains_nan);
  EXPECT_EQ(file.partitions[3].upper, SingleValue(3.0));
}

TEST_F(ManifestTest, ListsReadBack) {
  ManifestFile a = Write({{EntryStatus::kAdded, File("a", {7, "", "\x05", Literal()})}}).file;
  a.path = "file:///m/a.avro";
  ManifestFile b = a;
  b.path = "file:///m/b.avro";
  b.content = ManifestContent::kDeletes;
  b.partitions.clear();
  Snapshot snapshot;
  snapshot.snapshot_id = 100;
  snapshot.sequence_number = 9;
  const auto read = ReadManifestList(WriteManifestList(snapshot, {a, b}).value()).value();
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].path, a.path);
  EXPECT_EQ(read[0].length, a.length);
  EXPECT_EQ(read[0].min_sequence_number, 9);
  EXPECT_EQ(read[0].added_rows, 10);
  ASSERT_EQ(read[0].partitions.size(), 4U);
  EXPECT_EQ(read[0].partitions[1].lower, "");            // an empty string,
  EXPECT_EQ(read[0].partitions[3].lower, std::nullopt);  // and no value at all
  EXPECT_EQ(read[1].content, ManifestContent::kDeletes);
}

TEST_F(ManifestTest, RefusesSpecsItCannotWrite) {
  spec_.fields[0].transform = Transform::Parse("zorder");
  EXPECT_EQ(WriteManifest({&schema_, &spec_, 1, 1}, {}).error().code, Code::kUnsupported);
  spec_.fields[0] = {99, 1000, "dropped", Transform::Parse("day")};
  EXPECT_EQ(WriteManifest({&schema_, &spec_, 1, 1}, {}).error().code, Code::kUnsupported);
}

TEST_F(ManifestTest, ForeignRecordsAreNoManifests) {
  auto writer = AvroFileWriter::Make(R"({"type":"record","name":"r","fields":[
      {"name":"x","type":"long"}]})",
                                     {})
                    .value();
  ASSERT_TRUE(writer.Append({AvroList{{int64_t{1}}}}).has_value());
  const std::string bytes = writer.Finish().value();
  EXPECT_EQ(ReadManifest(bytes, {}, spec_).error().code, Code::kCorrupt);
  // Without counts it looks like version 1's list.
  EXPECT_EQ(ReadManifestList(bytes).error().code, Code::kUnsupported);
}

}  // namespace
}  // namespace ticklake::lake::iceberg
