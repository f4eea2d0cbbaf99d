// BucketStore: objects under any key in named buckets, with what S3 keeps beside their bytes.
//
// Where ObjectStore is the lake's own small interface, this is a user's S3: a key is any UTF-8 of 1
// to 1,024 bytes ("a//b", "..", "x/" and "x" beside "x/y" are four different objects), objects
// carry metadata, tags and checksums, and change under conditions. Bytes lie in one file an object,
// those of small ones, with facts and order of keys, in an SQLite index (docs/buckets.md). One
// process writes: the first that does, as long as it has the store open; any may read. Threading:
// safe from any thread.
// Invariants: an object appears whole, with its facts, or not at all, and is durable when the call
// returns; a reader keeps the version that it opened. Does not: know HTTP, check signatures or
// digests, or version objects.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/fs.h"
#include "base/result.h"

namespace ticklake::store {

using Facts = std::map<std::string, std::string>;

/// What is kept beside the bytes of an object. The store keeps it as it is.
struct ObjectFacts {
  Facts headers;   ///< content-type, cache-control …; names in lower case
  Facts metadata;  ///< of x-amz-meta-NAME; names in lower case, without the prefix
  Facts tags;
  Facts checksums;   ///< "crc64nvme" -> base64; of the whole object, or "…-N" of N parts
  std::string etag;  ///< without quotes
};

struct Object {
  std::string key;
  uint64_t size = 0;
  Nanos modified = 0;
  ObjectFacts facts;
  std::vector<uint64_t> parts;  ///< sizes, of an object that was made of parts
};

/// An object's bytes, as they were when it was opened; they stay while this lives.
struct OpenObject {
  Object object;
  std::shared_ptr<File> file;
  /// Of that file, for readers that open it by themselves; "": a small object, that has none.
  std::string path;
};

/// Where an object's bytes are, for readers that need no open file.
struct LocatedObject {
  Object object;
  int64_t version = 0;              ///< another one for other bytes
  std::string path;                 ///< of its file; "": it is small
  std::string small;                ///< then these are the bytes
  std::shared_ptr<const void> pin;  ///< the file stays while this lives
};

/// What must hold for a write to happen; checked in the transaction that does it.
struct WriteCondition {
  bool if_absent = false;               ///< If-None-Match: *
  std::optional<std::string> if_match;  ///< the ETag there is, or "*": any
  std::optional<Nanos> if_modified_at;  ///< the one that was made then, and has not been replaced
};

/// An object to be deleted, among others.
struct Doomed {
  std::string key;
  WriteCondition condition = {};
};

/// Bytes on their way into an object, or a part: written to a file that nobody sees, until Finish.
class Upload {
 public:
  virtual ~Upload() = default;  ///< without a finish: nothing remains
  virtual Result<void> Append(std::string_view data) = 0;
  virtual uint64_t size() const = 0;
};

struct Bucket {
  std::string name;
  Nanos created = 0;
  Facts facts;  ///< documents by kind: "cors", "tagging", "policy", "region" …; "" is not kept
};

struct ListRequest {
  std::string prefix;
  std::string after;      ///< only keys (and common prefixes) greater than it
  std::string delimiter;  ///< "" for none; any text
  size_t limit = 1000;    ///< keys and common prefixes together
};

struct ListPage {
  struct Entry {
    Object object;           ///< without tags and metadata
    bool is_prefix = false;  ///< then only object.key is set
  };
  std::vector<Entry> entries;  ///< by the bytes of their keys
  bool more = false;           ///< then `after` = the last entry's key goes on
};

struct MultipartUpload {
  std::string id;
  std::string key;
  Nanos initiated = 0;
  ObjectFacts
      facts;  ///< of the object to be; its "checksums" holds the wanted "algorithm" and "type"
};

struct Part {
  int32_t number = 0;  ///< 1 to 10,000
  uint64_t size = 0;
  Nanos modified = 0;
  std::string etag;
  Facts checksums;
};

class BucketStore {
 public:
  virtual ~BucketStore() = default;

