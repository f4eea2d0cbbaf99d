// Exit statuses of every command, derived from an error's code.
//
// 0 ok, 1 error, 2 usage, 3 not found, 4 auth, 5 unreachable, 6 a check failed,
// 130 interrupted. Scripts rely on them: a change here is a breaking change.
#pragma once

#include "base/result.h"

namespace ticklake::cli {

enum ExitStatus : int {
  kExitOk = 0,
  kExitError = 1,
  kExitUsage = 2,
  kExitNotFound = 3,
  kExitAuth = 4,
  kExitUnreachable = 5,
  kExitCheckFailed = 6,
  kExitInterrupted = 130,
};

inline int ExitStatusOf(const Error& error) {
  switch (error.code) {
    case Code::kNotFound: return kExitNotFound;
    case Code::kAuth: return kExitAuth;
    case Code::kUnavailable:
    case Code::kTimeout: return kExitUnreachable;
    case Code::kCheckFailed: return kExitCheckFailed;
    case Code::kCancelled: return kExitInterrupted;
    default: return kExitError;
  }
}

}  // namespace ticklake::cli
