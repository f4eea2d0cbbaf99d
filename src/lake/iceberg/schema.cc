#include "lake/iceberg/schema.h"

#include <algorithm>
#include <array>

namespace ticklake::lake::iceberg {
namespace {

int32_t HighestId(const std::vector<Field>& fields) {
  int32_t highest = 0;
  for (const Field& field : fields) {
    highest = std::max({highest, field.id, HighestId(field.type->fields)});
  }
  return highest;
}

std::string StructName(const Type& type) {
  std::string text = "struct<";
  for (const Field& field : type.fields) {
    if (text.back() != '<') text += ", ";
    text += fmt::format("{}: {}: {} {}", field.id, field.name,
                        field.required ? "required" : "optional", TypeName(*field.type));
  }
  return text + ">";
}

// Fields keep their ids and may lose `required`, never gain it; new ones are optional.
bool CanPromoteFields(const std::vector<Field>& from, const std::vector<Field>& to) {
  for (const Field& field : from) {
    const auto at = std::ranges::find(to, field.id, &Field::id);
    if (at == to.end() || (at->required && !field.required)) return false;
    if (!CanPromote(*field.type, *at->type)) return false;
  }
  return std::ranges::all_of(to, [&](const Field& field) {
    return !field.required || std::ranges::find(from, field.id, &Field::id) != from.end();
  });
}

}  // namespace

bool Field::operator==(const Field& other) const {
  return id == other.id && name == other.name && required == other.required && doc == other.doc &&
         *type == *other.type;
}

TypePtr Primitive(TypeId id) {
  static const auto all = [] {
    std::array<TypePtr, static_cast<size_t>(TypeId::kMap) + 1> types;
    for (size_t i = 0; i < types.size(); ++i) {
      Type type;
      type.id = static_cast<TypeId>(i);
      types[i] = std::make_shared<const Type>(std::move(type));
    }
    return types;
  }();
  return all[static_cast<size_t>(id)];
}

TypePtr DecimalType(int32_t precision, int32_t scale) {
  Type type;
  type.id = TypeId::kDecimal;
  type.precision = precision;
  type.scale = scale;
  return std::make_shared<const Type>(std::move(type));
}

TypePtr StructType(std::vector<Field> fields) {
  Type type;
  type.id = TypeId::kStruct;
  type.fields = std::move(fields);
  return std::make_shared<const Type>(std::move(type));
}

TypePtr ListType(Field element) {
  Type type;
  type.id = TypeId::kList;
  element.name = "element";
  type.fields.push_back(std::move(element));
  return std::make_shared<const Type>(std::move(type));
}

TypePtr MapType(Field key, Field value) {
  Type type;
  type.id = TypeId::kMap;
  key.name = "key";
  key.required = true;
  value.name = "value";
  type.fields = {std::move(key), std::move(value)};
  return std::make_shared<const Type>(std::move(type));
}

std::string TypeName(const Type& type) {
  const auto part = [&](size_t i) {
    return i < type.fields.size() ? TypeName(*type.fields[i].type) : std::string("?");
  };
  switch (type.id) {
    case TypeId::kBoolean: return "boolean";
    case TypeId::kInt: return "int";
    case TypeId::kLong: return "long";
    case TypeId::kFloat: return "float";
    case TypeId::kDouble: return "double";
    case TypeId::kDecimal: return fmt::format("decimal({}, {})", type.precision, type.scale);
    case TypeId::kDate: return "date";
    case TypeId::kTime: return "time";
    case TypeId::kTimestamp: return "timestamp";
    case TypeId::kTimestamptz: return "timestamptz";
    case TypeId::kString: return "string";
    case TypeId::kUuid: return "uuid";
    case TypeId::kFixed: return fmt::format("fixed[{}]", type.length);
    case TypeId::kBinary: return "binary";
    case TypeId::kStruct: return StructName(type);
    case TypeId::kList: return fmt::format("list<{}>", part(0));
    case TypeId::kMap: return fmt::format("map<{}, {}>", part(0), part(1));
  }
  return "";
}

const Field* Schema::Find(std::string_view name) const {
  const auto at = std::ranges::find(fields, name, &Field::name);
  return at == fields.end() ? nullptr : &*at;
}

int32_t Schema::HighestFieldId() const { return HighestId(fields); }

bool CanPromote(const Type& from, const Type& to) {
  if (from == to) return true;
  if (from.id == TypeId::kInt && to.id == TypeId::kLong) return true;
  if (from.id == TypeId::kFloat && to.id == TypeId::kDouble) return true;
  if (from.id != to.id) return false;
  switch (from.id) {
    case TypeId::kDecimal: return from.scale == to.scale && from.precision <= to.precision;
    case TypeId::kStruct:
    case TypeId::kList:
    case TypeId::kMap: return CanPromoteFields(from.fields, to.fields);
    default: return false;
  }
}

}  // namespace ticklake::lake::iceberg
