// S3Service: the S3 wire (XML over HTTP) over a BucketStore. The operations: operations.h,
// docs/s3.md.
//
// Threading: as Service; calls share nothing but the stores. Invariants: every answer carries a
// request id; what is refused has changed nothing. Does not: check signatures (aws/door.h), keep
// versions, encrypt, or enforce policies and ACLs: there is one account.
#pragma once

#include <string_view>

#include "aws/service.h"
#include "base/clock.h"
#include "store/buckets/bucket_store.h"

namespace ticklake::aws::s3 {

/// The bucket in which the lake's own tables are seen; nobody can make one of this name.
inline constexpr std::string_view kLakeBucket = "ticklake";

struct S3Options {
  store::BucketStore* buckets = nullptr;  ///< the users'; none: they are elsewhere
  store::BucketStore* lake = nullptr;  ///< has kLakeBucket, see lake_bucket.h; none: no such bucket
  const Clock* clock = &SystemClock();
};

class S3Service : public Service {
 public:
  /// The stores outlive it.
  explicit S3Service(S3Options options) : options_(options) {}

  void Serve(const Request& request, net::HttpReply& reply) override;
  void Refuse(const net::HttpRequest& http, const AwsError& error, const std::string& id,
              net::HttpReply& reply) override;

 private:
  AwsResult<void> Dispatch(const Request& request, net::HttpReply& reply);

  const S3Options options_;
};

}  // namespace ticklake::aws::s3
