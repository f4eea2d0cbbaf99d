// JSON paths, as far as AWS Glue's JSON classifiers know them: $, names (.a, ['a']), indices ([0])
// and [*] or .*.
//
// https://docs.aws.amazon.com/glue/latest/dg/custom-classifier.html#custom-classifier-json
// Threading: pure functions.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ticklake::lake::crawler {

struct JsonStep {
  enum class Kind { kName, kIndex, kAll };
  Kind kind = Kind::kAll;
  std::string name;
  size_t index = 0;
};

/// kInvalid names the place where it stops being a path.
Result<std::vector<JsonStep>> ParseJsonPath(std::string_view text);

/// Adds every value that the path leads to.
void WalkJsonPath(const boost::json::value& value, const std::vector<JsonStep>& steps,
                  std::vector<const boost::json::value*>& found);

}  // namespace ticklake::lake::crawler
