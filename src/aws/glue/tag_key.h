// Where the tags of a resource are kept: a fact named by its ARN, that goes with what it tags.
//
// Threading: pure functions.
#pragma once

#include <string_view>

#include "aws/aws_error.h"
#include "catalog/catalog.h"

namespace ticklake::aws::glue {

/// "arn:aws:glue:us-east-1:000000000000:table/market/trades" is of that table, "…:crawler/x" is the
/// catalog's own. InvalidInputException if it is no ARN of Glue.
AwsResult<catalog::FactKey> TagKey(std::string_view arn);

}  // namespace ticklake::aws::glue
