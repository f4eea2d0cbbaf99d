#include "base/uuid.h"

#include <openssl/rand.h>

#include <cstdlib>
#include <cstring>

#include "base/bytes.h"

namespace ticklake {
namespace {

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr size_t kBase64Size = 22;
constexpr size_t kTextSize = 36;

Uuid MarkVersion4(Uuid uuid) {
  uuid.bytes[6] = static_cast<uint8_t>((uuid.bytes[6] & 0x0f) | 0x40);
  uuid.bytes[8] = static_cast<uint8_t>((uuid.bytes[8] & 0x3f) | 0x80);
  return uuid;
}

bool ParseBase64(std::string_view text, Uuid* uuid) {
  uint32_t bits = 0;
  int held = 0;
  size_t at = 0;
  for (const char c : text) {
    const size_t digit = kBase64.find(c);
    if (digit == std::string_view::npos) return false;
    bits = (bits << 6) | static_cast<uint32_t>(digit);
    held += 6;
    if (held >= 8) {
      held -= 8;
      uuid->bytes[at++] = static_cast<uint8_t>(bits >> held);
    }
  }
  return (bits & 0xf) == 0;  // 132 bits for 128: the last four are nothing
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool ParseHex(std::string_view text, Uuid* uuid) {
  size_t digits = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (text[i] != '-') return false;
      continue;
    }
    const int digit = HexDigit(text[i]);
    if (digit < 0) return false;
    auto& byte = uuid->bytes[digits++ / 2];
    byte = static_cast<uint8_t>((byte << 4) | digit);
  }
  return true;
}

}  // namespace

std::string Uuid::ToString() const {
  std::string text = Hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  for (const size_t dash : {20, 16, 12, 8}) text.insert(dash, 1, '-');
  return text;
}

std::string Uuid::ToBase64() const {
  std::string text;
  text.reserve(kBase64Size);
  uint32_t bits = 0;
  int held = 0;
  for (const uint8_t byte : bytes) {
    bits = (bits << 8) | byte;
    for (held += 8; held >= 6; held -= 6) text.push_back(kBase64[(bits >> (held - 6)) & 63]);
  }
  text.push_back(kBase64[(bits << (6 - held)) & 63]);
  return text;
}

Result<Uuid> Uuid::Parse(std::string_view text) {
  Uuid uuid;
  if (text.size() == kBase64Size && ParseBase64(text, &uuid)) return uuid;
  if (text.size() == kTextSize && ParseHex(text, &uuid)) return uuid;
  return Fail(Code::kInvalid, "'{}': not a UUID (36 characters, or 22 of URL-safe base64)",
              text.substr(0, 64));
}

Uuid Uuid::Random() {
  Uuid uuid;
  // Without entropy there is nothing sensible to go on with.
  if (RAND_bytes(uuid.bytes.data(), static_cast<int>(uuid.bytes.size())) != 1) std::abort();
  return MarkVersion4(uuid);
}

Uuid Uuid::From(ticklake::Random& random) {
  Uuid uuid;
  for (size_t i = 0; i < uuid.bytes.size(); i += 8) {
    const uint64_t word = random.Next();
    for (size_t j = 0; j < 8; ++j) uuid.bytes[i + j] = static_cast<uint8_t>(word >> (8 * j));
  }
  return MarkVersion4(uuid);
}

}  // namespace ticklake
