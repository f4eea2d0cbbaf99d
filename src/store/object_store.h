// ObjectStore: immutable objects under keys; a directory here, S3 later.
//
// Keys are '/'-separated and relative to the store's root URI ("file:///abs/dir/").
// Threading: safe from any thread. Invariants: an object appears whole or not at all, and a
// successful Put is durable. One conformance suite runs over every implementation.
// Does not: version, lock or cache.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/fs.h"
#include "base/result.h"

namespace ticklake::store {

struct ObjectInfo {
  std::string key;
  uint64_t size = 0;
  Nanos modified = 0;  ///< by the store's wall clock; 0: not known
};

/// What PutAll writes; both parts are the caller's.
struct NewObject {
  std::string key;
  std::string_view data;
};

/// What is directly in a folder.
struct FolderListing {
  std::vector<std::string> folders;  ///< prefixes that end with '/', sorted
  std::vector<ObjectInfo> objects;   ///< sorted by key
  /// Names that are neither, with what they are ("a symbolic link"): only a directory has them.
  std::vector<std::pair<std::string, std::string>> others;
};

/// A file that holds an object's bytes, for readers that open it by its path.
struct LocalFile {
  std::string path;                 ///< absolute
  std::string folder;               ///< all such files of the store lie below it
  std::shared_ptr<const void> pin;  ///< the file stays while this lives; null: as the object does
};

/// One spelling for names of one place: "file:/a" and "file:///a" are "/a", "s3a://b" and "s3n://b"
/// (Hadoop's) are "s3://b"; other URIs stay as they are.
std::string PlainUri(std::string_view uri);

class ObjectStore {
 public:
  virtual ~ObjectStore() = default;
  /// "file:///abs/dir/" or "s3://bucket/prefix/"; always ends with '/'.
  virtual const std::string& RootUri() const = 0;
  /// Further names of the root, that URIs written by others may begin with.
  virtual std::span<const std::string> Aliases() const { return {}; }
  /// Writes or replaces.
  virtual Result<void> Put(const std::string& key, std::string_view data) = 0;
  /// Puts several, each as Put does; durable are all of them when it returns, none of them for
  /// certain when it fails. Cheaper than one Put after the other.
  virtual Result<void> PutAll(std::span<const NewObject> objects);
  /// Writes only if absent; kAlreadyExists otherwise, and nothing is changed.
  virtual Result<void> PutIfAbsent(const std::string& key, std::string_view data) = 0;
  virtual Result<std::string> Get(const std::string& key) = 0;
  /// Up to size bytes from offset; fewer only at the object's end.
  virtual Result<std::string> GetRange(const std::string& key, uint64_t offset, size_t size) = 0;
  virtual Result<ObjectInfo> Head(const std::string& key) = 0;
  /// All objects whose key starts with prefix, sorted by key.
  virtual Result<std::vector<ObjectInfo>> List(const std::string& prefix) = 0;
  /// The objects and folders directly below a prefix that is "" or ends with '/'; one that does
  /// not exist has none. Symbolic links are not followed, unlike everywhere else: a walk ends.
  virtual Result<FolderListing> ListFolder(const std::string& folder);
  /// Fine if it is missing.
  virtual Result<void> Delete(const std::string& key) = 0;
  /// The bytes as a local file, as they are now. kNotFound; kUnsupported if the store has no files.
  virtual Result<LocalFile> Local(const std::string& key);
  /// Removes what writes that a crash cut short have left under prefix, if it was last touched
  /// before that time; how many. Such leftovers are no objects: List does not show them.
  virtual Result<int64_t> RemoveStale(const std::string& prefix, Nanos before);

  /// root URI + key.
  std::string UriOf(std::string_view key) const { return RootUri() + std::string(key); }
  /// The key of a URI below the root, or an alias of it (also of a plain absolute path, and of
  /// "s3a://" and "s3n://", which are Hadoop's for "s3://"); kInvalid elsewhere.
  Result<std::string> KeyOf(std::string_view uri) const;
};

/// A directory as a store. `directory` is made absolute; aliases end with '/'. The FileSystem must
/// outlive it.
Result<std::unique_ptr<ObjectStore>> OpenDirectoryStore(FileSystem& fs,
                                                        const std::string& directory,
                                                        std::vector<std::string> aliases = {});

}  // namespace ticklake::store
