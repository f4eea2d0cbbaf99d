// Hash: a digest of bytes that arrive in pieces, of one of the kinds that S3 asks for.
//
// MD5 and SHA-1 are for ETags and checksums, not for anything secret. Threading: one thread at a
// time. Does not: HMAC (net/digests).
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace ticklake {

class Hash {
 public:
  enum class Kind { kMd5, kSha1, kSha256 };

  explicit Hash(Kind kind);
  ~Hash();
  Hash(Hash&&) noexcept;
  Hash& operator=(Hash&&) noexcept;

  void Append(std::string_view data);
  /// Bytes: 16, 20 or 32 of them; once.
  std::string Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// 32 hexadecimal digits.
std::string Md5Hex(std::string_view data);

}  // namespace ticklake
