// Schemas as a crawl finds them: columns with a type, an example and a reason, and how alike two
// schemas are.
//
// Threading: plain values, pure functions. Does not: read files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lake/hive/type.h"

namespace ticklake::lake::crawler {

struct ColumnFacts {
  std::string name;                ///< lower case
  std::string key;                 ///< as the file spells it
  std::optional<hive::Type> type;  ///< nothing: no value was seen
  std::string example;             ///< a value that asked for the type; "" where none is shown
  std::string why;                 ///< what made it this type and no other
};

using Schema = std::vector<ColumnFacts>;

/// AWS's threshold: what is at least this much alike is one table.
inline constexpr double kSimilar = 0.7;

/// What a column without any value becomes.
hive::Type TypeOf(const ColumnFacts& column);

struct MergedType {
  hive::Type type;
  bool conflict = false;  ///< no type holds both but string
};

/// The narrowest type that holds the values of both: bigint and double make double, structs are
/// merged field by field.
MergedType MergeTypes(const hive::Type& a, const hive::Type& b);

/// Takes in the columns of another file of the same table, by name; new ones come last.
void MergeSchemas(Schema& into, const Schema& from);

/// 2 × (columns of the same name) ÷ (columns of both); of these, one whose types only a string can
/// hold together counts half. 1 when neither has any.
double Similarity(const Schema& a, const Schema& b);

/// Names and types, for telling schemas apart quickly.
std::string Fingerprint(const Schema& schema);

/// AsciiLower without spaces around it; "" for text of white space only.
std::string ColumnName(std::string_view text);
/// False for names that SQL cannot write: empty ones, and those with control characters.
bool IsUsableName(std::string_view name);
/// Names that occur again get _1, _2, …; empty ones col<position>.
void MakeNamesUnique(Schema& schema);

}  // namespace ticklake::lake::crawler
