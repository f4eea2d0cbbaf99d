// Result<T>: a value or an Error. The only way a failure travels inside Ticklake.
//
// Exceptions come from libraries only and end at the wrapper that calls them.
// An Error's message names the thing, the cause and the next step, in that order:
//   "topic 'trades': partition 7 does not exist; it has partitions 0 to 3".
// Threading: plain values. Does not log, does not abort.
#pragma once

#include <expected>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace ticklake {

/// What kind of failure it is; `ExitStatus` (cli) and wire error codes derive from it.
enum class Code {
  kInvalid,         ///< the caller's input is wrong
  kNotFound,        ///< the named thing does not exist
  kAlreadyExists,   ///< the named thing exists already
  kConflict,        ///< a compare-and-set lost; re-read before trying again
  kUnavailable,     ///< a peer cannot be reached now; trying again may help
  kIo,              ///< a file operation failed
  kCorrupt,         ///< stored or received bytes contradict their own format
  kUnsupported,     ///< understood, but not something this version does
  kAuth,            ///< credentials missing or refused
  kTimeout,         ///< the deadline passed; the outcome may be unknown
  kCancelled,       ///< stopped on request
  kOutcomeUnknown,  ///< a commit may or may not have happened; re-read, never retry blindly
  kCheckFailed,     ///< a verification found a violation
  kInternal,        ///< a bug in Ticklake
};

/// The code's stable lower-case name, for logs and JSON ("not_found").
const char* CodeName(Code code);

struct Error {
  Code code = Code::kInternal;
  std::string message;

  /// The same error with `context` put before its message ("context: message").
  Error Within(std::string_view context) const;
};

template <class T = void>
using Result = std::expected<T, Error>;

/// Makes the failure side of a Result: `return Fail(Code::kIo, "{}: {}", path, why);`
template <class... Args>
std::unexpected<Error> Fail(Code code, fmt::format_string<Args...> format, Args&&... args) {
  return std::unexpected(Error{code, fmt::format(format, std::forward<Args>(args)...)});
}

/// Passes an existing error on.
inline std::unexpected<Error> Fail(Error error) { return std::unexpected(std::move(error)); }

}  // namespace ticklake

#define TL_CONCAT_INNER(a, b) a##b
#define TL_CONCAT(a, b) TL_CONCAT_INNER(a, b)

/// Evaluates a Result<void>; on failure returns its error from the enclosing function.
#define TL_TRY(expr)                                         \
  do {                                                       \
    if (auto tl_result = (expr); !tl_result) {               \
      return ::ticklake::Fail(std::move(tl_result).error()); \
    }                                                        \
  } while (false)

#define TL_ASSIGN_IMPL(result, lhs, expr)                          \
  auto result = (expr);                                            \
  if (!result) return ::ticklake::Fail(std::move(result).error()); \
  lhs = std::move(*result)

/// `TL_ASSIGN(auto x, Compute());` — declares or assigns the value, or returns the error.
#define TL_ASSIGN(lhs, expr) TL_ASSIGN_IMPL(TL_CONCAT(tl_result_, __LINE__), lhs, expr)

/// The coroutine forms: as above with `co_return`.
#define TL_CO_TRY(expr)                                         \
  do {                                                          \
    if (auto tl_result = (expr); !tl_result) {                  \
      co_return ::ticklake::Fail(std::move(tl_result).error()); \
    }                                                           \
  } while (false)
