#include "net/aws/credentials.h"

#include "base/log.h"
#include "net/aws/credential_sources.h"

namespace ticklake::net {
namespace {

constexpr Nanos kRefreshBefore = 300 * kNanosPerSecond;
constexpr Nanos kTryAgainAfter = 30 * kNanosPerSecond;

Result<AwsCredentials> Find(const CredentialParts& parts) {
  for (const auto source :
       {FromVariables, FromProfile, FromWebIdentity, FromContainer, FromInstance}) {
    TL_ASSIGN(auto found, source(parts));
    if (found) return std::move(*found);
  }
  return Fail(Code::kAuth,
              "AWS credentials: none found in the environment, the profile '{}', a container or an "
              "instance role; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run `aws "
              "configure`",
              parts.config->profile);
}

}  // namespace

Result<AwsCredentials> CredentialChain::Get() {
  const std::lock_guard lock(mutex_);
  const Nanos now = parts_.clock->Now();
  if (known_ && (known_->expires == 0 || now < known_->expires - kRefreshBefore)) return *known_;
  if (known_ && now < retry_at_ && now < known_->expires) return *known_;
  auto fresh = Find(parts_);
  if (fresh) {
    known_ = *fresh;
    return fresh;
  }
  if (!known_ || now >= known_->expires) return fresh;
  spdlog::warn("AWS credentials: {}; using those that still hold for {} s", fresh.error().message,
               (known_->expires - now) / kNanosPerSecond);
  retry_at_ = now + kTryAgainAfter;
  return *known_;
}

void CredentialChain::Forget(const AwsCredentials& refused) {
  const std::lock_guard lock(mutex_);
  if (known_ && known_->access_key == refused.access_key) known_.reset();
}

}  // namespace ticklake::net
