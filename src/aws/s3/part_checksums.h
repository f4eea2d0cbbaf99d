// The checksums of the parts that an object was made of: kept with its own (facts.checksums,
// "parts").
//
// Threading: pure functions. Form: "sha256:VALUE,VALUE…", of COMPOSITE checksums only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aws/s3/checksums.h"
#include "store/buckets/bucket_store.h"

namespace ticklake::aws::s3 {

struct PartChecksums {
  std::optional<Algorithm> algorithm;
  std::vector<std::string> values;  ///< by part; empty where they are not kept

  static PartChecksums Of(const store::ObjectFacts& facts);
  void AddTo(store::ObjectFacts& facts) const;
};

}  // namespace ticklake::aws::s3
