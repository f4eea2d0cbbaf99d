// The Avro schemas of manifests and manifest lists, version 2 (spec "Manifests").
//
// Names, ids and order are the specification's; what is encoded by position follows this order
// (manifest_writer.cc).
#pragma once

#include <string>

#include "base/result.h"
#include "lake/iceberg/metadata.h"

namespace ticklake::lake::iceberg {

/// Field ids that readers look for.
namespace manifest_id {
inline constexpr int kStatus = 0, kSnapshotId = 1, kDataFile = 2, kSequenceNumber = 3,
                     kFileSequenceNumber = 4, kContent = 134, kFilePath = 100, kFileFormat = 101,
                     kPartition = 102, kRecordCount = 103, kFileSize = 104, kColumnSizes = 108,
                     kValueCounts = 109, kNullValueCounts = 110, kNanValueCounts = 137,
                     kLowerBounds = 125, kUpperBounds = 128, kKeyMetadata = 131,
                     kSplitOffsets = 132, kEqualityIds = 135, kSortOrderId = 140;
}  // namespace manifest_id

namespace manifest_list_id {
inline constexpr int kPath = 500, kLength = 501, kSpecId = 502, kContent = 517,
                     kSequenceNumber = 515, kMinSequenceNumber = 516, kAddedSnapshotId = 503,
                     kAddedFiles = 504, kExistingFiles = 505, kDeletedFiles = 506, kAddedRows = 512,
                     kExistingRows = 513, kDeletedRows = 514, kPartitions = 507,
                     kContainsNull = 509, kContainsNan = 518, kLowerBound = 510, kUpperBound = 511,
                     kKeyMetadata = 519;
}  // namespace manifest_list_id

/// The schema of a manifest whose files follow `spec`. kUnsupported when a transform or source
/// column is not known.
Result<std::string> ManifestAvroSchema(const Schema& schema, const PartitionSpec& spec);

const std::string& ManifestListAvroSchema();

}  // namespace ticklake::lake::iceberg
