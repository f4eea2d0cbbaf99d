// Page tokens: where a list goes on, opaque to the client.
#pragma once

#include <optional>
#include <string>

#include "aws/aws_error.h"

namespace ticklake::aws::s3 {

/// Of the last name that was shown.
std::string PageToken(std::string_view last);

/// That name; "" without a token. InvalidArgument for a token that was never given out.
AwsResult<std::string> FromPageToken(const std::optional<std::string>& token);

}  // namespace ticklake::aws::s3
