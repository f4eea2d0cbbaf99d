// Iceberg tables found as folders: their newest metadata file, and what it says.
//
// Threading: as the store. Does not: read data files or manifests.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "lake/crawler/reading.h"
#include "lake/iceberg/metadata.h"
#include "store/object_store.h"

namespace ticklake::lake::crawler {

struct IcebergFacts {
  std::string metadata_uri;
  iceberg::TableMetadata metadata;
  std::string why;  ///< how the metadata file was chosen
};

/// True if these objects, of a folder called metadata/, are an Iceberg table's.
bool HasIcebergMetadata(const std::vector<store::ObjectInfo>& objects);

/// Reads the newest version: the one that version-hint.text names if it is there, else the
/// highest number. `objects` are those of the folder `metadata/`.
std::expected<IcebergFacts, Rejection> ReadIceberg(store::ObjectStore& store,
                                                   const std::vector<store::ObjectInfo>& objects);

}  // namespace ticklake::lake::crawler
