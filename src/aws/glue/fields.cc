#include "aws/glue/fields.h"

#include <boost/json.hpp>

#include <algorithm>

namespace ticklake::aws::glue {
namespace {

constexpr size_t kMaxItems = 4000;

void CheckText(const Members& input, const Field& field) {
  const std::string text = input.Text(field.name, field.limits);
  if (field.one_of.empty() || std::ranges::find(field.one_of, text) != field.one_of.end()) return;
  input.RefuseValue(field.name, text,
                    fmt::format("satisfy enum value set: [{}]", fmt::join(field.one_of, ", ")));
}

void Check(const Members& input, const Field& field) {
  switch (field.kind) {
    case Field::Kind::kText: return CheckText(input, field);
    case Field::Kind::kTexts: input.Strings(field.name, kMaxItems, field.limits); return;
    case Field::Kind::kFlag: input.Bool(field.name); return;
    case Field::Kind::kNumber:
      input.Int(field.name, static_cast<int64_t>(field.limits.min),
                static_cast<int64_t>(field.limits.max), 0);
  }
}

}  // namespace

boost::json::object Take(const Members& input, std::span<const Field> fields) {
  boost::json::object taken;
  for (const Field& field : fields) {
    if (field.required) input.RequireMember(field.name);
    if (!input.Has(field.name)) continue;
    Check(input, field);
    taken[field.name] = input.raw().at(field.name);
  }
  return taken;
}

}  // namespace ticklake::aws::glue
