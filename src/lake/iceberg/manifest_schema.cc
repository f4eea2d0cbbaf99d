#include "lake/iceberg/manifest_schema.h"

#include <boost/json.hpp>

namespace ticklake::lake::iceberg {
namespace json = boost::json;
namespace {

constexpr char kBeforePartition[] = R"json({"type":"record","name":"manifest_entry","fields":[
{"name":"status","type":"int","field-id":0},
{"name":"snapshot_id","type":["null","long"],"default":null,"field-id":1},
{"name":"sequence_number","type":["null","long"],"default":null,"field-id":3},
{"name":"file_sequence_number","type":["null","long"],"default":null,"field-id":4},
{"name":"data_file","field-id":2,"type":{"type":"record","name":"r2","fields":[
{"name":"content","type":"int","field-id":134},
{"name":"file_path","type":"string","field-id":100},
{"name":"file_format","type":"string","field-id":101},
{"name":"partition","field-id":102,"type":{"type":"record","name":"r102","fields":)json";

constexpr char kAfterPartition[] = R"json(}},
{"name":"record_count","type":"long","field-id":103},
{"name":"file_size_in_bytes","type":"long","field-id":104},
{"name":"column_sizes","default":null,"field-id":108,"type":["null",{"type":"array","logicalType":"map",
 "items":{"type":"record","name":"k117_v118","fields":[{"name":"key","type":"int","field-id":117},
 {"name":"value","type":"long","field-id":118}]}}]},
{"name":"value_counts","default":null,"field-id":109,"type":["null",{"type":"array","logicalType":"map",
 "items":{"type":"record","name":"k119_v120","fields":[{"name":"key","type":"int","field-id":119},
 {"name":"value","type":"long","field-id":120}]}}]},
{"name":"null_value_counts","default":null,"field-id":110,"type":["null",{"type":"array","logicalType":"map",
 "items":{"type":"record","name":"k121_v122","fields":[{"name":"key","type":"int","field-id":121},
 {"name":"value","type":"long","field-id":122}]}}]},
{"name":"nan_value_counts","default":null,"field-id":137,"type":["null",{"type":"array","logicalType":"map",
 "items":{"type":"record","name":"k138_v139","fields":[{"name":"key","type":"int","field-id":138},
 {"name":"value","type":"long","field-id":139}]}}]},
{"name":"lower_bounds","default":null,"field-id":125,"type":["null",{"type":"array","logicalType":"map",
 "items":{"type":"record","name":"k126_v127","fields":[{"name":"key","type":"int","field-id":126},
 {"name":"value","type":"bytes","field-id":127}]}}]},
{"name":"upper_bounds","default":null,"field-id":128,"type":["null",{"type":"array","logicalType":"map",
 "items":{"type":"record","name":"k129_v130","fields":[{"name":"key","type":"int","field-id":129},
 {"name":"value","type":"bytes","field-id":130}]}}]},
{"name":"key_metadata","type":["null","bytes"],"default":null,"field-id":131},
{"name":"split_offsets","default":null,"field-id":132,
 "type":["null",{"type":"array","items":"long","element-id":133}]},
{"name":"equality_ids","default":null,"field-id":135,
 "type":["null",{"type":"array","items":"int","element-id":136}]},
{"name":"sort_order_id","type":["null","int"],"default":null,"field-id":140}]}}]})json";

constexpr char kManifestList[] = R"json({"type":"record","name":"manifest_file","fields":[
{"name":"manifest_path","type":"string","field-id":500},
{"name":"manifest_length","type":"long","field-id":501},
{"name":"partition_spec_id","type":"int","field-id":502},
{"name":"content","type":"int","field-id":517},
{"name":"sequence_number","type":"long","field-id":515},
{"name":"min_sequence_number","type":"long","field-id":516},
{"name":"added_snapshot_id","type":"long","field-id":503},
{"name":"added_files_count","type":"int","field-id":504},
{"name":"existing_files_count","type":"int","field-id":505},
{"name":"deleted_files_count","type":"int","field-id":506},
{"name":"added_rows_count","type":"long","field-id":512},
{"name":"existing_rows_count","type":"long","field-id":513},
{"name":"deleted_rows_count","type":"long","field-id":514},
{"name":"partitions","default":null,"field-id":507,"type":["null",{"type":"array","element-id":508,
 "items":{"type":"record","name":"r508","fields":[
 {"name":"contains_null","type":"boolean","field-id":509},
 {"name":"contains_nan","type":["null","boolean"],"default":null,"field-id":518},
 {"name":"lower_bound","type":["null","bytes"],"default":null,"field-id":510},
 {"name":"upper_bound","type":["null","bytes"],"default":null,"field-id":511}]}}]},
{"name":"key_metadata","type":["null","bytes"],"default":null,"field-id":519}]})json";

