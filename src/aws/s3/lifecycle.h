// Lifecycle: a bucket's rules of what ends when (S3 API, PutBucketLifecycleConfiguration).
//
// Taken is what is carried out here (lifecycle_runner.h): objects expire by age or date, and
// uploads that nobody completes are aborted. What is said of older versions and delete markers is
// taken, too: there are none. Whatever would move objects is refused. Threading: pure functions,
// but for AddExpiration and AddAbort, which write to the call's reply.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/aws_error.h"
#include "aws/s3/call.h"
#include "base/clock.h"
#include "store/buckets/bucket_store.h"

namespace ticklake::aws::s3 {

inline constexpr Nanos kDay = 86'400 * kNanosPerSecond;

struct LifecycleRule {
  std::string id;
  bool enabled = false;
  std::string prefix;
  store::Facts tags;                  ///< an object must have all of them
  std::optional<uint64_t> larger;     ///< bytes that an object has more than
  std::optional<uint64_t> smaller;    ///< likewise, less than
  std::optional<int64_t> days;        ///< objects end at the midnight after so many days
  std::optional<Nanos> date;          ///< a midnight, from which on they end
  std::optional<int64_t> abort_days;  ///< for uploads, as `days`

  bool Expires() const { return enabled && (days || date); }
  /// Whether it is for an object. Needs its key, size and tags.
  bool IsFor(const store::Object& object) const;
  /// When an object, or upload, of that time ends by it.
  std::optional<Nanos> ExpiryOf(Nanos modified) const;
  std::optional<Nanos> AbortOf(Nanos initiated) const;
};

/// MalformedXML, InvalidArgument, InvalidRequest; NotImplemented for what would move objects.
AwsResult<std::vector<LifecycleRule>> ParseLifecycle(std::string_view xml);

/// A good document with an ID in each rule: its own, or one that is made up.
std::string WithRuleIds(const std::string& xml);

/// x-amz-expiration, if a rule of the bucket is for the object.
void AddExpiration(const Call& call, const store::Object& object);

/// x-amz-abort-date and x-amz-abort-rule-id of an upload, likewise.
void AddAbort(const Call& call, const store::MultipartUpload& upload);

}  // namespace ticklake::aws::s3
