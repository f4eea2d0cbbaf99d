// ObjectWriter: collects one commit's objects, puts them at once and remembers them, so that a
// commit that certainly failed can take them back.
//
// Threading: one thread. Invariants: nothing is in the store before Flush, everything durably
// after it. Does not: delete by itself.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "store/object_store.h"

namespace ticklake::lake {

class ObjectWriter {
 public:
  /// The store must outlive it. location: the table's URI, below the store's root.
  ObjectWriter(store::ObjectStore& store, std::string location);

  /// Takes <location>/metadata/<name> for the next Flush; gives its URI.
  Result<std::string> PutMetadata(const std::string& name, std::string bytes);
  /// Writes what was taken, durably.
  Result<void> Flush();
  /// Best effort: what cannot be deleted is waste, not harm.
  void TakeBack();

 private:
  store::ObjectStore& store_;
  std::string location_;                                    // without a final '/'
  std::vector<std::pair<std::string, std::string>> taken_;  // keys and bytes
  std::vector<std::string> keys_;                           // of what may be in the store
};

/// Deletes objects by URI after a commit. Failures and URIs outside the store are logged only.
void DeleteObjects(store::ObjectStore& store, const std::vector<std::string>& uris);

/// Of "00012-<uuid>.metadata.json" or "v12.metadata.json", in a URI or a key; nullopt of others.
std::optional<int32_t> MetadataNumber(std::string_view uri);
/// "00007-<uuid>.metadata.json" for what comes after "00006-….metadata.json" or "v6.…".
std::string NextMetadataName(std::string_view previous_uri);

}  // namespace ticklake::lake
