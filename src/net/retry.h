// Retry: whether, and after how long, a request to a service is tried again.
//
// Waits are random below a limit that doubles ("full jitter"), so that clients that failed together
// do not come back together; a service's Retry-After is waited for. A budget that all requests to a
// service share ends retries when most of them fail: they would only make it worse.
// Threading: a RetryBudget from any thread; a Retrier belongs to one call. Does not: know which
// requests may be repeated.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/random.h"

namespace ticklake::net {

struct RetryPolicy {
  int attempts = 6;                      ///< in all
  std::chrono::milliseconds first{100};  ///< limit of the first wait
  std::chrono::seconds longest{20};      ///< limit of any wait, Retry-After included
};

class RetryBudget {
 public:
  explicit RetryBudget(int capacity = 500) : capacity_(capacity), left_(capacity) {}
  /// Takes what a retry costs; false: there is not enough.
  bool Spend();
  /// A request that went well gives a little back.
  void Earn();

 private:
  static constexpr int kRetryCost = 5;
  std::mutex mutex_;
  const int capacity_;
  int left_;
};

class Retrier {
 public:
  /// `clock` and `budget` outlive it.
  Retrier(const RetryPolicy& policy, const Clock& clock, RetryBudget& budget);
  /// After a failed attempt: waits, and says whether to try again.
  bool Again(std::optional<std::chrono::nanoseconds> retry_after = std::nullopt);
  int attempts() const { return attempts_; }  ///< so far

 private:
  const RetryPolicy policy_;
  const Clock& clock_;
  RetryBudget& budget_;
  Random random_;
  int attempts_ = 1;
};

/// 408, 429 and the 5xx of a service that is busy or between two versions.
bool IsRetryable(int status);

/// Of an answer's Retry-After, in seconds or as a date (RFC 9110, 10.2.3); never negative.
std::optional<std::chrono::nanoseconds> RetryAfter(
    const std::map<std::string, std::string>& headers, const Clock& clock);

}  // namespace ticklake::net
