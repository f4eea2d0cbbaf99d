// The CSV classifier: delimiter, quotes, header and column types by AWS's rules.
//
// Delimiters , | tab ; \u0001; at least two columns and two rows. The first row is a header if
// every cell in it is text shorter than 150 bytes and some later row has a value that is no text;
// else columns are col0, col1, … Threading: pure functions.
#pragma once

#include <expected>
#include <string_view>
#include <vector>

#include "lake/crawler/classifier.h"
#include "lake/crawler/reading.h"

namespace ticklake::lake::crawler {

/// `text` is the beginning of a file; `whole` tells that it is all of it, else its last record
/// is not looked at. `rules` are a user's classifier; without them AWS's built-in one.
std::expected<Classified, Rejection> ClassifyCsv(std::string_view text, bool whole,
                                                 const CsvRules& rules = {});

/// What a cell's text is: the type it asks for; nothing for an empty cell (and Hive's \N).
/// Untrimmed, spaces around a value make it a text.
std::optional<hive::Kind> CellKind(std::string_view cell, bool trim = true);

/// "comma", "tab", "^A", …
std::string DelimiterName(char delimiter);

/// The reading of a file whose first row, it turned out, is a header that others have too.
Reading WithHeader(const Reading& reading, const std::vector<std::string>& header);

}  // namespace ticklake::lake::crawler
