// SHA-256, and HMAC keys that are kept without the secret they were made of.
//
// HMAC first absorbs its key: what remains are two states of the hash, from which it can go on but
// nobody gets the secret back. So a key may be stored, and signing needs half the work. Threading:
// plain values; const calls from any thread. Source: FIPS 180-4, RFC 2104.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <openssl/sha.h>

namespace ticklake::net {

using Sha256Bytes = std::array<char, 32>;

/// SHA-256 of bytes that come in pieces.
class Sha256 {
 public:
  Sha256();
  void Update(std::string_view data);
  Sha256Bytes Finish();  ///< once

 private:
  SHA256_CTX state_;
};

/// Lower-case hexadecimal.
std::string Sha256Hex(std::string_view data);

/// Whether both are the same, in time that depends on their sizes only.
bool SameBytes(std::string_view a, std::string_view b);

class HmacSha256Key {
 public:
  /// A key longer than the hash's block of 64 bytes counts by its digest.
  explicit HmacSha256Key(std::string_view secret);
  /// What State returned; nullopt for anything of another size.
  static std::optional<HmacSha256Key> FromState(std::string_view state);
  std::string State() const;  ///< 64 bytes
  Sha256Bytes Sign(std::string_view data) const;

 private:
  using Half = std::array<uint32_t, 8>;
  HmacSha256Key() = default;
  static Sha256Bytes Go(const Half& from, std::string_view data);

  Half inner_{};
  Half outer_{};
};

/// As HmacSha256Key, with SHA-1: for signatures of version 2.
class HmacSha1Key {
 public:
  explicit HmacSha1Key(std::string_view secret);
  static std::optional<HmacSha1Key> FromState(std::string_view state);
  std::string State() const;                      ///< 40 bytes
  std::string Sign(std::string_view data) const;  ///< 20 bytes

 private:
  using Half = std::array<uint32_t, 5>;
  HmacSha1Key() = default;
  static std::string Go(const Half& from, std::string_view data);

  Half inner_{};
  Half outer_{};
};

inline std::string_view View(const Sha256Bytes& bytes) { return {bytes.data(), bytes.size()}; }

}  // namespace ticklake::net
