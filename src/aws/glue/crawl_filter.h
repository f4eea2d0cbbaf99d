// CrawlFilter: one of the Filters of ListCrawls.
//
// Threading: plain values.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "aws/aws_error.h"
#include "aws/glue/members.h"
#include "lake/crawler/crawlers/crawler_store.h"

namespace ticklake::aws::glue {

class CrawlFilter {
 public:
  /// Those of an input. ValidationException: no such field or operator; InvalidInputException: one
  /// that does not go with the field, or a value that is none of it. Times are milliseconds since
  /// 1970, as AWS says, or ISO 8601.
  static AwsResult<std::vector<CrawlFilter>> Read(const Members& input);

  bool Matches(const lake::crawler::CrawlRecord& record) const;

 private:
  CrawlFilter(std::string field, std::string op, std::string value)
      : field_(std::move(field)), op_(std::move(op)), value_(std::move(value)) {}

  bool Holds(double left) const;
  AwsResult<> Check();

  std::string field_;
  std::string op_;
  std::string value_;
  double number_ = 0;  // the value, where the field is none of texts
};

}  // namespace ticklake::aws::glue
