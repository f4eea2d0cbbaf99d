// IcebergCreation: CreateTable with an OpenTableFormatInput: the table's first metadata file.
//
// AWS Glue writes it itself, and so does this: below the table's location, in a bucket or in the
// lake. Threading: safe from any thread. Invariants: the file is durable before the catalog names
// it; what was put for an entry that was not made is taken back. Errors: InvalidInputException
// names the member. Does not: make the catalog's entry, or write format versions other than 2.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "aws/aws_error.h"
#include "aws/glue/lake_uris.h"
#include "aws/glue/members.h"
#include "base/clock.h"
#include "catalog/catalog.h"
#include "lake/table/object_writer.h"
#include "lake/table/table.h"
#include "store/object_store.h"
#include "store/store_set.h"

namespace ticklake::aws::glue {

struct IcebergPlaces {
  catalog::Catalog* catalog = nullptr;
  store::ObjectStore* lake = nullptr;  ///< nullptr: no table lies in the lake
  store::StoreSet* files = nullptr;    ///< nullptr: nothing can be written
  const Clock* clock = nullptr;
};

/// What was put; it can be taken back while nothing names it.
using PutMetadata = std::unique_ptr<lake::ObjectWriter>;

class IcebergCreation {
 public:
  explicit IcebergCreation(const IcebergPlaces& places) : places_(places) {}

  /// Whether an input asks for it.
  static bool IsAskedFor(const Members& input);
  /// The table of CreateIcebergTableInput, which needs no TableInput; else nothing.
  static std::optional<catalog::Table> TableOf(const Members& input, const LakeUris& uris);
  /// Puts the file, and points the table to it.
  AwsResult<PutMetadata> Put(const Members& input, catalog::Table& table);

 private:
  /// Where the table's location is, which is written in the one way that the catalog has for it.
  AwsResult<store::ObjectStore*> Settle(catalog::Table& table);

  const IcebergPlaces places_;
};

}  // namespace ticklake::aws::glue
