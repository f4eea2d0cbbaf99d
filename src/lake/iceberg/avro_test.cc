// Avro: schemas, values and container files, with the input of other writers and damaged ones.

#include <gtest/gtest.h>
#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

#include "base/bytes.h"
#include "base/random.h"
#include "lake/iceberg/avro_codec.h"
#include "lake/iceberg/avro_file.h"

namespace ticklake::lake::iceberg {
namespace {

constexpr char kEverything[] = R"({"type":"record","name":"all","fields":[
  {"name":"a","type":"boolean","field-id":1}, {"name":"b","type":"int","field-id":2},
  {"name":"c","type":"long"}, {"name":"d","type":"float"}, {"name":"e","type":"double"},
  {"name":"f","type":"bytes"}, {"name":"g","type":["null","string"],"default":null},
  {"name":"h","type":{"type":"fixed","name":"f3","size":3}},
  {"name":"i","type":{"type":"array","items":"long","element-id":7}},
  {"name":"j","type":{"type":"map","values":"f3"}},
  {"name":"k","type":{"type":"enum","name":"e1","symbols":["X","Y"]}},
  {"name":"l","type":{"type":"record","name":"n.inner","fields":[{"name":"x","type":"null"}]}}]})";

AvroValue RandomValue(const AvroType& type, Random& random);

AvroList RandomItems(const AvroType& type, Random& random) {
  AvroList items;
  for (uint64_t n = random.Below(4); n > 0; --n) {
    AvroValue item = RandomValue(*type.branches[0], random);
    if (type.kind == AvroKind::kMap) {
      item = {AvroList{{std::to_string(random.Next())}, std::move(item)}};
    }
    items.push_back(std::move(item));
  }
  return items;
}

AvroValue RandomValue(const AvroType& type, Random& random) {
  const auto shifted = [&] { return static_cast<int64_t>(random.Next() >> random.Below(64)); };
  switch (type.kind) {
    case AvroKind::kNull: return {};
    case AvroKind::kBoolean: return {random.Chance(1, 2)};
    case AvroKind::kInt: return {int64_t{static_cast<int32_t>(shifted())}};
    case AvroKind::kLong: return {shifted()};
    case AvroKind::kFloat: return {static_cast<float>(shifted())};
    case AvroKind::kDouble: return {static_cast<double>(shifted())};
    case AvroKind::kFixed: return {std::string(type.size, 'q')};
    case AvroKind::kBytes:
    case AvroKind::kString: return {std::string(random.Below(300), '\xfe')};
    case AvroKind::kEnum: return {static_cast<int64_t>(random.Below(type.symbols.size()))};
    case AvroKind::kUnion:
      return random.Chance(1, 2) ? AvroValue{} : RandomValue(*type.branches[1], random);
    case AvroKind::kArray:
    case AvroKind::kMap: return {RandomItems(type, random)};
    case AvroKind::kRecord: break;
  }
  AvroList fields;
  for (const AvroField& field : type.fields) fields.push_back(RandomValue(*field.type, random));
  return {std::move(fields)};
}

std::string WriteRandomFile(uint64_t seed, size_t records, AvroList* written) {
  Random random(seed);
  auto writer = AvroFileWriter::Make(kEverything, {{"k", "v"}}).value();
  const AvroTypePtr type = ParseAvroSchema(kEverything).value();
  for (; records > 0; --records) {
    written->push_back(RandomValue(*type, random));
    EXPECT_TRUE(writer.Append(written->back()).has_value());
  }
  return writer.Finish().value();
}

Result<AvroList> ReadAll(std::string_view bytes) {
  AvroList records;
  TL_TRY(ReadAvroFile(bytes, [&](const AvroHeader&, const AvroValue& record) {
    records.push_back(record);
    return Result<void>();
  }));
  return records;
}

TEST(Avro, ReadsBackWhatItWrote) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    AvroList written;
    const std::string bytes = WriteRandomFile(seed, 20 * seed, &written);
    const auto read = ReadAll(bytes);
    ASSERT_TRUE(read.has_value()) << seed << ": " << read.error().message;
    EXPECT_TRUE(*read == written) << seed;
  }
}

