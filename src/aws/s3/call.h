// Call: one S3 request on its way to the handler of its operation, with what all handlers need.
//
// Threading: a call belongs to the thread that serves it. Errors travel as AwsError; the service
// writes them. Does not: dispatch (operations.h) or check who may do what (access.h).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "aws/aws_error.h"
#include "aws/s3/s3_service.h"
#include "aws/service.h"
#include "store/buckets/bucket_store.h"

namespace ticklake::aws::s3 {

struct Operation;

struct Call {
  const Request& request;
  net::HttpReply& reply;
  const S3Options& s3;
  const Operation* operation = nullptr;
  std::string bucket;
  std::string key;
  store::BucketStore* store = nullptr;  ///< that has the bucket
  store::Bucket about;                  ///< the bucket; not of CreateBucket and ListBuckets

  std::optional<std::string> Header(std::string_view name) const;
  std::optional<std::string> Query(std::string_view name) const;
  std::string QueryOr(std::string_view name, std::string_view otherwise) const;
  bool head() const { return request.http.method == "HEAD"; }

  void SendXml(int status, std::string_view body) { reply.Send(status, "application/xml", body); }
  void SendEmpty(int status) { reply.Send(status, "", ""); }
};

/// The store of a bucket: that of the lake for its reserved name, else the users' one.
/// NoSuchBucket, or NotImplemented for CreateBucket, where there is none: buckets are elsewhere
/// then.
AwsResult<store::BucketStore*> StoreOf(const Call& call, const std::string& bucket);

/// A store's error in S3's words. `what` is "bucket" or "bucket/key"; a kNotFound is `missing`.
AwsError FromStore(const Error& error, std::string_view missing = "NoSuchKey");
inline std::unexpected<AwsError> FailStore(const Error& error,
                                           std::string_view missing = "NoSuchKey") {
  return std::unexpected(FromStore(error, missing));
}

AwsError NoSuchBucket(std::string_view bucket);
AwsError NoSuchKey(std::string_view key);
std::unexpected<AwsError> InvalidArgument(std::string_view name, std::string_view value,
                                          std::string_view why);

/// A number of the query. InvalidArgument if it is none or above `most`.
AwsResult<uint64_t> QueryNumber(const Call& call, std::string_view name, uint64_t otherwise,
                                uint64_t most);

/// Passes an AwsError on.
#define S3_TRY(expr)                                        \
  do {                                                      \
    if (auto s3_result = (expr); !s3_result) {              \
      return std::unexpected(std::move(s3_result).error()); \
    }                                                       \
  } while (false)
#define S3_ASSIGN_IMPL(result, lhs, expr)                         \
  auto result = (expr);                                           \
  if (!result) return std::unexpected(std::move(result).error()); \
  lhs = std::move(*result)
#define S3_ASSIGN(lhs, expr) S3_ASSIGN_IMPL(TL_CONCAT(s3_result_, __LINE__), lhs, expr)

}  // namespace ticklake::aws::s3
