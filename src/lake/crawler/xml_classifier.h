// XML classifiers: the elements of one name are the rows of a table.
//
// A column is an attribute of the row, or the elements of one name in it: its type is that of their
// texts (as a CSV cell's), a struct where they have attributes or elements of their own, an array
// where one row has several. A text beside those is the field `_value`. As AWS has it, a row that
// closes itself (<row a="1"/>) is none. Threading: pure functions. Does not: resolve entities but
// the five of XML, or read anything but UTF-8.
#pragma once

#include <expected>
#include <string_view>

#include "lake/crawler/reading.h"

namespace ticklake::lake::crawler {

/// `text` is the beginning of a file; `whole` tells that it is all of it, else what follows its
/// last whole row is not looked at.
std::expected<Classified, Rejection> ClassifyXml(std::string_view text, bool whole,
                                                 const hive::XmlRows& rules);

}  // namespace ticklake::lake::crawler
