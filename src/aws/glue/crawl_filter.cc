#include "aws/glue/crawl_filter.h"

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>

#include "aws/glue/crawler_shapes.h"
#include "base/clock.h"

namespace ticklake::aws::glue {
namespace {

// In the order in which AWS's messages have them.
constexpr std::string_view kFields[] = {"START_TIME", "END_TIME", "STATE", "CRAWL_ID", "DPU_HOUR"};
constexpr std::string_view kOperators[] = {"LT", "EQ", "GT", "NE", "LE", "GE"};

AwsResult<> CheckOneOf(std::span<const std::string_view> known, const std::string& value,
                       const std::string& path) {
  if (std::ranges::find(known, value) != known.end()) return {};
  return AwsFail(400, "ValidationException",
                 "Value '{}' at '{}' failed to satisfy constraint: Member must satisfy enum value "
                 "set: [{}]",
                 value, path, fmt::join(known, ", "));
}

bool IsText(std::string_view field) { return field == "STATE" || field == "CRAWL_ID"; }

double Millis(Nanos time) {
  const Nanos millis = time / kNanosPerMilli;
  return static_cast<double>(millis);
}

}  // namespace

AwsResult<> CrawlFilter::Check() {
  if (IsText(field_)) {
    if (op_ == "EQ" || op_ == "NE") return {};
    return AwsFail(400, "InvalidInputException", "Only EQ or NE operator is allowed for field : {}",
                   field_);
  }
  const char* const end = value_.data() + value_.size();
  const auto [last, failed] = std::from_chars(value_.data(), end, number_);
  if (failed == std::errc() && last == end) return {};
  if (field_ != "DPU_HOUR") {
    if (const auto time = ParseUtc(value_)) {
      number_ = Millis(*time);
      return {};
    }
  }
  return AwsFail(
      400, "InvalidInputException", "Filters: '{}' is no {}", value_,
      field_ == "DPU_HOUR" ? "number of hours" : "time in milliseconds since 1970 or in ISO 8601");
}

AwsResult<std::vector<CrawlFilter>> CrawlFilter::Read(const Members& input) {
  std::vector<CrawlFilter> filters;
  for (const Members& item : input.Objects("Filters", 100)) {
    const std::string path = fmt::format("filters.{}.member", filters.size() + 1);
    const auto shown = [&](std::string_view key) {
      return item.Has(key) ? item.Text(key, kDescription) : "null";
    };
    if (!item.Has("FieldName") || !item.Has("FilterOperator") || !item.Has("FieldValue")) {
      return AwsFail(400, "InvalidInputException",
                     "Invalid Filter Provided: FieldName: {}, FilterOperator: {}, FieldValue: {}",
                     shown("FieldName"), shown("FilterOperator"), shown("FieldValue"));
    }
    CrawlFilter filter(shown("FieldName"), shown("FilterOperator"), shown("FieldValue"));
    TL_TRY(item.Check());
    TL_TRY(CheckOneOf(kFields, filter.field_, path + ".fieldName"));
    TL_TRY(CheckOneOf(kOperators, filter.op_, path + ".filterOperator"));
    TL_TRY(filter.Check());
    filters.push_back(std::move(filter));
  }
  TL_TRY(input.Check());
  return filters;
}

bool CrawlFilter::Holds(double left) const {
  if (op_ == "GT") return left > number_;
  if (op_ == "GE") return left >= number_;
  if (op_ == "LT") return left < number_;
  if (op_ == "LE") return left <= number_;
  return (left == number_) == (op_ == "EQ");
}

bool CrawlFilter::Matches(const lake::crawler::CrawlRecord& record) const {
  if (IsText(field_)) {
    const std::string text =
        field_ == "STATE" ? std::string(Show(record).at("State").as_string()) : CrawlIdOf(record);
    return (text == value_) == (op_ == "EQ");
  }
  if (field_ == "START_TIME") return Holds(Millis(record.started));
  if (field_ == "END_TIME") return record.ended != 0 && Holds(Millis(record.ended));
  return Holds(0);  // DPU_HOUR
}

}  // namespace ticklake::aws::glue
