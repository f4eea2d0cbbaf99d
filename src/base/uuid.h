// 128-bit UUIDs: topics, tables, files.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"

namespace ticklake {

struct Uuid {
  std::array<uint8_t, 16> bytes{};

  auto operator<=>(const Uuid&) const = default;
  bool IsNil() const { return *this == Uuid{}; }

  /// "f81d4fae-7dec-41d0-a765-00a0c91e6bf6"
  std::string ToString() const;
  /// 22 characters, URL-safe base64 without padding: how Kafka prints topic and cluster ids.
  std::string ToBase64() const;

  /// Accepts both forms above.
  static Result<Uuid> Parse(std::string_view text);
  /// A version-4 UUID from the operating system's entropy.
  static Uuid Random();
  /// A version-4 UUID from a seeded stream, for tests and reproducible runs.
  static Uuid From(ticklake::Random& random);
};

}  // namespace ticklake
