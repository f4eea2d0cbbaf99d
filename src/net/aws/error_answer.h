// What a service of AWS says when it refuses: the code and the message of its XML or JSON.
//
// Threading: plain values.
#pragma once

#include <string>

#include "base/result.h"
#include "net/https_client.h"

namespace ticklake::net {

struct AwsFailure {
  int status = 0;
  std::string code;     ///< "NoSuchKey", "EntityNotFoundException"; "" if the answer has none
  std::string message;  ///< the service's own
};

AwsFailure ReadFailure(const HttpsAnswer& answer);

/// It was refused before anything was done, because there was too much to do: to be repeated.
bool IsThrottling(const AwsFailure& failure);
/// The credentials have run out, or are not known yet or any more.
bool IsExpired(const AwsFailure& failure);

/// As an Error about `what` ("s3://bucket/key"): kNotFound (404), kAuth (401, 403), kUnavailable
/// (throttled, 5xx), kInvalid otherwise; with what to do where that is known.
Error ToError(const AwsFailure& failure, const std::string& what);

}  // namespace ticklake::net
