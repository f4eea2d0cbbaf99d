#include "query/name_hint.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace ticklake::query {
namespace {

size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
    }
  }
  return row.back();
}

}  // namespace

std::vector<std::string> NearNames(std::string_view name, const std::vector<std::string>& names) {
  constexpr size_t kLongest = 128;  // letters; beyond, nobody mistyped it
  constexpr size_t kMost = 3;
  if (name.size() > kLongest) return {};
  std::vector<std::pair<size_t, std::string>> near;
  for (const std::string& candidate : names) {
    if (candidate.size() > kLongest) continue;
    const size_t distance = Distance(name, candidate);
    const bool holds = name.size() >= 3 && candidate.find(name) != std::string::npos;
    if (holds || distance <= std::max<size_t>(1, name.size() / 3)) {
      near.emplace_back(distance, candidate);
    }
  }
  std::ranges::sort(near);
  std::vector<std::string> result;
  for (auto& [distance, candidate] : near) {
    if (result.size() < kMost) result.push_back(std::move(candidate));
  }
  return result;
}

}  // namespace ticklake::query
