// KeyStore: who may use the AWS door: access keys in one private file, shared by processes.
//
// Of a secret only the states of HMAC are kept: enough to check what it signed (and to sign, for
// who has the file), not to know it (docs/aws-keys.md has the format). Threading: any thread.
// Invariants: changes are atomic and durable; a running door sees them at its next request; while
// the file is there, only its keys are accepted, even when none is left. Does not: say what a key
// may do (the services), or log anything of a secret.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/fs.h"
#include "base/result.h"
#include "net/digests.h"

namespace ticklake::aws {

struct KeySpec {
  std::string name;  ///< for people; "" for none
  bool read_only = false;
  std::optional<std::string> scope;  ///< see Caller::scope
};

struct AccessKey {
  std::string id;  ///< 20 letters and digits, as AWS's; or as the user gave it
  KeySpec spec;
  Nanos created = 0;
  net::HmacSha256Key v4;  ///< net::SecretKey of its secret
  net::HmacSha1Key v2;
};

struct NewKey {
  AccessKey key;
  std::string secret;  ///< to be shown once
};

/// A pair that exists elsewhere already.
struct KeyPair {
  std::string id;
  std::string secret;
};

/// What the file says at one time.
struct KeyRing {
  std::vector<AccessKey> keys;  ///< by age
  net::HmacSha256Key sessions;  ///< of session tokens, see aws/sessions.h

  const AccessKey* Find(std::string_view id) const;
};

class KeyStore {
 public:
  /// `path` need not exist. Both outlive it.
  KeyStore(FileSystem& fs, std::string path) : fs_(fs), path_(std::move(path)) {}

  /// The keys there are; nullptr while there is no file: then any is good. kCorrupt,
  /// kUnsupported (a newer format) and kIo name the file; then none is good.
  Result<std::shared_ptr<const KeyRing>> Keys();

  /// Of a pair that is given, or of a new one. kInvalid: a name, scope, id or secret that is none;
  /// kConflict: an id that there is.
  Result<NewKey> Create(const KeySpec& spec, Nanos now,
                        const std::optional<KeyPair>& given = std::nullopt);
  Result<void> Revoke(const std::string& id);  ///< kNotFound
  const std::string& path() const { return path_; }

 private:
  Result<std::unique_ptr<FileLock>> LockForChange();
  Result<void> Write(const KeyRing& ring);

  FileSystem& fs_;
  const std::string path_;
  std::mutex mutex_;
  std::shared_ptr<const KeyRing> ring_;  // of the file as it was at `read_`
  std::optional<Nanos> read_;            // none: it may have changed since
};

/// The secret of a key of AWS's form: 40 characters of base64, from the system's entropy.
std::string NewSecret();
/// 20 characters: `prefix` ("AKIA", "ASIA") and 16 of A-Z and 2-7.
std::string NewKeyId(std::string_view prefix);

}  // namespace ticklake::aws
