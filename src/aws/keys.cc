#include "aws/keys.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <openssl/rand.h>

#include "aws/key_file.h"
#include "base/base64.h"
#include "base/private_file.h"
#include "net/sigv4.h"

namespace ticklake::aws {
namespace {

constexpr size_t kMaxText = 128;  // characters of a name, a scope, an id or a secret
constexpr std::string_view kSessionPrefix = "ASIA";

std::string RandomBytes(size_t size) {
  std::string bytes(size, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(size)) != 1) {
    std::abort();  // no entropy: nothing here would be secret
  }
  return bytes;
}

Result<void> CheckText(std::string_view what, std::string_view text) {
  const bool printable = std::ranges::all_of(
      text, [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
  if (text.size() <= kMaxText && printable) return {};
  return Fail(Code::kInvalid, "{}: at most {} characters, and none that does not print", what,
              kMaxText);
}

Result<void> CheckSpec(const KeySpec& spec) {
  TL_TRY(CheckText("--name", spec.name));
  if (!spec.scope) return {};
  TL_TRY(CheckText("--scope", *spec.scope));
  if (!spec.scope->empty() && spec.scope->front() != '/') return {};
  return Fail(Code::kInvalid, "--scope '{}': begins with a bucket: BUCKET or BUCKET/PREFIX",
              *spec.scope);
}

Result<void> CheckPair(const KeyPair& pair) {
  const bool named = std::ranges::all_of(pair.id, [](unsigned char c) {
    return c < 0x80 && (std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.');
  });
  if (!named || pair.id.size() < 3 || pair.id.size() > kMaxText) {
    return Fail(Code::kInvalid, "--id '{}': 3 to {} letters, digits and _-.", pair.id, kMaxText);
  }
  if (pair.id.starts_with(kSessionPrefix)) {
    return Fail(Code::kInvalid, "--id '{}': {}… are the keys of sessions (STS); take another",
                pair.id, kSessionPrefix);
  }
  TL_TRY(CheckText("the secret", pair.secret));
  constexpr size_t kLeast = 8;
  if (pair.secret.size() >= kLeast) return {};
  return Fail(Code::kInvalid, "the secret: at least {} characters", kLeast);
}

}  // namespace

std::string NewSecret() { return Base64(RandomBytes(30)); }

std::string NewKeyId(std::string_view prefix) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string id(prefix);
  for (const char c : RandomBytes(16)) id += kLetters[static_cast<unsigned char>(c) % 32];
  return id;
}

const AccessKey* KeyRing::Find(std::string_view id) const {
  const auto found = std::ranges::find(keys, id, &AccessKey::id);
  return found == keys.end() ? nullptr : &*found;
}

Result<std::shared_ptr<const KeyRing>> KeyStore::Keys() {
  const std::lock_guard lock(mutex_);
  const auto changed = fs_.ModifiedAt(path_);
  if (!changed && changed.error().code == Code::kNotFound) {
    ring_ = nullptr;
    return ring_;
  }
  if (changed && ring_ != nullptr && read_ == *changed) return ring_;
  ring_ = nullptr;
  auto text = fs_.ReadFile(path_);
  if (!text && text.error().code == Code::kNotFound) return ring_;
  if (!text) return Fail(std::move(text).error());
  TL_ASSIGN(KeyRing ring, ParseKeyFile(*text, path_));
  ring_ = std::make_shared<const KeyRing>(std::move(ring));
  // A file system's clock is coarse: another change may bear the same time as one just before.
  constexpr Nanos kSettled = 100 * kNanosPerMilli;
  const bool settled = changed && SystemClock().Now() - *changed > kSettled;
  read_ = settled ? std::optional(*changed) : std::nullopt;
  return ring_;
}

Result<std::unique_ptr<FileLock>> KeyStore::LockForChange() {
  const std::string path = path_ + ".lock";
  auto lock = fs_.Lock(path);
  for (int i = 0; i < 50 && !lock && lock.error().code == Code::kConflict; ++i) {
    SystemClock().SleepFor(std::chrono::milliseconds(20));
    lock = fs_.Lock(path);
  }
  return lock;
}

Result<void> KeyStore::Write(const KeyRing& ring) {
  const std::string temporary = path_ + ".tmp";
  if (const auto gone = fs_.Remove(temporary); !gone && gone.error().code != Code::kNotFound) {
    return gone;
  }
  {
    TL_ASSIGN(const auto file, CreatePrivate(fs_, temporary));
    TL_TRY(file->Append(FormatKeyFile(ring)));
    TL_TRY(file->Sync());
  }
  TL_TRY(fs_.Rename(temporary, path_));
  {
    const std::lock_guard lock(mutex_);
    read_.reset();
  }
  return fs_.SyncDir(ParentPath(path_));
}

Result<NewKey> KeyStore::Create(const KeySpec& spec, Nanos now,
                                const std::optional<KeyPair>& given) {
  TL_TRY(CheckSpec(spec));
  if (given) TL_TRY(CheckPair(*given));
  const KeyPair pair = given ? *given : KeyPair{NewKeyId("AKIA"), NewSecret()};
  TL_ASSIGN(const auto lock, LockForChange());
  TL_ASSIGN(const auto before, Keys());
  KeyRing ring = before != nullptr ? *before : KeyRing{{}, net::HmacSha256Key(RandomBytes(32))};
  if (ring.Find(pair.id) != nullptr) {
    return Fail(Code::kConflict, "key {}: there is one already; `ticklake keys revoke {}` first",
                pair.id, pair.id);
  }
  ring.keys.push_back({.id = pair.id,
                       .spec = spec,
                       .created = now,
                       .v4 = net::SecretKey(pair.secret),
                       .v2 = net::HmacSha1Key(pair.secret)});
  TL_TRY(Write(ring));
  return NewKey{ring.keys.back(), pair.secret};
}

Result<void> KeyStore::Revoke(const std::string& id) {
  TL_ASSIGN(const auto lock, LockForChange());
  TL_ASSIGN(const auto before, Keys());
  if (before == nullptr || before->Find(id) == nullptr) {
    return Fail(Code::kNotFound, "key {}: not in {}; `ticklake keys list` shows the ones there are",
                id, path_);
  }
  KeyRing ring = *before;
  std::erase_if(ring.keys, [&](const AccessKey& key) { return key.id == id; });
  return Write(ring);
}

}  // namespace ticklake::aws