  /// kAlreadyExists; kInvalid: no name for a bucket, of letters, digits, '-', '_' and '.'.
  virtual Result<void> CreateBucket(const Bucket& bucket) = 0;
  virtual Result<Bucket> GetBucket(const std::string& name) = 0;  ///< kNotFound
  virtual Result<std::vector<Bucket>> ListBuckets() = 0;          ///< by name
  /// Replaces one of its facts; "" removes it. kNotFound.
  virtual Result<void> SetBucketFact(const std::string& name, const std::string& kind,
                                     const std::string& value) = 0;
  virtual Result<void> DeleteBucket(const std::string& name) = 0;  ///< kConflict: not empty

  /// kNotFound: no such bucket; kUnavailable: the disk is full.
  virtual Result<std::unique_ptr<Upload>> Begin(const std::string& bucket) = 0;
  /// Makes the bytes the object `key`, replacing what is there. kConflict: the condition does not
  /// hold (kNotFound for if_match without an object). Returns it with size and time set.
  virtual Result<Object> Finish(std::unique_ptr<Upload> upload, const std::string& key,
                                ObjectFacts facts, const WriteCondition& condition) = 0;

  /// kNotFound, naming bucket or key.
  virtual Result<Object> Head(const std::string& bucket, const std::string& key) = 0;
  virtual Result<OpenObject> Open(const std::string& bucket, const std::string& key) = 0;
  /// kUnsupported where nobody may read objects but through the store.
  virtual Result<LocatedObject> Locate(const std::string& bucket, const std::string& key) {
    return Fail(Code::kUnsupported, "object 's3://{}/{}': has no file of its own here", bucket,
                key);
  }
  /// The folder that all files of a bucket's objects lie below; "" where there is none.
  virtual std::string FolderOf(const std::string& /*bucket*/) const { return ""; }
  virtual Result<void> SetTags(const std::string& bucket, const std::string& key,
                               const Facts& tags) = 0;
  /// Fine if it is missing and nothing is asked; kConflict as Finish.
  virtual Result<void> Delete(const std::string& bucket, const std::string& key,
                              const WriteCondition& condition) = 0;
  /// Each as Delete, by several hands: what waits for the disk shares a flush.
  virtual std::vector<Result<void>> DeleteAll(const std::string& bucket,
                                              std::span<const Doomed> objects);
  virtual Result<ListPage> List(const std::string& bucket, const ListRequest& request) = 0;

  virtual Result<MultipartUpload> BeginMultipart(const std::string& bucket, const std::string& key,
                                                 ObjectFacts facts) = 0;
  virtual Result<MultipartUpload> GetMultipart(const std::string& bucket,
                                               const std::string& id) = 0;  ///< kNotFound
  /// Adds or replaces a part.
  virtual Result<Part> FinishPart(std::unique_ptr<Upload> bytes, const MultipartUpload& upload,
                                  Part part) = 0;
  virtual Result<std::vector<Part>> ListParts(const std::string& bucket,
                                              const std::string& id) = 0;  ///< by number
  virtual Result<std::vector<MultipartUpload>> ListMultiparts(
      const std::string& bucket) = 0;  ///< by key, then time
  /// Makes the object of the parts with these numbers, in order; the upload is gone afterwards.
  /// kInvalid: no such part; kUnavailable: one was replaced meanwhile.
  virtual Result<Object> CompleteMultipart(const std::string& bucket, const std::string& id,
                                           const std::vector<int32_t>& parts, ObjectFacts facts,
                                           const WriteCondition& condition) = 0;
  virtual Result<void> AbortMultipart(const std::string& bucket, const std::string& id) = 0;

 protected:
  /// Does `one` for 0 to count - 1, by several hands.
  static std::vector<Result<void>> ByManyHands(size_t count,
                                               const std::function<Result<void>(size_t)>& one);
};

struct BucketOptions {
  /// How long a replaced or deleted file stays, for readers that were given its path.
  Nanos readers_may_take = 600 * kNanosPerSecond;
  /// How often the store looks for files whose time has come.
  std::chrono::nanoseconds look_every = std::chrono::seconds(30);
};

/// Opens, or makes, the buckets below a directory; fs and clock outlive it, and it outlives its
/// uploads. What a crash left half written is removed before the first write. kUnsupported: a newer
/// format.
Result<std::unique_ptr<BucketStore>> OpenBucketStore(FileSystem& fs, const std::string& directory,
                                                     const Clock& clock,
                                                     const BucketOptions& options = {});

}  // namespace ticklake::store
