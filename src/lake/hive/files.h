// The files of a Hive table: what a query reads below a location.
//
// As Hive has it: everything below the location but what is hidden (a file or folder whose name
// begins with `_` or `.`), empty or excluded; links are not followed. Threading: as the store.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lake/hive/glob.h"
#include "store/object_store.h"

namespace ticklake::lake::hive {

/// Folders below each other that are walked.
inline constexpr int kMaxFolderDepth = 64;
/// Files of one table.
inline constexpr size_t kMaxTableFiles = 1'000'000;

/// True for what Hive passes over: the last part of the key begins with `_` or `.`.
bool IsHidden(std::string_view key);

/// URIs of the data files of a location of `store`, sorted; none if it is not there. `key` names
/// a folder or a single file; "": the whole store. `exclusions` are globs over URIs. kUnsupported:
/// more than kMaxTableFiles.
Result<std::vector<std::string>> ListDataFiles(store::ObjectStore& store, std::string key,
                                               const std::vector<std::string>& exclusions);

}  // namespace ticklake::lake::hive
