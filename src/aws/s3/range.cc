#include "aws/s3/range.h"

#include <algorithm>

#include "aws/s3/xml_reader.h"

namespace ticklake::aws::s3 {
namespace {

std::unexpected<AwsError> NotSatisfiable(std::string_view field, uint64_t total) {
  auto failure = AwsFail(416, "InvalidRange", "The requested range is not satisfiable");
  failure.error().details = {{"RangeRequested", std::string(field)},
                             {"ActualObjectSize", std::to_string(total)}};
  return failure;
}

}  // namespace

AwsResult<std::optional<ByteRange>> ParseRange(std::string_view field, uint64_t total) {
  constexpr std::string_view kUnit = "bytes=";
  if (!field.starts_with(kUnit) || field.contains(',')) return std::nullopt;
  const std::string_view spec = field.substr(kUnit.size());
  const size_t dash = spec.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto first = ParseNumber(spec.substr(0, dash));
  const auto last = ParseNumber(spec.substr(dash + 1));
  if (dash == 0) {  // the last bytes
    if (!last) return std::nullopt;
    if (*last == 0 || total == 0) return NotSatisfiable(field, total);
    const uint64_t size = std::min(*last, total);
    return ByteRange{total - size, size};
  }
  if (!first || (!last && dash + 1 != spec.size()) || (last && *last < *first)) return std::nullopt;
  if (*first >= total) return NotSatisfiable(field, total);
  return ByteRange{*first, std::min(last.value_or(total - 1), total - 1) - *first + 1};
}

AwsResult<ByteRange> ParseCopyRange(std::string_view field, uint64_t total) {
  constexpr std::string_view kUnit = "bytes=";
  const size_t dash = field.find('-');
  const auto first = field.starts_with(kUnit) && dash != std::string_view::npos
                         ? ParseNumber(field.substr(kUnit.size(), dash - kUnit.size()))
                         : std::nullopt;
  const auto last = first ? ParseNumber(field.substr(dash + 1)) : std::nullopt;
  if (!first || !last || *last < *first) {
    auto failure = AwsFail(400, "InvalidArgument",
                           "The x-amz-copy-source-range value must be of the form "
                           "bytes=first-last where first and last are the zero-based offsets of "
                           "the first and last bytes to copy");
    failure.error().details = {{"ArgumentName", "x-amz-copy-source-range"},
                               {"ArgumentValue", std::string(field)}};
    return failure;
  }
  if (*last >= total) {
    auto failure = AwsFail(416, "InvalidRange",
                           "Range specified is not valid for source object of size: {}", total);
    failure.error().details["RangeRequested"] = std::string(field);
    return failure;
  }
  return ByteRange{*first, *last - *first + 1};
}

}  // namespace ticklake::aws::s3
