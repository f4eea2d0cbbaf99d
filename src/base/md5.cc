#include "base/md5.h"

#include <openssl/evp.h>

#include <array>
#include <cstdlib>

#include "base/bytes.h"

namespace ticklake {

struct Md5::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

// A build of OpenSSL without MD5 can do nothing here.
Md5::Md5() : state_(std::make_unique<State>()) {
  if (EVP_DigestInit_ex(state_->context, EVP_md5(), nullptr) != 1) std::abort();
}

Md5::~Md5() = default;

void Md5::Append(std::string_view data) {
  EVP_DigestUpdate(state_->context, data.data(), data.size());
}

std::string Md5::Finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_DigestFinal_ex(state_->context, digest.data(), &size);
  return Hex({reinterpret_cast<const char*>(digest.data()), size});
}

}  // namespace ticklake
