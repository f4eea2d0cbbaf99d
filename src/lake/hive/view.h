// HiveView: what a query sees of a Hive table: its layout and the files to read.
//
// Threading: an immutable value. Does not: hold rows.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "lake/hive/layout.h"

namespace ticklake::lake::hive {

struct ViewFile {
  std::string path;      ///< a URI
  size_t partition = 0;  ///< index into partitions; 0 in a table without partition keys
};

struct HiveView {
  Layout layout;
  std::vector<ViewFile> files;
  std::vector<catalog::PartitionValues> partitions;  ///< sorted
};

}  // namespace ticklake::lake::hive
