// The slow way through JSON text: strict checking with exact positions, and shapes for inference.
//
// The hot path is another (row_parser.h). A record that it stumbles over, or that has a key
// without a column, comes here once: to learn what is wrong with it, or which columns it asks for.
// Grammar: RFC 8259, without unpaired surrogates, nested at most kMaxJsonDepth levels.
// Threading: pure functions. Does not: build rows.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ticklake::lake {

inline constexpr int kMaxJsonDepth = 500;

enum class ShapeKind {
  kNone,  ///< null: nothing known
  kBoolean,
  kLong,       ///< an integer that fits int64
  kDouble,     ///< has a fraction or an exponent, and is finite
  kOddNumber,  ///< beyond int64 or double: fits no column
  kString,
  kObject,
  kList,
};

struct ShapeMember;

/// What a value holds, as far as column types depend on it.
struct Shape {
  ShapeKind kind = ShapeKind::kNone;
  std::vector<ShapeMember> fields;  ///< kObject: keys with content, each once
  std::vector<Shape> element;       ///< kList: one, all elements merged
};

struct ShapeMember {
  std::string key;
  Shape shape;
};

/// True if no column type follows from it: null, numbers that fit nothing, and objects and lists
/// with nothing else in them.
bool Contentless(const Shape& shape);

/// Takes in another value of the same column. kLong and kDouble make kDouble; kinds that do not
/// mix leave `into` as it is (the first one wins).
void Merge(Shape& into, Shape&& from);

/// The shape of a whole record. kInvalid with cause and byte offset if it is not valid JSON in
/// UTF-8, or not an object.
Result<Shape> ScanRecord(std::string_view text);

/// The valid JSON value at the beginning of `text`; empty if there is none.
std::string_view ScanValue(std::string_view text);

/// True if `text` begins with a value of nulls and empty objects and lists only.
bool BeginsContentless(std::string_view text);

/// Unescapes what stands between the quotes of a JSON string; nullopt if it is malformed.
std::optional<std::string> Unescape(std::string_view body);
/// The same, appended to `out`; false if it is malformed.
bool AppendUnescaped(std::string& out, std::string_view body);

/// Appends `text` (UTF-8) as a JSON string with its quotes.
void AppendJsonString(std::string& out, std::string_view text);

}  // namespace ticklake::lake
