#include "lake/rows/evolve.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "lake/rows/names.h"

namespace ticklake::lake {
namespace {

using iceberg::Field;
using iceberg::TypeId;
using iceberg::TypePtr;
using Fields = std::vector<Field>;

bool IsSystem(std::string_view name) { return name == kKafkaColumn || name == kRescuedColumn; }

int64_t CountLeaves(const Fields& fields) {
  int64_t count = 0;
  for (const Field& field : fields) {
    if (IsSystem(field.name)) continue;
    count += field.type->fields.empty() ? 1 : CountLeaves(field.type->fields);
  }
  return count;
}

/// Where a new top-level column goes: before the system columns.
Fields::iterator TailOf(Fields& fields) {
  return std::ranges::find_if(fields, [](const Field& f) { return IsSystem(f.name); });
}

bool HasName(const Fields& fields, std::string_view name) {
  return std::ranges::find(fields, name, &Field::name) != fields.end();
}

/// Columns by the JSON keys they hold, or by name where those are not known: a record may have
/// thousands of keys, and a table a thousand columns.
class KeyIndex {
 public:
  void Add(const Field& field, size_t at) {
    if (auto own = KeyOf(field.name, field.doc)) {
      by_key_.try_emplace(*std::move(own), at);
    } else {
      by_name_[field.name] = at;
    }
  }
  std::optional<size_t> Find(const std::string& key) const {
    if (const auto own = by_key_.find(key); own != by_key_.end()) return own->second;
    if (by_name_.empty()) return std::nullopt;
    const auto folded = by_name_.find(FoldName(key));
    return folded == by_name_.end() ? std::nullopt : std::optional(folded->second);
  }

 private:
  std::unordered_map<std::string, size_t> by_key_;
  std::unordered_map<std::string, size_t> by_name_;
};

class Grower {
 public:
  Grower(const GrowOptions& options, int64_t leaves, int32_t* next_id)
      : options_(options), leaves_(leaves), next_id_(next_id) {}

  bool GrowFields(Fields& fields, const Shape& object, int depth);
  Growth& growth() { return growth_; }

 private:
  TypePtr GrowType(const TypePtr& type, const Shape& shape, int depth);
  TypePtr NewType(const Shape& shape, int depth);
  KeyIndex IndexOf(const Fields& fields, bool top) const;
  std::optional<Field> NewField(const Fields& siblings, const std::string& key, const Shape& shape,
                                int depth);

  const GrowOptions& options_;
  int64_t leaves_;
  int32_t* next_id_;
  Growth growth_;
};

KeyIndex Grower::IndexOf(const Fields& fields, bool top) const {
  KeyIndex index;
  for (size_t i = 0; i < fields.size(); ++i) {
    const std::string& name = fields[i].name;
    const bool closed = top && (IsSystem(name) || std::ranges::count(options_.hidden, name) > 0);
    if (!closed) index.Add(fields[i], i);
  }
  return index;
}

TypePtr Grower::NewType(const Shape& shape, int depth) {
  if (depth > kMaxColumnDepth || Contentless(shape)) return nullptr;
  if (shape.kind == ShapeKind::kObject) {
    Fields children;
    GrowFields(children, shape, depth);
    return children.empty() ? nullptr : iceberg::StructType(std::move(children));
  }
  if (shape.kind == ShapeKind::kList) {
    const int32_t id = (*next_id_)++;
    TypePtr element = NewType(shape.element[0], depth + 1);
    if (element == nullptr) return nullptr;
    return iceberg::ListType(
        {.id = id, .name = "element", .required = false, .type = element, .doc = ""});
  }
  if (leaves_ >= kMaxLeafColumns) {
    growth_.full = true;
    return nullptr;
  }
  ++leaves_;
  switch (shape.kind) {
    case ShapeKind::kBoolean: return iceberg::Primitive(TypeId::kBoolean);
    case ShapeKind::kLong: return iceberg::Primitive(TypeId::kLong);
    case ShapeKind::kDouble: return iceberg::Primitive(TypeId::kDouble);
    default: return iceberg::Primitive(TypeId::kString);
  }
}

std::optional<Field> Grower::NewField(const Fields& siblings, const std::string& key,
                                      const Shape& shape, int depth) {
  const auto taken = [&](const std::string& name) { return HasName(siblings, name); };
  const NameChoice choice = ColumnName(key, taken);
  // A second collision takes a forged key, or one in 2^32: such a value is rescued.
  if (choice.collided && taken(choice.name)) return std::nullopt;
  Field field{
      .id = (*next_id_)++, .name = choice.name, .required = false, .type = nullptr, .doc = ""};
  field.doc = KeyDoc(key, choice.name);
  field.type = NewType(shape, depth);
  if (field.type == nullptr) return std::nullopt;
  if (choice.collided) {
    growth_.warnings.push_back(fmt::format(
        "JSON key '{}' is column '{}': another key has the plain name already", key, choice.name));
  }
  return field;
}

TypePtr Grower::GrowType(const TypePtr& type, const Shape& shape, int depth) {
  if (type->id == TypeId::kStruct && shape.kind == ShapeKind::kObject) {
    Fields children = type->fields;
    return GrowFields(children, shape, depth) ? iceberg::StructType(std::move(children)) : nullptr;
  }
  if (type->id == TypeId::kList && shape.kind == ShapeKind::kList && !shape.element.empty()) {
    Field element = type->fields[0];
    element.type = GrowType(element.type, shape.element[0], depth + 1);
    return element.type != nullptr ? iceberg::ListType(std::move(element)) : nullptr;
  }
  const bool fraction = type->id == TypeId::kLong && shape.kind == ShapeKind::kDouble;
  return fraction && !options_.frozen ? iceberg::Primitive(TypeId::kDouble) : nullptr;
}

bool Grower::GrowFields(Fields& fields, const Shape& object, int depth) {
  const bool top = depth == 0;
  bool changed = false;
  KeyIndex index = IndexOf(fields, top);
  for (const auto& [key, shape] : object.fields) {
    if (const auto at = index.Find(key)) {
      if (TypePtr grown = GrowType(fields[*at].type, shape, depth + 1)) {
        fields[*at].type = std::move(grown);
        changed = true;
      }
    } else if (auto fresh = NewField(fields, key, shape, depth + 1)) {
      const auto place = top ? TailOf(fields) : fields.end();
      const bool moves_others =
          !std::all_of(place, fields.end(), [](const Field& f) { return IsSystem(f.name); });
      const auto added = fields.insert(place, *std::move(fresh));
      index.Add(*added, static_cast<size_t>(added - fields.begin()));
      if (moves_others) index = IndexOf(fields, top);
      changed = true;
    }
  }
  return changed;
}

/// Joins columns that only `own` has into a committed schema.
class Adopter {
 public:
  Adopter(int32_t highest_committed, int32_t next_id)
      : highest_committed_(highest_committed), next_id_(next_id) {}

