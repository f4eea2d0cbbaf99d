// Grok classifiers: lines of a log as columns, by a pattern such as
// "%{TIMESTAMP_ISO8601:at} %{LOGLEVEL:level} %{GREEDYDATA:text}".
//
// Names of patterns are Logstash's, as far as kBuiltIn has them; %{NAME:field:type} makes a column,
// of type string, byte, boolean, double, short, int, long or float.
// https://docs.aws.amazon.com/glue/latest/dg/custom-classifier.html#custom-classifier-grok
// Threading: pure functions; a GrokPattern is read only.
#pragma once

#include <boost/regex.hpp>
#include <expected>
#include <string>
#include <string_view>

#include "base/result.h"
#include "lake/crawler/classifier.h"
#include "lake/crawler/reading.h"

namespace ticklake::lake::crawler {

class GrokPattern {
 public:
  /// kInvalid: a name that is not known, a type that is none, no fields, or no regular expression.
  static Result<GrokPattern> Parse(const hive::GrokPatterns& rules);

  bool Matches(std::string_view line) const;
  const Schema& schema() const { return schema_; }

 private:
  GrokPattern() = default;

  boost::regex regex_;
  Schema schema_;
};

/// Certain if every line of the sample matches.
std::expected<Classified, Rejection> ClassifyGrok(std::string_view text, bool whole,
                                                  const hive::GrokPatterns& rules);

}  // namespace ticklake::lake::crawler
