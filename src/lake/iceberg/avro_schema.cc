#include "lake/iceberg/avro_schema.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "lake/iceberg/json_reader.h"

namespace ticklake::lake::iceberg {
namespace json = boost::json;
namespace {

constexpr size_t kMaxFixed = 1 << 20;
constexpr size_t kMaxNamedTypes = 1000;  // each may hold the one before: bounds the depth

constexpr std::array<std::pair<std::string_view, AvroKind>, 8> kPrimitives = {{
    {"null", AvroKind::kNull},
    {"boolean", AvroKind::kBoolean},
    {"int", AvroKind::kInt},
    {"long", AvroKind::kLong},
    {"float", AvroKind::kFloat},
    {"double", AvroKind::kDouble},
    {"bytes", AvroKind::kBytes},
    {"string", AvroKind::kString},
}};

// Parses one schema; named types may be used again once they are complete.
class Parser {
 public:
  Result<AvroTypePtr> Parse(const json::value& value) {
    if (value.is_string()) return ByName(std::string(value.get_string()));
    if (value.is_array()) return Union(value.get_array());
    if (!value.is_object())
      return Fail(Code::kCorrupt, "Avro schema: a type is a {}", json::to_string(value.kind()));
    const json::object& object = value.get_object();
    const json::value* type = object.if_contains("type");
    if (!type) return Fail(Code::kCorrupt, "Avro schema: a type without 'type'");
    if (!type->is_string()) return Parse(*type);
    const std::string kind(type->get_string());
    if (kind == "record" || kind == "error") return Record(object);
    if (kind == "array") return Container(object, AvroKind::kArray, "items");
    if (kind == "map") return Container(object, AvroKind::kMap, "values");
    if (kind == "fixed") return Fixed(object);
    if (kind == "enum") return Enum(object);
    return ByName(kind);
  }

 private:
  Result<AvroTypePtr> ByName(const std::string& name) {
    for (const auto& [text, kind] : kPrimitives) {
      if (text == name) {
        AvroType type;
        type.kind = kind;
        return std::make_shared<const AvroType>(std::move(type));
      }
    }
    const auto known = named_.find(ShortName(name));
    if (known == named_.end()) return Fail(Code::kCorrupt, "Avro schema: no type '{}'", name);
    if (!known->second) {
      return Fail(Code::kUnsupported, "Avro schema: type '{}' holds itself", name);
    }
    return known->second;
  }

  Result<AvroTypePtr> Union(const json::array& array) {
    AvroType type;
    type.kind = AvroKind::kUnion;
    for (const json::value& branch : array) {
      TL_ASSIGN(AvroTypePtr parsed, Parse(branch));
      type.branches.push_back(std::move(parsed));
    }
    if (type.branches.empty()) return Fail(Code::kCorrupt, "Avro schema: an empty union");
    return std::make_shared<const AvroType>(std::move(type));
  }

  Result<AvroTypePtr> Container(const json::object& object, AvroKind kind, const char* member) {
    const json::value* item = object.if_contains(member);
    if (!item) return Fail(Code::kCorrupt, "Avro schema: '{}' is missing", member);
    AvroType type;
    type.kind = kind;
    TL_ASSIGN(AvroTypePtr parsed, Parse(*item));
    type.branches.push_back(std::move(parsed));
    return std::make_shared<const AvroType>(std::move(type));
  }

  Result<AvroTypePtr> Fixed(const json::object& object) {
    AvroType type;
    type.kind = AvroKind::kFixed;
    const int64_t size = reader_.Long(object, "size");
    if (size < 0 || size > static_cast<int64_t>(kMaxFixed)) {
      return Fail(Code::kCorrupt, "Avro schema: fixed of {} bytes", size);
    }
    type.size = static_cast<size_t>(size);
    if (reader_.Has(object, "logicalType")) {
      type.logical_type = reader_.String(object, "logicalType");
    }
    return Named(object, std::move(type));
  }

  Result<AvroTypePtr> Enum(const json::object& object) {
    AvroType type;
    type.kind = AvroKind::kEnum;
    for (const json::value& symbol : reader_.Array(object, "symbols")) {
      type.symbols.emplace_back(symbol.is_string() ? std::string(symbol.get_string()) : "");
    }
    return Named(object, std::move(type));
  }

  Result<AvroTypePtr> Record(const json::object& object) {
    const std::string name = ShortName(reader_.String(object, "name"));
    named_[name] = nullptr;  // being read: a use of it inside would be recursion
    AvroType type;
    type.kind = AvroKind::kRecord;
    for (const json::value& value : reader_.Array(object, "fields")) {
      const json::object& from = reader_.AsObject(value, "fields");
      AvroField field;
      field.name = reader_.String(from, "name");
      field.field_id = reader_.OptionalInt(from, "field-id").value_or(-1);
      TL_TRY(reader_.Check());
      const json::value* field_type = from.if_contains("type");
      if (!field_type)
        return Fail(Code::kCorrupt, "Avro schema: field '{}' has no type", field.name);
      TL_ASSIGN(field.type, Parse(*field_type));
      type.fields.push_back(std::move(field));
    }
    return Named(object, std::move(type));
  }

  Result<AvroTypePtr> Named(const json::object& object, AvroType type) {
    const std::string name = ShortName(reader_.String(object, "name"));
    TL_TRY(reader_.Check());
    auto shared = std::make_shared<const AvroType>(std::move(type));
    if (named_.size() >= kMaxNamedTypes) {
      return Fail(Code::kUnsupported, "Avro schema: more than {} named types", kMaxNamedTypes);
    }
    named_[name] = shared;
    return shared;
  }

  // Iceberg's names need no namespaces to be told apart.
  static std::string ShortName(const std::string& name) {
    return name.substr(name.rfind('.') + 1);  // npos + 1 is 0
  }

  JsonReader reader_;
  std::map<std::string, AvroTypePtr> named_;
};

}  // namespace

int AvroType::FindField(int32_t field_id) const {
  const auto at = std::ranges::find(fields, field_id, &AvroField::field_id);
  return at == fields.end() ? -1 : static_cast<int>(at - fields.begin());
}

int AvroType::FindField(std::string_view name) const {
  const auto at = std::ranges::find(fields, name, &AvroField::name);
  return at == fields.end() ? -1 : static_cast<int>(at - fields.begin());
}

Result<AvroTypePtr> ParseAvroSchema(std::string_view text) {
  TL_ASSIGN(const json::value value, JsonReader::ParseValue(text));
  return Parser().Parse(value);
}

}  // namespace ticklake::lake::iceberg
