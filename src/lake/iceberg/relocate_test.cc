// Metadata files under another root: what names the root changes, everything else stays.

#include "lake/iceberg/relocate.h"

#include <gtest/gtest.h>

#include "lake/iceberg/avro_file.h"
#include "lake/iceberg/manifest.h"

namespace ticklake::lake::iceberg {
namespace {

const Relocation kToS3{"file:///d/lake/", "s3://ticklake/"};

Result<int64_t> AsListed(const std::string&, int64_t listed) { return listed; }

TEST(Relocate, ChangesWhatLiesBelowTheRootOnly) {
  EXPECT_EQ(kToS3.Of("file:///d/lake/m/t"), "s3://ticklake/m/t");
  EXPECT_EQ(kToS3.Of("file:///d/lake2/m/t"), "file:///d/lake2/m/t");
  EXPECT_EQ(kToS3.Of("s3://other/x"), "s3://other/x");
}

TEST(Relocate, ChangesTheUrisOfTableMetadata) {
  const std::string text =
      R"({"location":"file:///d/lake/m/t","last-updated-ms":1732232096123,"snapshots":[)"
      R"({"snapshot-id":-9223372036854775807,"manifest-list":"file:///d/lake/m/t/a.avro"}],)"
      R"("properties":{"note":"see file:///d/lake/m","file:///d/lake/":"key"}})";
  const std::string changed =
      R"({"location":"s3://ticklake/m/t","last-updated-ms":1732232096123,"snapshots":[)"
      R"({"snapshot-id":-9223372036854775807,"manifest-list":"s3://ticklake/m/t/a.avro"}],)"
      R"("properties":{"note":"see file:///d/lake/m","file:///d/lake/":"key"}})";
  EXPECT_EQ(RelocateMetadata(text, kToS3).value(), changed);
  EXPECT_EQ(RelocateMetadata(changed, {kToS3.to, kToS3.from}).value(), text);
  EXPECT_EQ(RelocateMetadata("{", kToS3).error().code, Code::kCorrupt);
}

TEST(Relocate, KeepsFilesOfOtherPlacesByteByByte) {
  const std::string text = "{ \"location\" : \"s3://ticklake/m/t\",\n \"x\": 1.50 }\n";
  EXPECT_EQ(RelocateMetadata(text, kToS3).value(), text);
  const Schema schema{.fields = {{1, "a", true, Primitive(TypeId::kLong), ""}}};
  const PartitionSpec spec;
  ManifestEntry entry;
  entry.file.path = "s3://ticklake/m/t/data/1.parquet";
  const auto written = WriteManifest({&schema, &spec, 7, 5}, {entry}).value();
  EXPECT_EQ(RelocateManifest(written.bytes, kToS3, AsListed).value(), written.bytes);
}

TEST(Relocate, ChangesThePathsOfAManifest) {
  const Schema schema{.fields = {{1, "a", true, Primitive(TypeId::kLong), ""}}};
  const PartitionSpec spec;
  ManifestEntry inside;
  inside.file.path = "file:///d/lake/m/t/data/1.parquet";
  inside.file.record_count = 3;
  inside.file.lower_bounds = {{1, std::string("\1\0\0\0\0\0\0\0", 8)}};
  ManifestEntry outside = inside;
  outside.file.path = "s3://other/2.parquet";
  const auto written = WriteManifest({&schema, &spec, 7, 5}, {inside, outside}).value();

  const std::string changed = RelocateManifest(written.bytes, kToS3, AsListed).value();
  EXPECT_EQ(RelocateManifest(written.bytes, kToS3, AsListed).value(), changed);
  ManifestFile file = written.file;
  auto expected = ReadManifest(written.bytes, file, spec).value();
  ASSERT_EQ(expected.size(), 2U);
  expected[0].file.path = "s3://ticklake/m/t/data/1.parquet";
  const auto read = ReadManifest(changed, file, spec).value();
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].file, expected[0].file);
  EXPECT_EQ(read[1].file, expected[1].file);
}

TEST(Relocate, KeepsTheHeadOfAFile) {
  const auto writer_head = [](std::string_view bytes) {
    return ReadAvroFile(bytes, [](const auto&, const auto&) { return Result<void>(); })->metadata;
  };
  const std::string list = WriteManifestList(Snapshot{.snapshot_id = 7}, {}).value();
  const std::string changed = RelocateManifest(list, kToS3, AsListed).value();
  EXPECT_EQ(writer_head(changed), writer_head(list));
  EXPECT_TRUE(ReadManifestList(changed)->empty());
}

TEST(Relocate, AListTellsTheLengthThatItsManifestsThenHave) {
  ManifestFile manifest;
  manifest.path = "file:///d/lake/m/t/metadata/1.avro";
  manifest.length = 1000;
  manifest.added_files = 2;
  const std::string list = WriteManifestList(Snapshot{.snapshot_id = 7}, {manifest}).value();
  const auto shorter = [](const std::string& uri, int64_t listed) -> Result<int64_t> {
    EXPECT_EQ(uri, "file:///d/lake/m/t/metadata/1.avro");
    return listed - 4;
  };
  const auto read = ReadManifestList(RelocateManifest(list, kToS3, shorter).value()).value();
  ASSERT_EQ(read.size(), 1U);
  EXPECT_EQ(read[0].path, "s3://ticklake/m/t/metadata/1.avro");
  EXPECT_EQ(read[0].length, 996);
  EXPECT_EQ(read[0].added_files, 2);
}

TEST(Relocate, DamagedFilesAreErrors) {
  ManifestFile manifest;
  manifest.path = "file:///d/lake/1.avro";
  const std::string list = WriteManifestList(Snapshot{.snapshot_id = 7}, {manifest}).value();
  EXPECT_EQ(RelocateManifest(list.substr(0, list.size() - 3), kToS3, AsListed).error().code,
            Code::kCorrupt);
  EXPECT_EQ(RelocateManifest("no avro", kToS3, AsListed).error().code, Code::kCorrupt);
  const auto lost = [](const std::string&, int64_t) -> Result<int64_t> {
    return Fail(Code::kNotFound, "gone");
  };
  EXPECT_EQ(RelocateManifest(list, kToS3, lost).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace ticklake::lake::iceberg
