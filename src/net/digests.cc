// The states of a hash are open in OpenSSL's older functions only.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "net/digests.h"

#include <algorithm>

#include <openssl/crypto.h>

#include "base/bytes.h"

namespace ticklake::net {
namespace {

constexpr size_t kBlock = 64;  // bytes, of both hashes

// The key as HMAC mixes it into the first block.
std::string Padded(std::string_view key, char with) {
  std::string block(kBlock, with);
  for (size_t i = 0; i < key.size(); ++i) block[i] = static_cast<char>(block[i] ^ key[i]);
  return block;
}

constexpr char kInner = 0x36;
constexpr char kOuter = 0x5c;

template <size_t N>
void AppendWords(std::string& out, const std::array<uint32_t, N>& words) {
  for (const uint32_t word : words) AppendBig(out, word);
}

template <size_t N>
void LoadWords(std::string_view bytes, std::array<uint32_t, N>& words) {
  for (size_t i = 0; i < N; ++i) words[i] = LoadBig<uint32_t>(bytes.data() + 4 * i);
}

std::array<uint32_t, 8> Absorb256(std::string_view block) {
  SHA256_CTX state;
  SHA256_Init(&state);
  SHA256_Update(&state, block.data(), block.size());
  std::array<uint32_t, 8> words;
  std::copy(std::begin(state.h), std::end(state.h), words.begin());
  return words;
}

std::array<uint32_t, 5> Absorb1(std::string_view block) {
  SHA_CTX state;
  SHA1_Init(&state);
  SHA1_Update(&state, block.data(), block.size());
  return {state.h0, state.h1, state.h2, state.h3, state.h4};
}

}  // namespace

Sha256::Sha256() { SHA256_Init(&state_); }

void Sha256::Update(std::string_view data) { SHA256_Update(&state_, data.data(), data.size()); }

Sha256Bytes Sha256::Finish() {
  Sha256Bytes bytes;
  SHA256_Final(reinterpret_cast<unsigned char*>(bytes.data()), &state_);
  return bytes;
}

std::string Sha256Hex(std::string_view data) {
  Sha256 hash;
  hash.Update(data);
  return Hex(View(hash.Finish()));
}

bool SameBytes(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

HmacSha256Key::HmacSha256Key(std::string_view secret) {
  Sha256Bytes digest;
  if (secret.size() > kBlock) {
    Sha256 hash;
    hash.Update(secret);
    digest = hash.Finish();
    secret = View(digest);
  }
  inner_ = Absorb256(Padded(secret, kInner));
  outer_ = Absorb256(Padded(secret, kOuter));
}

std::optional<HmacSha256Key> HmacSha256Key::FromState(std::string_view state) {
  constexpr size_t kHalf = sizeof(Half);
  if (state.size() != 2 * kHalf) return std::nullopt;
  HmacSha256Key key;
  LoadWords(state.substr(0, kHalf), key.inner_);
  LoadWords(state.substr(kHalf), key.outer_);
  return key;
}

std::string HmacSha256Key::State() const {
  std::string out;
  AppendWords(out, inner_);
  AppendWords(out, outer_);
  return out;
}

Sha256Bytes HmacSha256Key::Go(const Half& from, std::string_view data) {
  SHA256_CTX state;
  SHA256_Init(&state);
  std::ranges::copy(from, std::begin(state.h));
  state.Nl = kBlock * 8;  // bits so far
  SHA256_Update(&state, data.data(), data.size());
  Sha256Bytes bytes;
  SHA256_Final(reinterpret_cast<unsigned char*>(bytes.data()), &state);
  return bytes;
}

Sha256Bytes HmacSha256Key::Sign(std::string_view data) const {
  return Go(outer_, View(Go(inner_, data)));
}

HmacSha1Key::HmacSha1Key(std::string_view secret) {
  std::string digest;
  if (secret.size() > kBlock) {
    digest.resize(SHA_DIGEST_LENGTH);
    SHA1(reinterpret_cast<const unsigned char*>(secret.data()), secret.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
    secret = digest;
  }
  inner_ = Absorb1(Padded(secret, kInner));
  outer_ = Absorb1(Padded(secret, kOuter));
}

std::optional<HmacSha1Key> HmacSha1Key::FromState(std::string_view state) {
  constexpr size_t kHalf = sizeof(Half);
  if (state.size() != 2 * kHalf) return std::nullopt;
  HmacSha1Key key;
  LoadWords(state.substr(0, kHalf), key.inner_);
  LoadWords(state.substr(kHalf), key.outer_);
  return key;
}

std::string HmacSha1Key::State() const {
  std::string out;
  AppendWords(out, inner_);
  AppendWords(out, outer_);
  return out;
}

std::string HmacSha1Key::Go(const Half& from, std::string_view data) {
  SHA_CTX state;
  SHA1_Init(&state);
  state.h0 = from[0];
  state.h1 = from[1];
  state.h2 = from[2];
  state.h3 = from[3];
  state.h4 = from[4];
  state.Nl = kBlock * 8;
  SHA1_Update(&state, data.data(), data.size());
  std::string bytes(SHA_DIGEST_LENGTH, '\0');
  SHA1_Final(reinterpret_cast<unsigned char*>(bytes.data()), &state);
  return bytes;
}

std::string HmacSha1Key::Sign(std::string_view data) const { return Go(outer_, Go(inner_, data)); }

}  // namespace ticklake::net
