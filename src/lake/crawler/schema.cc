#include "lake/crawler/schema.h"
#include "base/ascii.h"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <utility>

namespace ticklake::lake::crawler {
namespace {

using hive::Kind;
using hive::Type;

// Rank among integers, from 1; 0: none.
int IntegerRank(Kind kind) {
  switch (kind) {
    case Kind::kTinyint: return 1;
    case Kind::kSmallint: return 2;
    case Kind::kInt: return 3;
    case Kind::kBigint: return 4;
    default: return 0;
  }
}

int DigitsOf(Kind integer) {
  constexpr int kDigits[] = {0, 3, 5, 10, 19};
  return kDigits[IntegerRank(integer)];
}

bool IsFloating(Kind kind) { return kind == Kind::kFloat || kind == Kind::kDouble; }
bool IsText(Kind kind) {
  return kind == Kind::kString || kind == Kind::kVarchar || kind == Kind::kChar;
}
bool IsNumber(Kind kind) {
  return IntegerRank(kind) > 0 || IsFloating(kind) || kind == Kind::kDecimal;
}

Type DecimalOf(int whole, int scale) {
  if (whole + scale > 38) return {.kind = Kind::kDouble};
  return {.kind = Kind::kDecimal, .precision = whole + scale, .scale = scale};
}

Type MergeNumbers(const Type& a, const Type& b) {
  const int rank_a = IntegerRank(a.kind);
  const int rank_b = IntegerRank(b.kind);
  if (rank_a > 0 && rank_b > 0) return rank_a > rank_b ? a : b;
  if (a.kind == Kind::kDecimal || b.kind == Kind::kDecimal) {
    if (IsFloating(a.kind) || IsFloating(b.kind)) return {.kind = Kind::kDouble};
    const auto whole = [](const Type& type) {
      return type.kind == Kind::kDecimal ? type.precision - type.scale : DigitsOf(type.kind);
    };
    return DecimalOf(std::max(whole(a), whole(b)), std::max(a.scale, b.scale));
  }
  const bool small = (a.kind == Kind::kFloat || b.kind == Kind::kFloat) && rank_a < 3 && rank_b < 3;
  const bool both_float = a.kind == Kind::kFloat && b.kind == Kind::kFloat;
  return {.kind = both_float || (small && a.kind != Kind::kDouble && b.kind != Kind::kDouble)
                      ? Kind::kFloat
                      : Kind::kDouble};
}

MergedType MergeStructs(const Type& a, const Type& b) {
  MergedType merged{a, false};
  for (const hive::TypeField& field : b.fields) {
    const auto same = std::ranges::find_if(merged.type.fields, [&](const hive::TypeField& known) {
      return ColumnName(known.name) == ColumnName(field.name);
    });
    if (same == merged.type.fields.end()) {
      merged.type.fields.push_back(field);
      continue;
    }
    MergedType inner = MergeTypes(same->type, field.type);
    same->type = std::move(inner.type);
    merged.conflict = merged.conflict || inner.conflict;
  }
  return merged;
}

std::string Short(const std::string& text) { return text.empty() ? "" : " ('" + text + "')"; }

void MergeColumn(ColumnFacts& into, const ColumnFacts& from) {
  if (!from.type) return;
  if (!into.type) {
    into.type = from.type;
    into.example = from.example;
    into.why = from.why;
    return;
  }
  if (*into.type == *from.type) {
    if (into.example.empty()) into.example = from.example;
    return;
  }
  MergedType merged = MergeTypes(*into.type, *from.type);
  if (merged.type == *into.type && !merged.conflict) return;
  into.why = fmt::format("{}{} in one file and {}{} in another", hive::ToText(*into.type),
                         Short(into.example), hive::ToText(*from.type), Short(from.example));
  if (merged.type == *from.type) into.example = from.example;
  into.type = std::move(merged.type);
}

}  // namespace

Type TypeOf(const ColumnFacts& column) { return column.type.value_or(Type{}); }

MergedType MergeTypes(const Type& a, const Type& b) {
  if (a == b) return {a, false};
  if (IsNumber(a.kind) && IsNumber(b.kind)) return {MergeNumbers(a, b), false};
  if (IsText(a.kind) && IsText(b.kind)) return {{.kind = Kind::kString}, false};
  if (a.kind == b.kind && a.kind == Kind::kStruct) return MergeStructs(a, b);
  if (a.kind == b.kind && (a.kind == Kind::kArray || a.kind == Kind::kMap)) {
    MergedType merged{a, false};
    for (size_t i = 0; i < a.fields.size() && i < b.fields.size(); ++i) {
      MergedType inner = MergeTypes(a.fields[i].type, b.fields[i].type);
      merged.type.fields[i].type = std::move(inner.type);
      merged.conflict = merged.conflict || inner.conflict;
    }
    return merged;
  }
  return {{.kind = Kind::kString}, true};
}

void MergeSchemas(Schema& into, const Schema& from) {
  std::unordered_map<std::string, size_t> known;
  for (size_t i = 0; i < into.size(); ++i) known.emplace(into[i].name, i);
  for (const ColumnFacts& column : from) {
    const auto found = known.find(column.name);
    if (found == known.end()) {
      into.push_back(column);
    } else {
      MergeColumn(into[found->second], column);
    }
  }
}

double Similarity(const Schema& a, const Schema& b) {
  if (a.empty() && b.empty()) return 1;
  std::unordered_map<std::string, const ColumnFacts*> known;
  for (const ColumnFacts& column : a) known.emplace(column.name, &column);
  double common = 0;
  for (const ColumnFacts& column : b) {
    const auto found = known.find(column.name);
    if (found == known.end()) continue;
    const bool fits = !column.type || !found->second->type ||
                      !MergeTypes(*column.type, *found->second->type).conflict;
    common += fits ? 1 : 0.5;
  }
  return 2 * common / static_cast<double>(a.size() + b.size());
}

std::string Fingerprint(const Schema& schema) {
  std::string text;
  for (const ColumnFacts& column : schema) {
    text +=
        column.name + '\0' + column.key + '\0' + (column.type ? hive::ToText(*column.type) : "");
    text += '\1';
  }
  return text;
}

bool IsUsableName(std::string_view name) {
  return !name.empty() && std::ranges::none_of(name, [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
}

std::string ColumnName(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return AsciiLower(text);
}

void MakeNamesUnique(Schema& schema) {
  std::set<std::string> taken;
  for (size_t i = 0; i < schema.size(); ++i) {
    std::string& name = schema[i].name;
    if (name.empty()) name = fmt::format("col{}", i);
    const std::string plain = name;
    for (int n = 1; !taken.insert(name).second; ++n) name = fmt::format("{}_{}", plain, n);
  }
}

}  // namespace ticklake::lake::crawler
