// JsonObject: the fields of one JSON object, as text; what lies deeper is only checked.
//
// Strict: RFC 8259 in UTF-8, without unpaired surrogates, nested at most kMaxDepth levels. Numbers
// keep every digit they were written with. Of equal keys the last one counts.
// Threading: one thread. Does not: keep nested values, or convert anything.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace ticklake::market {

class JsonObject {
 public:
  static constexpr int kMaxDepth = 500;

  enum class Kind { kNull, kBoolean, kNumber, kString, kNested };
  struct Field {
    Kind kind = Kind::kNull;
    std::string_view text;  ///< of a number as written, of a string unescaped; valid until Parse
  };

  JsonObject();
  ~JsonObject();
  JsonObject(JsonObject&&) noexcept;
  JsonObject& operator=(JsonObject&&) noexcept;

  /// Forgets what was read before. kInvalid, with cause and byte, if it is not one JSON object.
  Result<void> Parse(std::string_view json);
  std::optional<Field> Find(std::string_view key) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ticklake::market
