// JsonReader: typed access to JSON objects, with the first mistake kept instead of thrown.
//
// Read everything, then ask Check() once; after a mistake every answer is an empty value.
// Threading: one thread. Does not: complain about fields that nobody asks for.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ticklake::lake::iceberg {

class JsonReader {
 public:
  /// Parses a whole document; depth is limited. An object is expected.
  static Result<boost::json::object> ParseObject(std::string_view text);
  static Result<boost::json::value> ParseValue(std::string_view text);

  Result<void> Check() const;
  void Complain(std::string_view field, std::string_view wrong);

  int64_t Long(const boost::json::object& object, std::string_view field);
  int32_t Int(const boost::json::object& object, std::string_view field);
  bool Bool(const boost::json::object& object, std::string_view field);
  std::string String(const boost::json::object& object, std::string_view field);
  const boost::json::array& Array(const boost::json::object& object, std::string_view field);
  const boost::json::object& Object(const boost::json::object& object, std::string_view field);

  /// Absent and null are the same.
  std::optional<int64_t> OptionalLong(const boost::json::object& object, std::string_view field);
  std::optional<int32_t> OptionalInt(const boost::json::object& object, std::string_view field);
  bool Has(const boost::json::object& object, std::string_view field) const;

  /// An element of an array that must be an object.
  const boost::json::object& AsObject(const boost::json::value& value, std::string_view what);
  /// A map of texts; other values are kept as their JSON text.
  std::map<std::string, std::string> Strings(const boost::json::object& object);

 private:
  const boost::json::value* Find(const boost::json::object& object, std::string_view field);

  std::string mistake_;
};

}  // namespace ticklake::lake::iceberg
