// The one table of S3's operations: what selects each, who answers, and what is not served and why.
//
// It feeds dispatch and the page docs/s3.md (a test compares them). Order matters: the first row
// that matches method, level and selector is taken; a selector is names of the query ("uploads",
// "list-type=2", "partNumber&uploadId") and one field ("@x-amz-copy-source"), all of which must be
// there. Threading: constants.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "aws/aws_error.h"

namespace ticklake::aws::s3 {

struct Call;
using Handler = AwsResult<void> (*)(Call&);

enum class Level { kService, kBucket, kObject };

enum class Support {
  kServed,   ///< does what S3 does
  kStored,   ///< kept and given back, with no further effect
  kOff,      ///< answers as S3 does where the feature is not in use
  kRefused,  ///< NotImplemented
};

enum class Access { kRead, kWrite };

struct Operation {
  std::string_view name;
  std::string_view method;
  Level level;
  std::string_view selector;
  Access access;
  Support support;
  std::string_view note;  ///< of kRefused: the reason, as it is told
  Handler handler;        ///< nullptr: refused
};

std::span<const Operation> Operations();

struct RequestShape {
  std::string_view method;
  Level level;
  const std::map<std::string, std::string>& query;
  const std::map<std::string, std::string>& headers;
};

/// The operation of a request. MethodNotAllowed if there is none, also where the query names a
/// sub-resource that the method does not have: DELETE ?lifecycle never deletes the bucket.
AwsResult<const Operation*> FindOperation(const RequestShape& shape);

std::string_view LevelName(Level level);
std::string_view SupportName(Support support);

}  // namespace ticklake::aws::s3
