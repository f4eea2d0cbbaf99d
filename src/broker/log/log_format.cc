#include "broker/log/log_format.h"

#include <fmt/format.h>

#include <charconv>

namespace ticklake::broker {
namespace {

constexpr size_t kDigits = 20;

}  // namespace

std::string OffsetName(int64_t offset) { return fmt::format("{:020}", offset); }

std::optional<int64_t> ParseOffsetName(std::string_view name, std::string_view suffix) {
  if (name.size() != kDigits + suffix.size() || !name.ends_with(suffix)) return std::nullopt;
  int64_t offset = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + kDigits, offset);
  if (error != std::errc{} || end != name.data() + kDigits || offset < 0) return std::nullopt;
  return offset;
}

}  // namespace ticklake::broker
