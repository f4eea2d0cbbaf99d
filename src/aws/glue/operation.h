// Operation: one row of the table of Glue's operations.
//
// The table is the one place that says what is there: requests are dispatched by it, and the list
// in docs/glue.md is checked against it. Threading: handlers run concurrently.
#pragma once

#include <boost/json/object.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/aws_error.h"
#include "aws/service.h"

namespace ticklake::aws::glue {

/// One request: who asks, and the members of its input.
struct Call {
  const Caller& caller;
  const boost::json::object& input;
};

using Handler = std::function<AwsResult<boost::json::object>(const Call&)>;

enum class Access { kRead, kWrite };

struct Operation {
  std::string_view name;  ///< "GetTable"; lives as long as the program
  Access access = Access::kRead;
  Handler handler;            ///< empty: it is refused
  std::string_view why = {};  ///< of a refused one: what to do instead
};

/// The operations of Glue that nobody here carries out, with the reason.
std::vector<Operation> RefusedOperations();

}  // namespace ticklake::aws::glue
