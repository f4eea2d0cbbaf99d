#include "query/function_list.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace ticklake::query {
namespace {

// Sorted by byte, each name once.
constexpr auto kAllowed = std::to_array<std::string_view>({
#include "query/functions_allowed.inc"
});
constexpr auto kAllowedInFrom = std::to_array<std::string_view>({
#include "query/table_functions_allowed.inc"
});
constexpr auto kRefused = std::to_array<std::string_view>({
#include "query/functions_refused.inc"
});
static_assert(std::ranges::is_sorted(kAllowed) && std::ranges::is_sorted(kAllowedInFrom) &&
              std::ranges::is_sorted(kRefused));

template <size_t N>
bool Has(const std::array<std::string_view, N>& list, std::string_view name) {
  if (std::ranges::binary_search(list, name)) return true;
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::ranges::binary_search(list, std::string_view(lower));
}

}  // namespace

bool IsAllowedFunction(std::string_view name) { return Has(kAllowed, name); }
std::span<const std::string_view> AllowedFunctions() { return kAllowed; }
bool IsAllowedTableFunction(std::string_view name) { return Has(kAllowedInFrom, name); }
bool IsRefusedFunction(std::string_view name) { return Has(kRefused, name); }

}  // namespace ticklake::query