// Bytes that hold an unscaled decimal of that precision.
int DecimalBytes(int32_t precision) {
  int bytes = 1;
  double digits = 2.1;  // decimal digits that 8 * bytes - 1 bits hold
  while (digits < precision) digits = (8 * ++bytes - 1) * 0.30103;
  return bytes;
}

Result<json::value> AvroTypeOf(const Type& type, int32_t field_id) {
  switch (type.id) {
    case TypeId::kBoolean: return json::value("boolean");
    case TypeId::kInt: return json::value("int");
    case TypeId::kLong: return json::value("long");
    case TypeId::kFloat: return json::value("float");
    case TypeId::kDouble: return json::value("double");
    case TypeId::kString: return json::value("string");
    case TypeId::kBinary: return json::value("bytes");
    case TypeId::kDate: return json::value{{"type", "int"}, {"logicalType", "date"}};
    case TypeId::kTime: return json::value{{"type", "long"}, {"logicalType", "time-micros"}};
    case TypeId::kTimestamp:
    case TypeId::kTimestamptz:
      return json::value{{"type", "long"},
                         {"logicalType", "timestamp-micros"},
                         {"adjust-to-utc", type.id == TypeId::kTimestamptz}};
    case TypeId::kUuid:
      return json::value{
          {"type", "fixed"}, {"name", "uuid_fixed"}, {"size", 16}, {"logicalType", "uuid"}};
    case TypeId::kFixed:
      return json::value{
          {"type", "fixed"}, {"name", fmt::format("fixed_{}", field_id)}, {"size", type.length}};
    case TypeId::kDecimal:
      return json::value{{"type", "fixed"},
                         {"name", fmt::format("decimal_{}", field_id)},
                         {"size", DecimalBytes(type.precision)},
                         {"logicalType", "decimal"},
                         {"precision", type.precision},
                         {"scale", type.scale}};
    case TypeId::kStruct:
    case TypeId::kList:
    case TypeId::kMap: break;
  }
  return Fail(Code::kUnsupported, "partition field {}: of type {}", field_id, TypeName(type));
}

// Avro's names are letters, digits and _; the field id is what readers go by.
std::string AvroName(const std::string& name) {
  std::string out;
  for (const char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
                       (c >= '0' && c <= '9' && !out.empty());
    out += plain ? std::string(1, c)
                 : fmt::format("_x{:X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
  }
  return out;
}

const Field* FindById(const std::vector<Field>& fields, int32_t id) {
  for (const Field& field : fields) {
    if (field.id == id) return &field;
    if (const Field* inner = FindById(field.type->fields, id)) return inner;
  }
  return nullptr;
}

}  // namespace

Result<std::string> ManifestAvroSchema(const Schema& schema, const PartitionSpec& spec) {
  json::array fields;
  for (const PartitionField& field : spec.fields) {
    const Field* source = FindById(schema.fields, field.source_id);
    if (!source) {
      return Fail(Code::kUnsupported, "partition field '{}': its column {} was dropped", field.name,
                  field.source_id);
    }
    TL_ASSIGN(const TypePtr type, ResultType(field.transform, source->type));
    TL_ASSIGN(json::value avro, AvroTypeOf(*type, field.field_id));
    fields.push_back(json::object{{"name", AvroName(field.name)},
                                  {"type", json::array{"null", std::move(avro)}},
                                  {"default", nullptr},
                                  {"field-id", field.field_id}});
  }
  return kBeforePartition + json::serialize(fields) + kAfterPartition;
}

const std::string& ManifestListAvroSchema() {
  static const std::string schema = kManifestList;
  return schema;
}

}  // namespace ticklake::lake::iceberg
