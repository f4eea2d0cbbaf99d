// The Avro classifier: columns from the schema in an object container file's header.
//
// https://avro.apache.org/docs/1.11.1/specification/#object-container-files. Threading: pure
// functions.
#pragma once

#include <expected>
#include <string_view>

#include "lake/crawler/reading.h"

namespace ticklake::lake::crawler {

/// `stored` is the beginning of a file, or all of it.
std::expected<Classified, Rejection> ClassifyAvro(std::string_view stored, bool whole);

}  // namespace ticklake::lake::crawler
