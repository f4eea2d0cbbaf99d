#include "lake/iceberg/schema_json.h"

#include <charconv>

#include "lake/iceberg/metadata.h"

namespace ticklake::lake::iceberg {
namespace json = boost::json;
namespace {

json::value TypeToJson(const Type& type);

json::array FieldsToJson(const std::vector<Field>& fields) {
  json::array array;
  for (const Field& field : fields) {
    json::object object{{"id", field.id},
                        {"name", field.name},
                        {"required", field.required},
                        {"type", TypeToJson(*field.type)}};
    if (!field.doc.empty()) object["doc"] = field.doc;
    array.push_back(std::move(object));
  }
  return array;
}

json::value TypeToJson(const Type& type) {
  switch (type.id) {
    case TypeId::kStruct:
      return json::object{{"type", "struct"}, {"fields", FieldsToJson(type.fields)}};
    case TypeId::kList: {
      const Field& element = type.fields[0];
      return json::object{{"type", "list"},
                          {"element-id", element.id},
                          {"element", TypeToJson(*element.type)},
                          {"element-required", element.required}};
    }
    case TypeId::kMap: {
      const Field& key = type.fields[0];
      const Field& value = type.fields[1];
      return json::object{{"type", "map"},
                          {"key-id", key.id},
                          {"key", TypeToJson(*key.type)},
                          {"value-id", value.id},
                          {"value", TypeToJson(*value.type)},
                          {"value-required", value.required}};
    }
    default: return json::string(TypeName(type));
  }
}

// The numbers of "decimal(18, 6)" or "fixed[16]"; false when it is not of that form.
bool ParseNumbers(std::string_view text, int32_t* first, int32_t* second) {
  const char* end = text.data() + text.size();
  auto [at, error] = std::from_chars(text.data(), end, *first);
  if (error != std::errc()) return false;
  if (!second) return at == end;
  while (at != end && (*at == ',' || *at == ' ')) ++at;
  const auto last = std::from_chars(at, end, *second);
  return last.ec == std::errc() && last.ptr == end;
}

Result<TypePtr> PrimitiveFromName(std::string_view name) {
  for (int id = 0; id < static_cast<int>(TypeId::kStruct); ++id) {
    const TypePtr& type = Primitive(static_cast<TypeId>(id));
    const bool plain = type->id != TypeId::kDecimal && type->id != TypeId::kFixed;
    if (plain && TypeName(*type) == name) return type;
  }
  Type type;
  if (name.starts_with("decimal(") && name.ends_with(")") &&
      ParseNumbers(name.substr(8, name.size() - 9), &type.precision, &type.scale) &&
      type.precision >= 1 && type.precision <= 38 && type.scale >= 0 &&
      type.scale <= type.precision) {
    return DecimalType(type.precision, type.scale);
  }
  if (name.starts_with("fixed[") && name.ends_with("]") &&
      ParseNumbers(name.substr(6, name.size() - 7), &type.length, nullptr) && type.length >= 0) {
    type.id = TypeId::kFixed;
    return std::make_shared<const Type>(std::move(type));
  }
  return Fail(Code::kUnsupported, "type '{}': not one of Iceberg version 2", name);
}

Result<std::vector<Field>> FieldsFromJson(JsonReader& reader, const json::array& array);

Result<TypePtr> TypeFromJson(JsonReader& reader, const json::value& value) {
  if (value.is_string()) return PrimitiveFromName(std::string_view(value.get_string()));
  const json::object& object = reader.AsObject(value, "type");
  TL_TRY(reader.Check());
  const auto member = [&](const char* name) -> Result<TypePtr> {
    const json::value* inner = object.if_contains(name);
    if (!inner) return Fail(Code::kCorrupt, "type: '{}' is missing", name);
    return TypeFromJson(reader, *inner);
  };
  const std::string kind = reader.String(object, "type");
  if (kind == "struct") {
    TL_ASSIGN(auto fields, FieldsFromJson(reader, reader.Array(object, "fields")));
    return StructType(std::move(fields));
  }
  if (kind == "list") {
    TL_ASSIGN(TypePtr element, member("element"));
    return ListType({reader.Int(object, "element-id"), "element",
                     reader.Bool(object, "element-required"), std::move(element), ""});
  }
  if (kind == "map") {
    TL_ASSIGN(TypePtr key, member("key"));
    TL_ASSIGN(TypePtr mapped, member("value"));
    return MapType({reader.Int(object, "key-id"), "key", true, std::move(key), ""},
                   {reader.Int(object, "value-id"), "value", reader.Bool(object, "value-required"),
                    std::move(mapped), ""});
  }
  return Fail(Code::kUnsupported, "type '{}': not one of Iceberg version 2", kind);
}

Result<std::vector<Field>> FieldsFromJson(JsonReader& reader, const json::array& array) {
  std::vector<Field> fields;
  for (const json::value& value : array) {
    const json::object& object = reader.AsObject(value, "fields");
    Field field;
    field.id = reader.Int(object, "id");
    field.name = reader.String(object, "name");
    field.required = reader.Bool(object, "required");
    if (reader.Has(object, "doc")) field.doc = reader.String(object, "doc");
    TL_TRY(reader.Check());
    const json::value* type = object.if_contains("type");
    if (!type) return Fail(Code::kCorrupt, "column '{}': 'type' is missing", field.name);
    auto parsed = TypeFromJson(reader, *type);
    if (!parsed) return Fail(parsed.error().Within(fmt::format("column '{}'", field.name)));
    field.type = std::move(*parsed);
    fields.push_back(std::move(field));
  }
  return fields;
}

}  // namespace

json::object SchemaToJson(const Schema& schema) {
  json::object object{
      {"type", "struct"}, {"schema-id", schema.schema_id}, {"fields", FieldsToJson(schema.fields)}};
  if (!schema.identifier_field_ids.empty()) {
    object["identifier-field-ids"] = json::value_from(schema.identifier_field_ids);
  }
  return object;
}

Result<Schema> SchemaFromJson(JsonReader& reader, const json::object& object) {
  Schema schema;
  schema.schema_id = reader.OptionalInt(object, "schema-id").value_or(0);
  TL_ASSIGN(schema.fields, FieldsFromJson(reader, reader.Array(object, "fields")));
  if (reader.Has(object, "identifier-field-ids")) {
    for (const json::value& id : reader.Array(object, "identifier-field-ids")) {
      if (!id.is_int64()) reader.Complain("identifier-field-ids", "holds something else");
      if (id.is_int64())
        schema.identifier_field_ids.push_back(static_cast<int32_t>(id.get_int64()));
    }
  }
  TL_TRY(reader.Check());
  return schema;
}

json::array PartitionFieldsToJson(const PartitionSpec& spec) {
  json::array fields;
  for (const PartitionField& field : spec.fields) {
    fields.push_back(json::object{{"name", field.name},
                                  {"transform", field.transform.ToString()},
                                  {"source-id", field.source_id},
                                  {"field-id", field.field_id}});
  }
  return fields;
}

PartitionSpec SpecFromJson(JsonReader& reader, const json::object& object) {
  PartitionSpec spec;
  spec.spec_id = reader.Int(object, "spec-id");
  for (const json::value& value : reader.Array(object, "fields")) {
    const json::object& from = reader.AsObject(value, "fields");
    PartitionField field;
    field.source_id = reader.Int(from, "source-id");
    const auto next = kFirstPartitionFieldId + static_cast<int32_t>(spec.fields.size());
    field.field_id = reader.OptionalInt(from, "field-id").value_or(next);
    field.name = reader.String(from, "name");
    field.transform = Transform::Parse(reader.String(from, "transform"));
    spec.fields.push_back(std::move(field));
  }
  return spec;
}

json::object SortOrderToJson(const SortOrder& order) {
  json::array fields;
  for (const SortField& field : order.fields) {
    fields.push_back(
        json::object{{"transform", field.transform.ToString()},
                     {"source-id", field.source_id},
                     {"direction", field.ascending ? "asc" : "desc"},
                     {"null-order", field.nulls_first ? "nulls-first" : "nulls-last"}});
  }
  return {{"order-id", order.order_id}, {"fields", std::move(fields)}};
}

SortOrder SortOrderFromJson(JsonReader& reader, const json::object& object) {
  SortOrder order;
  order.order_id = reader.Int(object, "order-id");
  for (const json::value& value : reader.Array(object, "fields")) {
    const json::object& from = reader.AsObject(value, "fields");
    SortField field;
    field.source_id = reader.Int(from, "source-id");
    field.transform = Transform::Parse(reader.String(from, "transform"));
    field.ascending = reader.String(from, "direction") == "asc";
    field.nulls_first = reader.String(from, "null-order") == "nulls-first";
    order.fields.push_back(std::move(field));
  }
  return order;
}

}  // namespace ticklake::lake::iceberg
