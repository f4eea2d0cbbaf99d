// The XML of S3's answers that an object store reads. For s3_client.cc only.
#pragma once

#include <string>
#include <vector>

#include "store/s3_client.h"

namespace ticklake::store {

/// kCorrupt: it is no such document.
Result<S3Page> ReadListing(const std::string& xml, const std::string& what);
Result<std::string> ReadUploadId(const std::string& xml, const std::string& what);

struct UploadsPage {
  std::vector<S3Upload> uploads;
  std::string next_key;  ///< "" after the last page
  std::string next_id;
};
Result<UploadsPage> ReadUploads(const std::string& xml, const std::string& what);

/// The document that completes an upload.
std::string CompletionXml(const std::vector<S3Part>& parts);

}  // namespace ticklake::store