TEST(Avro, EveryCutAndMostDamagesAreNoticed) {
  AvroList written;
  const std::string bytes = WriteRandomFile(5, 40, &written);
  for (size_t size = 0; size < bytes.size(); ++size) {
    const auto read = ReadAll(std::string_view(bytes).substr(0, size));
    // Cut right after the header, it is a file without records.
    EXPECT_TRUE(!read || read->empty()) << size;
  }
  for (uint64_t seed = 0; seed < 500; ++seed) {
    Random random(seed);
    std::string damaged = bytes;
    damaged[random.Below(damaged.size())] = static_cast<char>(random.Next());
    (void)ReadAll(damaged);  // any answer, but no crash and no endless work
  }
}

TEST(Avro, KeepsFieldIdsAndFindsThem) {
  const AvroTypePtr type = ParseAvroSchema(kEverything).value();
  EXPECT_EQ(type->FindField(2), 1);
  EXPECT_EQ(type->FindField(99), -1);
  EXPECT_EQ(type->FindField(std::string_view("e")), 4);
}

TEST(Avro, RefusesSchemasThatAreNone) {
  for (const char* bad :
       {"", "{}", "[]", "7", R"("nothing")", R"({"type":"array"})",
        R"({"type":"record","name":"r"})", R"({"type":"fixed","name":"f","size":-1})"}) {
    EXPECT_EQ(ParseAvroSchema(bad).error().code, Code::kCorrupt) << bad;
  }
  EXPECT_EQ(ParseAvroSchema(R"({"type":"record","name":"r","fields":[{"name":"r","type":"r"}]})")
                .error()
                .code,
            Code::kUnsupported);
}

TEST(Avro, AFewBytesCannotAskForManyValues) {
  // 2^40 nulls in an array take no bytes at all.
  const AvroTypePtr type = ParseAvroSchema(R"({"type":"array","items":"null"})").value();
  std::string bytes;
  AppendVarint(bytes, int64_t{1} << 40);
  EXPECT_EQ(AvroDecoder(bytes).Read(*type).error().code, Code::kCorrupt);
  // So do records that hold each other twice, 60 deep.
  std::string schema = R"({"type":"record","name":"r0","fields":[]})";
  for (int i = 1; i < 60; ++i) {
    schema = fmt::format(R"({{"type":"record","name":"r{}","fields":[
        {{"name":"a","type":{}}},{{"name":"b","type":"r{}"}}]}})",
                         i, schema, i - 1);
  }
  const AvroTypePtr bomb = ParseAvroSchema(schema).value();
  EXPECT_EQ(AvroDecoder("").Read(*bomb).error().code, Code::kCorrupt);
}

TEST(Avro, ReadsBlocksWithTheirSizeInBytes) {
  const AvroTypePtr type = ParseAvroSchema(R"({"type":"array","items":"long"})").value();
  std::string bytes;
  AppendVarint(bytes, -2);  // two items,
  AppendVarint(bytes, 2);   // in two bytes
  AppendVarint(bytes, 5);
  AppendVarint(bytes, 6);
  AppendVarint(bytes, 0);
  const AvroValue expected{AvroList{{int64_t{5}}, {int64_t{6}}}};
  EXPECT_TRUE(AvroDecoder(bytes).Read(*type).value() == expected);
}

TEST(AvroCodec, ReadsWhatOtherWritersUse) {
  const std::string text(100'000, 'x');
  EXPECT_EQ(DecompressBlock("deflate", CompressBlock("deflate", text).value()).value(), text);
  EXPECT_EQ(DecompressBlock("null", text).value(), text);

  std::string snappy;
  snappy::Compress(text.data(), text.size(), &snappy);
  AppendBig<uint32_t>(snappy,
                      static_cast<uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(text.data()),
                                                  static_cast<uInt>(text.size()))));
  EXPECT_EQ(DecompressBlock("snappy", snappy).value(), text);
  snappy.back() = static_cast<char>(snappy.back() + 1);
  EXPECT_EQ(DecompressBlock("snappy", snappy).error().code, Code::kCorrupt);

  std::string zstd(ZSTD_compressBound(text.size()), '\0');
  zstd.resize(ZSTD_compress(zstd.data(), zstd.size(), text.data(), text.size(), 1));
  EXPECT_EQ(DecompressBlock("zstandard", zstd).value(), text);
  zstd.resize(zstd.size() - 1);
  EXPECT_EQ(DecompressBlock("zstandard", zstd).error().code, Code::kCorrupt);
  EXPECT_EQ(DecompressBlock("xz", text).error().code, Code::kUnsupported);
  EXPECT_EQ(Gunzip("no gzip").error().code, Code::kCorrupt);
}

}  // namespace
}  // namespace ticklake::lake::iceberg