  bool Join(Fields& committed, const Fields& own, bool top) {
    bool changed = false;
    for (const Field& field : own) {
      if (Field* const same = Find(committed, field, top)) {
        if (TypePtr joined = JoinType(same->type, field.type)) {
          same->type = std::move(joined);
          changed = true;
        }
      } else {
        Field fresh = Renumber(field);
        const std::string key = DisplayKey(field.name, field.doc);
        if (HasName(committed, fresh.name)) fresh.name = SuffixedName(key);
        fresh.doc = IsSystem(field.name) ? field.doc : KeyDoc(key, fresh.name);
        fresh.required = false;
        committed.insert(top && !IsSystem(field.name) ? TailOf(committed) : committed.end(),
                         std::move(fresh));
        changed = true;
      }
    }
    return changed;
  }

 private:
  static Field* Find(Fields& fields, const Field& wanted, bool top) {
    const bool system = top && IsSystem(wanted.name);
    const std::string key = DisplayKey(wanted.name, wanted.doc);
    for (Field& field : fields) {
      if (top && IsSystem(field.name) != system) continue;
      if (system ? field.name == wanted.name : DisplayKey(field.name, field.doc) == key) {
        return &field;
      }
    }
    return nullptr;
  }

  TypePtr JoinType(const TypePtr& committed, const TypePtr& own) {
    if (committed->id != own->id) return nullptr;
    if (committed->id == TypeId::kStruct) {
      Fields children = committed->fields;
      return Join(children, own->fields, false) ? iceberg::StructType(std::move(children))
                                                : nullptr;
    }
    if (committed->id == TypeId::kList) {
      Field element = committed->fields[0];
      element.type = JoinType(element.type, own->fields[0].type);
      return element.type != nullptr ? iceberg::ListType(std::move(element)) : nullptr;
    }
    return nullptr;
  }

  int32_t IdFor(int32_t own) { return own > highest_committed_ ? own : next_id_++; }

  Field Renumber(const Field& field) {
    Field out = field;
    out.id = IdFor(field.id);
    if (!field.type->fields.empty()) {
      auto type = std::make_shared<iceberg::Type>(*field.type);
      for (Field& child : type->fields) child = Renumber(child);
      out.type = std::move(type);
    }
    return out;
  }

  int32_t highest_committed_;
  int32_t next_id_;
};

}  // namespace

int64_t CountLeaves(const iceberg::Schema& schema) { return CountLeaves(schema.fields); }

Growth GrowSchema(iceberg::Schema& schema, const Shape& record, const GrowOptions& options,
                  int32_t* next_id) {
  Grower grower(options, CountLeaves(schema.fields), next_id);
  const bool changed = grower.GrowFields(schema.fields, record, 0);
  grower.growth().changed = changed;
  return std::move(grower.growth());
}

iceberg::Schema AdoptSchema(const iceberg::Schema& committed, const iceberg::Schema& own) {
  iceberg::Schema out = committed;
  const int32_t highest = committed.HighestFieldId();
  Adopter(highest, std::max(highest, own.HighestFieldId()) + 1).Join(out.fields, own.fields, true);
  return out;
}

}  // namespace ticklake::lake
