#include "base/hash.h"

#include <cstdlib>

#include <openssl/evp.h>

#include "base/bytes.h"

namespace ticklake {
namespace {

const EVP_MD* MethodOf(Hash::Kind kind) {
  switch (kind) {
    case Hash::Kind::kMd5: return EVP_md5();
    case Hash::Kind::kSha1: return EVP_sha1();
    case Hash::Kind::kSha256: break;
  }
  return EVP_sha256();
}

}  // namespace

struct Hash::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

// A build of OpenSSL without one of them can do nothing here.
Hash::Hash(Kind kind) : state_(std::make_unique<State>()) {
  if (EVP_DigestInit_ex(state_->context, MethodOf(kind), nullptr) != 1) std::abort();
}

Hash::~Hash() = default;
Hash::Hash(Hash&&) noexcept = default;
Hash& Hash::operator=(Hash&&) noexcept = default;

void Hash::Append(std::string_view data) {
  EVP_DigestUpdate(state_->context, data.data(), data.size());
}

std::string Hash::Finish() {
  std::string bytes(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  EVP_DigestFinal_ex(state_->context, reinterpret_cast<unsigned char*>(bytes.data()), &size);
  bytes.resize(size);
  return bytes;
}

std::string Md5Hex(std::string_view data) {
  Hash hash(Hash::Kind::kMd5);
  hash.Append(data);
  return Hex(hash.Finish());
}

}  // namespace ticklake
