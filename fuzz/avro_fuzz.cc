// Avro, manifests and manifest lists: no file upsets the readers, and what they accept can be
// written and read again.
//
// Besides as a file, the input is tried as the records inside one of our own files.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "lake/iceberg/avro_codec.h"
#include "lake/iceberg/avro_file.h"
#include "lake/iceberg/manifest.h"
#include "lake/iceberg/manifest_schema.h"

namespace {

using namespace ticklake::lake::iceberg;

PartitionSpec DaySpec() {
  PartitionSpec spec;
  spec.fields = {{1, 1000, "ts_day", Transform::Parse("day")}};
  return spec;
}

Schema TableSchema() {
  Schema schema;
  schema.fields = {{.id = 1,
                    .name = "ts",
                    .required = false,
                    .type = Primitive(TypeId::kTimestamptz),
                    .doc = ""}};
  return schema;
}

// A file of one deflated block that claims `records` records.
std::string Wrap(const std::string& schema, uint8_t records, std::string_view block) {
  auto writer = AvroFileWriter::Make(schema, {});
  if (!writer) std::abort();
  std::string file = writer->Finish().value();
  const std::string sync = file.substr(file.size() - 16);
  const std::string packed = CompressBlock(kCodecDeflate, block).value();
  ticklake::AppendVarint(file, records);
  ticklake::AppendVarint(file, static_cast<int64_t>(packed.size()));
  return file + packed + sync;
}

void TryManifest(std::string_view bytes) {
  const PartitionSpec spec = DaySpec();
  const auto entries = ReadManifest(bytes, {}, spec);
  if (!entries) return;
  const Schema schema = TableSchema();
  const auto written = WriteManifest({.schema = &schema, .spec = &spec}, *entries);
  if (!written) return;  // a partition value need not be a day
  const auto again = ReadManifest(written->bytes, written->file, spec);
  if (again && again->size() != entries->size()) std::abort();
}

void TryList(std::string_view bytes) {
  const auto list = ReadManifestList(bytes);
  if (!list) return;
  const auto written = WriteManifestList({}, *list);
  if (!written) std::abort();
  const auto again = ReadManifestList(*written);
  if (!again || again->size() != list->size()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  TryManifest(bytes);
  TryList(bytes);
  if (size == 0) return 0;
  static const std::string kManifest = ManifestAvroSchema(TableSchema(), DaySpec()).value();
  TryManifest(Wrap(kManifest, data[0], bytes.substr(1)));
  TryList(Wrap(ManifestListAvroSchema(), data[0], bytes.substr(1)));
  return 0;
}
