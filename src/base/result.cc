#include "base/result.h"

namespace ticklake {

const char* CodeName(Code code) {
  switch (code) {
    case Code::kInvalid: return "invalid";
    case Code::kNotFound: return "not_found";
    case Code::kAlreadyExists: return "already_exists";
    case Code::kConflict: return "conflict";
    case Code::kUnavailable: return "unavailable";
    case Code::kIo: return "io";
    case Code::kCorrupt: return "corrupt";
    case Code::kUnsupported: return "unsupported";
    case Code::kAuth: return "auth";
    case Code::kTimeout: return "timeout";
    case Code::kCancelled: return "cancelled";
    case Code::kOutcomeUnknown: return "outcome_unknown";
    case Code::kCheckFailed: return "check_failed";
    case Code::kInternal: return "internal";
  }
  return "internal";
}

Error Error::Within(std::string_view context) const {
  return Error{code, fmt::format("{}: {}", context, message)};
}

}  // namespace ticklake
