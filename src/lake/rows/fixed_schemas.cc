#include "lake/rows/fixed_schemas.h"

#include <fmt/format.h>

#include <algorithm>

#include "lake/rows/names.h"

namespace ticklake::lake {
namespace {

using iceberg::Field;
using iceberg::TypeId;
using enum ReadMode;

const std::vector<FixedSchema>& FixedSchemas() {
  static const std::vector<FixedSchema> kSchemas = {
      {.topic = "trades",
       .columns = {{"ts_event", TypeId::kTimestamptz, kNanos, true},
                   {"ts_event_ns", TypeId::kLong, kPlain, true, "ts_event"},
                   {"ts_recv", TypeId::kTimestamptz, kNanos},
                   {"symbol", TypeId::kString, kText, true},
                   {"venue", TypeId::kString, kText},
                   {"price", TypeId::kDouble, kNumber, true},
                   {"size", TypeId::kDouble, kNumber, true},
                   {"side", TypeId::kString, kText},
                   {"trade_id", TypeId::kString, kText},
                   {"sequence", TypeId::kLong},
                   {"flags", TypeId::kInt}},
       .any_of = {},
       .partition_by = "ts_event"},
      {.topic = "quotes",
       .columns = {{"ts_event", TypeId::kTimestamptz, kNanos, true},
                   {"ts_event_ns", TypeId::kLong, kPlain, true, "ts_event"},
                   {"ts_recv", TypeId::kTimestamptz, kNanos},
                   {"symbol", TypeId::kString, kText, true},
                   {"venue", TypeId::kString, kText},
                   {"bid_px_00", TypeId::kDouble, kNumber},
                   {"bid_sz_00", TypeId::kDouble, kNumber},
                   {"ask_px_00", TypeId::kDouble, kNumber},
                   {"ask_sz_00", TypeId::kDouble, kNumber},
                   {"sequence", TypeId::kLong},
                   {"flags", TypeId::kInt}},
       .any_of = {"bid_px_00", "ask_px_00"},
       .partition_by = "ts_event"},
  };
  return kSchemas;
}

Field Make(int32_t id, std::string_view name, iceberg::TypePtr type, bool required) {
  return {.id = id,
          .name = std::string(name),
          .required = required,
          .type = std::move(type),
          .doc = ""};
}

/// struct<epoch, partition, offset> and, for generic tables, timestamp, key, headers.
iceberg::TypePtr KafkaType(bool fixed, int32_t* next_id) {
  using iceberg::Primitive;
  const auto id = [&] { return (*next_id)++; };
  std::vector<Field> fields;
  fields.push_back(Make(id(), "epoch", Primitive(TypeId::kInt), true));
  fields.push_back(Make(id(), "partition", Primitive(TypeId::kInt), true));
  fields.push_back(Make(id(), "offset", Primitive(TypeId::kLong), true));
  if (!fixed) {
    fields.push_back(Make(id(), "timestamp", Primitive(TypeId::kTimestamptz), false));
    fields.push_back(Make(id(), "key", Primitive(TypeId::kString), false));
    const int32_t headers = id();
    const int32_t element = id();
    auto header = iceberg::StructType({Make(id(), "name", Primitive(TypeId::kString), true),
                                       Make(id(), "value", Primitive(TypeId::kString), false)});
    auto list = iceberg::ListType(Make(element, "element", std::move(header), true));
    fields.push_back(Make(headers, "headers", std::move(list), false));
  }
  return iceberg::StructType(std::move(fields));
}

}  // namespace

const FixedSchema* FindFixedSchema(std::string_view topic) {
  const auto& all = FixedSchemas();
  const auto at = std::ranges::find(all, topic, &FixedSchema::topic);
  return at == all.end() ? nullptr : &*at;
}

std::vector<Field> SystemColumns(bool fixed, int32_t* next_id) {
  std::vector<Field> fields;
  fields.push_back(Make((*next_id)++, kRescuedColumn, iceberg::Primitive(TypeId::kString), false));
  const int32_t kafka = (*next_id)++;
  fields.push_back(Make(kafka, kKafkaColumn, KafkaType(fixed, next_id), true));
  return fields;
}

iceberg::Schema InitialSchema(std::string_view topic) {
  const FixedSchema* const fixed = FindFixedSchema(topic);
  iceberg::Schema schema;
  int32_t next_id = 1;
  if (fixed != nullptr) {
    for (const FixedColumn& column : fixed->columns) {
      schema.fields.push_back(
          Make(next_id++, column.name, iceberg::Primitive(column.type), column.required));
    }
  }
  for (Field& field : SystemColumns(fixed != nullptr, &next_id)) {
    schema.fields.push_back(std::move(field));
  }
  return schema;
}

iceberg::PartitionSpec InitialPartition(std::string_view topic, const iceberg::Schema& schema) {
  iceberg::PartitionSpec spec;
  const FixedSchema* const fixed = FindFixedSchema(topic);
  const Field* const field = fixed == nullptr ? nullptr : schema.Find(fixed->partition_by);
  if (field != nullptr) {
    spec.fields.push_back(
        {.source_id = field->id,
         .field_id = 1000,
         .name = fmt::format("{}_day", field->name),
         .transform = {.kind = iceberg::TransformKind::kDay, .width = 0, .text = ""}});
  }
  return spec;
}

}  // namespace ticklake::lake
