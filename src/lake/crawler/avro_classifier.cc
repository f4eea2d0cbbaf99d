#include "lake/crawler/avro_classifier.h"

#include <boost/json.hpp>
#include <map>
#include <string>

#include "base/ascii.h"
#include "lake/iceberg/avro_file.h"
#include "lake/rows/evolve.h"

namespace ticklake::lake::crawler {
namespace {

namespace json = boost::json;
using hive::Kind;
using hive::Type;

constexpr int kMaxSchemaDepth = kMaxColumnDepth;

Type OfKind(Kind kind) { return {.kind = kind}; }

std::string TextOf(const json::object& object, std::string_view key) {
  const json::value* member = object.if_contains(key);
  return member != nullptr && member->is_string() ? std::string(member->as_string()) : "";
}

int NumberOf(const json::object& object, std::string_view key) {
  const json::value* member = object.if_contains(key);
  return member != nullptr && member->is_int64() ? static_cast<int>(member->as_int64()) : 0;
}

// An Avro schema's types as Hive's. Names are defined where they are first seen; one within
// itself is a text.
class TypeReader {
 public:
  Type Of(const json::value& schema, int depth) {
    if (depth > kMaxSchemaDepth) return OfKind(Kind::kString);
    if (schema.is_string()) return Named(std::string(schema.as_string()));
    if (schema.is_array()) return OfUnion(schema.as_array(), depth);
    if (!schema.is_object()) return OfKind(Kind::kString);
    const json::object& object = schema.as_object();
    const json::value* type = object.if_contains("type");
    if (type == nullptr) return OfKind(Kind::kString);
    if (!type->is_string()) return Of(*type, depth + 1);
    Type made = OfObject(object, std::string(type->as_string()), depth);
    if (const std::string name = TextOf(object, "name"); !name.empty()) {
      names_[name] = made;
      if (const std::string space = TextOf(object, "namespace"); !space.empty()) {
        names_[space + "." + name] = made;
      }
    }
    return made;
  }

 private:
  Type Named(const std::string& name) const {
    static constexpr std::pair<std::string_view, Kind> kPrimitives[] = {
        {"boolean", Kind::kBoolean}, {"int", Kind::kInt},       {"long", Kind::kBigint},
        {"float", Kind::kFloat},     {"double", Kind::kDouble}, {"bytes", Kind::kBinary},
        {"string", Kind::kString}};
    for (const auto& [known, kind] : kPrimitives) {
      if (name == known) return OfKind(kind);
    }
    const auto defined = names_.find(name);
    return defined == names_.end() ? OfKind(Kind::kString) : defined->second;
  }

  Type OfObject(const json::object& object, const std::string& type, int depth) {
    const std::string logical = TextOf(object, "logicalType");
    if (logical == "date") return OfKind(Kind::kDate);
    if (logical.starts_with("timestamp-") || logical.starts_with("local-timestamp-")) {
      return OfKind(Kind::kTimestamp);
    }
    if (logical == "decimal") {
      return {.kind = Kind::kDecimal,
              .precision = NumberOf(object, "precision"),
              .scale = NumberOf(object, "scale")};
    }
    if (type == "enum") return OfKind(Kind::kString);
    if (type == "fixed") return OfKind(Kind::kBinary);
    if (type == "array" || type == "map") {
      const json::value* item = object.if_contains(type == "array" ? "items" : "values");
      Type inner = item == nullptr ? OfKind(Kind::kString) : Of(*item, depth + 1);
      return type == "array" ? hive::ArrayOf(std::move(inner))
                             : hive::MapOf(OfKind(Kind::kString), std::move(inner));
    }
    if (type == "record" || type == "error") return OfRecord(object, depth);
    return Named(type);
  }

  Type OfRecord(const json::object& object, int depth) {
    Type made{.kind = Kind::kStruct};
    const json::value* fields = object.if_contains("fields");
    if (fields == nullptr || !fields->is_array()) return OfKind(Kind::kString);
    for (const json::value& field : fields->as_array()) {
      if (!field.is_object()) continue;
      const std::string name = TextOf(field.as_object(), "name");
      const json::value* type = field.as_object().if_contains("type");
      if (!IsUsableName(name) || type == nullptr) continue;
      made.fields.push_back({name, Of(*type, depth + 1)});
    }
    return made.fields.empty() ? OfKind(Kind::kString) : made;
  }

  // "Or null" is what every column of Hive is.
  Type OfUnion(const json::array& branches, int depth) {
    const json::value* only = nullptr;
    for (const json::value& branch : branches) {
      if (branch.is_string() && branch.as_string() == "null") continue;
      if (only != nullptr) return OfKind(Kind::kString);
      only = &branch;
    }
    return only == nullptr ? OfKind(Kind::kString) : Of(*only, depth + 1);
  }

  std::map<std::string, Type> names_;
};

Rejection Damaged(std::string detail) { return {"damaged Avro", std::move(detail)}; }

std::expected<Schema, Rejection> ColumnsOf(const std::string& text) {
  boost::system::error_code failed;
  json::parse_options options;
  options.max_depth = size_t{4} * kMaxSchemaDepth;
  const json::value schema = json::parse(text, failed, {}, options);
  if (failed) return std::unexpected(Damaged("its schema is no JSON: " + failed.message()));
  const Type type = TypeReader().Of(schema, 0);
  if (type.kind != Kind::kStruct) {
    return std::unexpected(Rejection{"Avro whose values are no records", ""});
  }
  if (type.fields.size() > kMaxColumns) {
    return std::unexpected(
        Rejection{"more columns than a table may have",
                  fmt::format("{}, at most {}", type.fields.size(), kMaxColumns)});
  }
  Schema columns;
  for (const hive::TypeField& field : type.fields) {
    columns.push_back({AsciiLower(field.name), field.name, field.type, "", ""});
  }
  MakeNamesUnique(columns);
  return columns;
}

}  // namespace

std::expected<Classified, Rejection> ClassifyAvro(std::string_view stored, bool whole) {
  auto sketch = iceberg::SketchAvroFile(stored);
  if (!sketch) {
    Rejection damaged = Damaged(sketch.error().message);
    damaged.more_would_help = !whole;
    return std::unexpected(std::move(damaged));
  }
  Classified found;
  found.reading.format = hive::Format::kAvro;
  found.reading.avro_schema = std::move(sketch->metadata["avro.schema"]);
  auto columns = ColumnsOf(found.reading.avro_schema);
  if (!columns) return std::unexpected(columns.error());
  found.reading.schema = std::move(*columns);
  found.reading.certainty = 1;
  found.reading.why.push_back("Avro by its first bytes; columns from the schema in its header");
  found.records = sketch->records;
  found.sampled = sketch->consumed;
  found.whole = whole && sketch->consumed == stored.size();
  return found;
}

}  // namespace ticklake::lake::crawler
