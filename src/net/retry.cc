#include "net/retry.h"

#include <algorithm>
#include <charconv>

#include "base/uuid.h"
#include "net/http_date.h"

namespace ticklake::net {
namespace {

uint64_t AnySeed() {
  const auto bytes = Uuid::Random().bytes;
  uint64_t seed = 0;
  for (size_t i = 0; i < sizeof seed; ++i) seed = seed << 8 | bytes[i];
  return seed;
}

}  // namespace

bool RetryBudget::Spend() {
  const std::lock_guard lock(mutex_);
  if (left_ < kRetryCost) return false;
  left_ -= kRetryCost;
  return true;
}

void RetryBudget::Earn() {
  const std::lock_guard lock(mutex_);
  left_ = std::min(capacity_, left_ + 1);
}

Retrier::Retrier(const RetryPolicy& policy, const Clock& clock, RetryBudget& budget)
    : policy_(policy), clock_(clock), budget_(budget), random_(AnySeed()) {}

bool Retrier::Again(std::optional<std::chrono::nanoseconds> retry_after) {
  if (attempts_ >= policy_.attempts || !budget_.Spend()) return false;
  const Nanos longest = std::chrono::nanoseconds(policy_.longest).count();
  const Nanos first = std::chrono::nanoseconds(policy_.first).count();
  const Nanos limit = std::min(longest, first << std::min(attempts_ - 1, 20));
  Nanos wait = random_.Between(0, limit);
  if (retry_after) wait = std::max(wait, std::min<Nanos>(longest, retry_after->count()));
  clock_.SleepFor(std::chrono::nanoseconds(wait));
  ++attempts_;
  return true;
}

bool IsRetryable(int status) {
  switch (status) {
    case 408:
    case 429:
    case 500:
    case 502:
    case 503:
    case 504: return true;
    default: return false;
  }
}

std::optional<std::chrono::nanoseconds> RetryAfter(
    const std::map<std::string, std::string>& headers, const Clock& clock) {
  const auto found = headers.find("retry-after");
  if (found == headers.end()) return std::nullopt;
  const std::string& text = found->second;
  int64_t seconds = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (read.ec == std::errc() && read.ptr == text.data() + text.size()) {
    return std::chrono::seconds(std::clamp<int64_t>(seconds, 0, 86'400));
  }
  const auto date = ParseHttpDate(text);
  if (!date) return std::nullopt;
  return std::chrono::nanoseconds(std::max<Nanos>(0, *date - clock.Now()));
}

}  // namespace ticklake::net
