// Grouping: which files make one table, where its root is, and which folders are partitions.
//
// From the leaves up: the files of a folder are grouped by format, compression and columns; where
// most of the folders in a folder each hold one table and those are alike, they are partitions of
// one table whose root is the folder above; else they are tables of their own. docs/crawler.md
// has every rule with an example. Threading: pure functions on values. Does not: read files, or
// know what is in the catalog.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "lake/crawler/tree.h"

namespace ticklake::lake::crawler {

/// A level of folders below a table's root.
struct Level {
  std::string key;     ///< of key=value folders, lower case; "" for plain ones
  std::string column;  ///< the partition key's name in the table; set when the table is complete

  bool operator==(const Level& other) const { return key == other.key; }
};

struct Part {
  catalog::PartitionValues values;
  std::string folder;  ///< key
  std::shared_ptr<const Schema> schema;
  uint64_t files = 0;
  uint64_t bytes = 0;
  int64_t records = 0;
};

struct FoundTable {
  std::string root;  ///< key of its folder, or of its one file
  std::string hint;  ///< what its name is made of
  Reading reading;   ///< of all its files together
  std::vector<Level> levels;
  std::vector<Part> parts;              ///< one for each folder with files; none without levels
  std::vector<std::string> exclusions;  ///< globs over keys: what lies below root and is not its
  std::vector<std::string> why;         ///< sentences for people
  uint64_t files = 0;
  uint64_t bytes = 0;
  int64_t records = 0;
  std::shared_ptr<const IcebergFacts> iceberg;  ///< then only root, hint and why are set besides
};

struct GroupOptions {
  /// Folders above this level are never a table; the crawled one is level 1. 0: any may be.
  int table_level = 0;
  /// Tables whose files can be read together are one, however little alike their columns are.
  bool combine_compatible = false;
};

/// Every table of the tree, sorted by root.
std::vector<FoundTable> FindTables(const Tree& tree, const GroupOptions& options);

/// "" if files of the two may be in one table; else why not, for people.
std::string WhyApart(const Reading& a, const Reading& b, const GroupOptions& options);

}  // namespace ticklake::lake::crawler
