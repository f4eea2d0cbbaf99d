#include "lake/crawler/json_path.h"

#include <boost/json.hpp>
#include <charconv>
#include <optional>
#include <span>

namespace ticklake::lake::crawler {
namespace {

namespace json = boost::json;

std::optional<JsonStep> InBrackets(std::string_view inner) {
  JsonStep step;
  if (inner == "*") return step;
  const bool quoted =
      inner.size() >= 2 && (inner[0] == '\'' || inner[0] == '"') && inner.back() == inner[0];
  if (quoted) {
    step.kind = JsonStep::Kind::kName;
    step.name = inner.substr(1, inner.size() - 2);
    return step;
  }
  step.kind = JsonStep::Kind::kIndex;
  const auto [end, error] = std::from_chars(inner.data(), inner.data() + inner.size(), step.index);
  if (error != std::errc() || end != inner.data() + inner.size()) return std::nullopt;
  return step;
}

void Walk(const json::value& value, std::span<const JsonStep> steps,
          std::vector<const json::value*>& found) {
  if (steps.empty()) {
    found.push_back(&value);
    return;
  }
  const JsonStep& step = steps.front();
  const auto rest = steps.subspan(1);
  if (const auto* array = value.if_array()) {
    if (step.kind == JsonStep::Kind::kAll) {
      for (const json::value& item : *array) Walk(item, rest, found);
    } else if (step.kind == JsonStep::Kind::kIndex && step.index < array->size()) {
      Walk((*array)[step.index], rest, found);
    }
  } else if (const auto* object = value.if_object()) {
    if (step.kind == JsonStep::Kind::kAll) {
      for (const auto& member : *object) Walk(member.value(), rest, found);
    } else if (step.kind == JsonStep::Kind::kName) {
      if (const json::value* member = object->if_contains(step.name)) Walk(*member, rest, found);
    }
  }
}

}  // namespace

Result<std::vector<JsonStep>> ParseJsonPath(std::string_view text) {
  constexpr size_t kMostSteps = 32;
  const auto fail = [&](size_t at) {
    return Fail(Code::kInvalid,
                "JSON path '{}': not understood at character {}; it is $ with .name, ['name'], [0] "
                "and [*] behind it",
                text, at + 1);
  };
  if (!text.starts_with('$')) return fail(0);
  std::vector<JsonStep> steps;
  size_t at = 1;
  while (at < text.size()) {
    if (steps.size() == kMostSteps) return fail(at);
    if (text[at] == '.') {
      const size_t end = std::min(text.find_first_of(".[", at + 1), text.size());
      const std::string_view name = text.substr(at + 1, end - at - 1);
      if (name.empty() || name.find(']') != std::string_view::npos) return fail(at);
      steps.push_back(name == "*" ? JsonStep{}
                                  : JsonStep{JsonStep::Kind::kName, std::string(name), 0});
      at = end;
    } else if (text[at] == '[') {
      const size_t end = text.find(']', at);
      if (end == std::string_view::npos) return fail(at);
      const auto step = InBrackets(text.substr(at + 1, end - at - 1));
      if (!step) return fail(at);
      steps.push_back(*step);
      at = end + 1;
    } else {
      return fail(at);
    }
  }
  return steps;
}

void WalkJsonPath(const json::value& value, const std::vector<JsonStep>& steps,
                  std::vector<const json::value*>& found) {
  Walk(value, steps, found);
}

}  // namespace ticklake::lake::crawler
