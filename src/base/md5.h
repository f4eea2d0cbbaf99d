// MD5 of bytes that arrive in pieces: ETags and Content-MD5 of S3, not for anything secret.
//
// Threading: one thread at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace ticklake {

class Md5 {
 public:
  Md5();
  ~Md5();
  Md5(const Md5&) = delete;
  Md5& operator=(const Md5&) = delete;

  void Append(std::string_view data);
  /// 32 hexadecimal digits; once.
  std::string Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ticklake
