// NamePattern: the expressions by which Glue finds tables and functions: regular ones, in which `*`
// after a letter means "any characters", as in "trades*".
//
// Threading: safe once made. Does not: backtrack without bounds; a pattern that would is refused.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "aws/aws_error.h"

namespace ticklake::aws::glue {

class NamePattern {
 public:
  /// An empty text matches everything. InvalidInputException.
  static AwsResult<NamePattern> Make(std::string_view text);
  /// The whole name. InvalidInputException if that costs too much.
  AwsResult<bool> Matches(const std::string& name) const;

 private:
  struct Compiled;
  std::shared_ptr<const Compiled> compiled_;  // nullptr: everything
};

}  // namespace ticklake::aws::glue
