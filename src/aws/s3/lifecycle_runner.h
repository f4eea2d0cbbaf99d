// LifecycleRunner: carries out the lifecycle rules of buckets, as days go by.
//
// Once for each day and each change of a bucket's rules it looks through what they are for, deletes
// the objects that have expired, and aborts uploads that are too old. Threading: one low-priority
// thread of its own; RunOnce may be called instead (not beside). Invariants: an object goes only if
// it is the one that was judged, not one that has replaced it since; nothing goes while the wall
// clock has jumped (base/jump_watch.h), nor in the first hour. Does not: move objects.
#pragma once

#include <chrono>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "aws/s3/lifecycle.h"
#include "base/background.h"
#include "base/clock.h"
#include "base/jump_watch.h"
#include "base/metrics.h"
#include "base/result.h"
#include "store/buckets/bucket_store.h"

namespace ticklake::aws::s3 {

struct LifecycleOptions {
  std::chrono::milliseconds interval{60'000};  ///< between two looks at the buckets' rules
  Metrics* metrics = nullptr;                  ///< outlives it
};

struct LifecycleResult {
  int64_t expired = 0;  ///< objects
  int64_t aborted = 0;  ///< uploads
};

class LifecycleRunner {
 public:
  /// Both outlive it. Nothing runs before Start.
  LifecycleRunner(store::BucketStore& buckets, const Clock& clock,
                  const LifecycleOptions& options = {});

  void Start();
  /// Waits for the page of objects in hand, not for the rest.
  void Stop() { thread_.Stop(); }

  /// One look. A bucket's failure is logged, does not stop the others, and is tried again.
  Result<LifecycleResult> RunOnce() { return RunOnce({}); }

 private:
  struct Done {
    int64_t day = -1;
    std::string rules;
  };
  struct Run;

  Result<LifecycleResult> RunOnce(const std::stop_token& stop);
  void Work(const std::stop_token& stop);
  Result<void> Tend(const store::Bucket& bucket, Run& run);
  Result<void> Expire(const std::string& bucket, const LifecycleRule& rule, Run& run);
  Result<bool> IsFor(const std::string& bucket, const LifecycleRule& rule,
                     const store::Object& listed);
  Result<void> Abort(const std::string& bucket, const std::vector<LifecycleRule>& rules, Run& run);
  void Count(const LifecycleResult& result);

  store::BucketStore& buckets_;
  const Clock& clock_;
  const LifecycleOptions options_;
  JumpWatch wall_;
  std::map<std::string, Done> done_;  // by bucket
  Background thread_;
};

}  // namespace ticklake::aws::s3
