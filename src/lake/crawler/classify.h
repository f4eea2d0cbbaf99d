// Classifying one file: by the user's classifiers, then by its first bytes and the built-in rules.
//
// Threading: as the store; many files at once.
#pragma once

#include <expected>
#include <span>

#include "lake/crawler/classifier.h"
#include "lake/crawler/reading.h"
#include "store/object_store.h"

namespace ticklake::lake::crawler {

/// Never throws, whatever the file holds. The first of `custom` that is certain wins.
std::expected<Classified, Rejection> ClassifyFile(store::ObjectStore& store,
                                                  const store::ObjectInfo& file,
                                                  std::span<const Classifier> custom = {});

/// The same for the stored beginning of a text file of `size` bytes, packed or not. `limit`: bytes
/// of text that are looked at.
std::expected<Classified, Rejection> ClassifyText(std::string_view stored, uint64_t size,
                                                  std::span<const Classifier> custom = {},
                                                  size_t limit = 1 << 20);

}  // namespace ticklake::lake::crawler
