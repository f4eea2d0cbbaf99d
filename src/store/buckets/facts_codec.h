// The bytes of facts and sizes in the index.
//
// Threading: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/buckets/bucket_store.h"

namespace ticklake::store {

std::string EncodeFacts(const Facts& facts);
Result<Facts> DecodeFacts(std::string_view bytes);  ///< kCorrupt

std::string EncodeSizes(const std::vector<uint64_t>& sizes);
Result<std::vector<uint64_t>> DecodeSizes(std::string_view bytes);  ///< kCorrupt

}  // namespace ticklake::store
