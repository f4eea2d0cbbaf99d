#include "aws/s3/copy_source.h"

#include <algorithm>

#include "aws/s3/access.h"
#include "aws/s3/address.h"
#include "aws/s3/conditions.h"

namespace ticklake::aws::s3 {

AwsResult<CopySource> ParseCopySource(std::string_view field) {
  constexpr std::string_view kVersion = "?versionId=";
  std::string_view rest = field;
  if (const size_t at = rest.rfind(kVersion); at != std::string_view::npos) {
    const std::string_view version = rest.substr(at + kVersion.size());
    if (version != "null") {
      return InvalidArgument("x-amz-copy-source", field,
                             "Invalid version id specified: objects here have the version null "
                             "only");
    }
    rest = rest.substr(0, at);
  }
  // In this field, unlike a path, S3 takes a plus for a blank: clients write a plus as %2B.
  std::string plain(rest);
  std::ranges::replace(plain, '+', ' ');
  const auto decoded = DecodePath(plain);
  if (!decoded) {
    return InvalidArgument("x-amz-copy-source", field, "Invalid copy source encoding.");
  }
  std::string_view path = *decoded;
  if (path.starts_with('/')) path.remove_prefix(1);
  const size_t slash = path.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == path.size()) {
    return InvalidArgument(
        "x-amz-copy-source", field,
        "Invalid copy source object key: a copy source is bucket/key, percent-encoded");
  }
  CopySource source{std::string(path.substr(0, slash)), std::string(path.substr(slash + 1))};
  S3_TRY(CheckKey(source.key));
  return source;
}

AwsResult<store::OpenObject> OpenCopySource(const Call& call, const CopySource& source) {
  S3_TRY(CheckObjectAccess(call.request.caller, source.bucket, source.key));
  S3_ASSIGN(store::BucketStore* const store, StoreOf(call, source.bucket));
  const auto bucket = store->GetBucket(source.bucket);
  if (!bucket) {
    if (bucket.error().code == Code::kNotFound) {
      return std::unexpected(NoSuchBucket(source.bucket));
    }
    return FailStore(bucket.error());
  }
  auto open = store->Open(source.bucket, source.key);
  if (!open) {
    if (open.error().code == Code::kNotFound) return std::unexpected(NoSuchKey(source.key));
    return FailStore(open.error());
  }
  std::string failed = "x-amz-copy-source-If-None-Match";
  const Conditions conditions = Conditions::Of(call.request.http.headers, "x-amz-copy-source-");
  if (Judge(conditions, open->object, &failed) != Verdict::kGoOn) {
    return PreconditionFailed(failed);
  }
  return std::move(*open);
}

}  // namespace ticklake::aws::s3
