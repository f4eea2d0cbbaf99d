// A FileSystem and a Catalog that pass failpoints (failpoints.h) before and after each change.
//
// Threading and errors: as what they wrap. A failpoint's error before a call means that the call is
// not made; after it, that it was made and its answer lost (kOutcomeUnknown from a Catalog).
// Does not: touch reads.
#pragma once

#include <memory>

#include "base/fs.h"
#include "catalog/catalog.h"
#include "cli/failpoints.h"

namespace ticklake::cli {

/// Both outlive it.
std::unique_ptr<FileSystem> NewFailpointFiles(FileSystem& inner, Failpoints& failpoints);
/// `failpoints` outlives it.
std::unique_ptr<catalog::Catalog> NewFailpointCatalog(std::unique_ptr<catalog::Catalog> inner,
                                                      Failpoints& failpoints);

/// What a long-running command does its I/O with: the operating system's files, or the same behind
/// failpoints where TICKLAKE_FAILPOINT is set.
struct IoParts {
  std::unique_ptr<Failpoints> failpoints;  ///< nullptr: none, at no cost
  std::unique_ptr<FileSystem> guarded;     ///< nullptr likewise

  static Result<IoParts> FromEnvironment();
  FileSystem& fs() const { return guarded ? *guarded : PosixFileSystem(); }
};

}  // namespace ticklake::cli
