// Whether this build has a sanitizer, which puts its own in the place of malloc and operator new,
// and takes memory and time for itself.
//
// Threading: none. Does not: tell one sanitizer from another.
#pragma once

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TICKLAKE_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TICKLAKE_SANITIZED 1
#endif
#endif
#ifndef TICKLAKE_SANITIZED
#define TICKLAKE_SANITIZED 0
#endif

namespace ticklake {

inline constexpr bool kSanitized = TICKLAKE_SANITIZED != 0;

}  // namespace ticklake
