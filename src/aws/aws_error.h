// AwsError: a failure as AWS's SDKs know it: an HTTP status and a code that programs look at.
//
// Each service writes it in its own form (XML, JSON). Threading: plain values.
#pragma once

#include <expected>
#include <map>
#include <string>
#include <utility>

#include "base/result.h"

namespace ticklake::aws {

struct AwsError {
  int status = 500;                            ///< of HTTP
  std::string code;                            ///< "NoSuchKey", "EntityNotFoundException"
  std::string message;                         ///< thing, cause and next step
  std::map<std::string, std::string> details;  ///< further elements: "BucketName" …
};

template <class T = void>
using AwsResult = std::expected<T, AwsError>;

template <class... Args>
std::unexpected<AwsError> AwsFail(int status, std::string code, fmt::format_string<Args...> format,
                                  Args&&... args) {
  return std::unexpected(
      AwsError{status, std::move(code), fmt::format(format, std::forward<Args>(args)...), {}});
}

/// Whether the disk is full: what files and SQLite then advise; their codes do not tell.
inline bool IsOfFullDisk(const Error& error) { return error.message.contains("free some space"); }

/// The status of a failure for want of room (RFC 4918): S3's and Glue's own errors have none.
inline constexpr int kInsufficientStorage = 507;

}  // namespace ticklake::aws

namespace ticklake {

/// For TL_TRY and TL_ASSIGN in functions that give an AwsResult.
inline std::unexpected<aws::AwsError> Fail(aws::AwsError error) {
  return std::unexpected(std::move(error));
}

}  // namespace ticklake
