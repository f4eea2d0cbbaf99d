// Names: topic → table, JSON key → column (docs/tables.md, "Names").
//
// Engines compare names without case, so names are folded: lower case, and every character but
// ASCII letters, digits and `_` becomes `_` (a character beyond ASCII: one `_`). The first owner of
// a folded name has it; a later one gets `_` and 8 hexadecimal digits of the CRC-32 of its own
// name. A column whose name differs from its JSON key keeps that key in the field's doc, so that
// the mapping survives in the table itself. Threading: pure functions. Does not: know what exists.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "lake/iceberg/schema.h"

namespace ticklake::lake {

inline constexpr std::string_view kKafkaColumn = "_kafka";
inline constexpr std::string_view kRescuedColumn = "_rescued";
inline constexpr std::string_view kDeadLetterSuffix = "__dlq";
/// Longest name made here; Glue and Hive allow 255.
inline constexpr size_t kMaxNameLength = 128;

/// "Adj Close" → "adj_close"; "" → "_". Longer than kMaxNameLength: as SuffixedName.
std::string FoldName(std::string_view name);

/// FoldName and `_` + CRC-32 (zlib's) of `name`: "a" → "a_e8b7be43"; for collisions.
std::string SuffixedName(std::string_view name);

struct NameChoice {
  std::string name;
  bool collided = false;  ///< worth a warning: the plain name belongs to another
};

/// True if another owner has this folded name.
using NameTaken = std::function<bool(const std::string& name)>;

/// The table of a topic. Names ending in `__dlq` are kept for dead-letter tables.
NameChoice TableName(std::string_view topic, const NameTaken& taken);

/// The column of a JSON key among its siblings. `_kafka` and `_rescued` are taken at top level
/// because such columns exist there.
NameChoice ColumnName(std::string_view key, const NameTaken& taken);

/// What the doc of a column called `column` for `key` must be: "" if they are equal.
std::string KeyDoc(std::string_view key, std::string_view column);

/// The JSON key that a column holds: from its doc; its name when it has no doc; nullopt when the
/// doc is somebody's own text (then every key that folds to the name belongs to it).
std::optional<std::string> KeyOf(std::string_view column, std::string_view doc);

/// KeyOf, with the column's name where the key is unknown.
std::string DisplayKey(std::string_view column, std::string_view doc);

}  // namespace ticklake::lake
