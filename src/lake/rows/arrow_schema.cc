#include "lake/rows/arrow_schema.h"

#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>

#include <charconv>

namespace ticklake::lake {
namespace {

using iceberg::TypeId;

Result<iceberg::Field> FromArrowField(const arrow::Field& field);

Result<iceberg::TypePtr> FromNested(const arrow::DataType& type) {
  std::vector<iceberg::Field> children;
  for (const auto& child : type.fields()) {
    TL_ASSIGN(iceberg::Field field, FromArrowField(*child));
    children.push_back(std::move(field));
  }
  if (type.id() == arrow::Type::STRUCT) return iceberg::StructType(std::move(children));
  return iceberg::ListType(std::move(children.front()));
}

Result<iceberg::TypePtr> FromTimestamp(const arrow::TimestampType& type) {
  if (type.unit() != arrow::TimeUnit::MICRO) {
    return Fail(Code::kUnsupported, "type {}: Iceberg v2 times are microseconds", type.ToString());
  }
  return iceberg::Primitive(type.timezone().empty() ? TypeId::kTimestamp : TypeId::kTimestamptz);
}

Result<iceberg::TypePtr> FromArrowType(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::BOOL: return iceberg::Primitive(TypeId::kBoolean);
    case arrow::Type::INT32: return iceberg::Primitive(TypeId::kInt);
    case arrow::Type::INT64: return iceberg::Primitive(TypeId::kLong);
    case arrow::Type::FLOAT: return iceberg::Primitive(TypeId::kFloat);
    case arrow::Type::DOUBLE: return iceberg::Primitive(TypeId::kDouble);
    case arrow::Type::DATE32: return iceberg::Primitive(TypeId::kDate);
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING: return iceberg::Primitive(TypeId::kString);
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_BINARY: return iceberg::Primitive(TypeId::kBinary);
    case arrow::Type::TIMESTAMP:
      return FromTimestamp(static_cast<const arrow::TimestampType&>(type));
    case arrow::Type::DECIMAL128: {
      const auto& decimal = static_cast<const arrow::Decimal128Type&>(type);
      return iceberg::DecimalType(decimal.precision(), decimal.scale());
    }
    case arrow::Type::STRUCT:
    case arrow::Type::LIST: return FromNested(type);
    default:
      return Fail(Code::kUnsupported, "type {}: no Iceberg v2 type made here", type.ToString());
  }
}

Result<iceberg::Field> FromArrowField(const arrow::Field& field) {
  iceberg::Field out;
  out.name = field.name();
  out.required = !field.nullable();
  out.doc = DocOf(field);
  if (field.HasMetadata()) {
    const std::string id = field.metadata()->Get(kFieldIdMetadata).ValueOr("0");
    std::from_chars(id.data(), id.data() + id.size(), out.id);
  }
  TL_ASSIGN(out.type, FromArrowType(*field.type()));
  return out;
}

arrow::FieldVector ToArrowFields(const std::vector<iceberg::Field>& fields) {
  arrow::FieldVector out;
  out.reserve(fields.size());
  for (const iceberg::Field& field : fields) out.push_back(ToArrowField(field));
  return out;
}

}  // namespace

std::shared_ptr<arrow::DataType> ToArrowType(const iceberg::Type& type) {
  switch (type.id) {
    case TypeId::kBoolean: return arrow::boolean();
    case TypeId::kInt: return arrow::int32();
    case TypeId::kLong: return arrow::int64();
    case TypeId::kFloat: return arrow::float32();
    case TypeId::kDouble: return arrow::float64();
    case TypeId::kDecimal: return arrow::decimal128(type.precision, type.scale);
    case TypeId::kDate: return arrow::date32();
    case TypeId::kTime: return arrow::time64(arrow::TimeUnit::MICRO);
    case TypeId::kTimestamp: return arrow::timestamp(arrow::TimeUnit::MICRO);
    case TypeId::kTimestamptz: return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
    case TypeId::kString: return arrow::utf8();
    case TypeId::kUuid: return arrow::fixed_size_binary(16);
    case TypeId::kFixed: return arrow::fixed_size_binary(type.length);
    case TypeId::kBinary: return arrow::binary();
    case TypeId::kStruct: return arrow::struct_(ToArrowFields(type.fields));
    case TypeId::kList: return arrow::list(ToArrowField(type.fields[0])->WithName("element"));
    case TypeId::kMap:
      return std::make_shared<arrow::MapType>(ToArrowField(type.fields[0]),
                                              ToArrowField(type.fields[1]));
  }
  return arrow::null();
}

std::shared_ptr<arrow::Field> ToArrowField(const iceberg::Field& field) {
  auto metadata = std::make_shared<arrow::KeyValueMetadata>();
  metadata->Append(kFieldIdMetadata, std::to_string(field.id));
  if (!field.doc.empty()) metadata->Append(kDocMetadata, field.doc);
  return arrow::field(field.name, ToArrowType(*field.type), !field.required, std::move(metadata));
}

std::shared_ptr<arrow::Schema> ToArrowSchema(const iceberg::Schema& schema) {
  return arrow::schema(ToArrowFields(schema.fields));
}

std::string DocOf(const arrow::Field& field) {
  return field.HasMetadata() ? field.metadata()->Get(kDocMetadata).ValueOr("") : "";
}

Result<iceberg::Schema> FromArrowSchema(const arrow::Schema& schema) {
  iceberg::Schema out;
  for (const auto& child : schema.fields()) {
    TL_ASSIGN(iceberg::Field field, FromArrowField(*child));
    out.fields.push_back(std::move(field));
  }
  return out;
}

}  // namespace ticklake::lake
