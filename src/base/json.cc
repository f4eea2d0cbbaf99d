#include "base/json.h"

#include <charconv>
#include <string>

#include <boost/json/basic_parser_impl.hpp>

namespace ticklake {
namespace {

namespace json = boost::json;

/// What json::basic_parser tells what it has seen: as Boost's own, but for on_double. The names are
/// the library's.
// NOLINTBEGIN(readability-identifier-naming)
struct ExactHandler {
  using Error = boost::system::error_code;
  using Text = json::string_view;

  static constexpr std::size_t max_object_size = json::object::max_size();
  static constexpr std::size_t max_array_size = json::array::max_size();
  static constexpr std::size_t max_key_size = json::string::max_size();
  static constexpr std::size_t max_string_size = json::string::max_size();

  bool on_document_begin(Error& /*error*/) { return true; }
  bool on_document_end(Error& /*error*/) { return true; }
  bool on_object_begin(Error& /*error*/) { return true; }
  bool on_object_end(std::size_t count, Error& /*error*/) {
    values.push_object(count);
    return true;
  }
  bool on_array_begin(Error& /*error*/) { return true; }
  bool on_array_end(std::size_t count, Error& /*error*/) {
    values.push_array(count);
    return true;
  }
  bool on_key_part(Text text, std::size_t /*size*/, Error& /*error*/) {
    values.push_chars(text);
    return true;
  }
  bool on_key(Text text, std::size_t /*size*/, Error& /*error*/) {
    values.push_key(text);
    return true;
  }
  bool on_string_part(Text text, std::size_t /*size*/, Error& /*error*/) {
    values.push_chars(text);
    return true;
  }
  bool on_string(Text text, std::size_t /*size*/, Error& /*error*/) {
    values.push_string(text);
    return true;
  }
  bool on_number_part(Text text, Error& /*error*/) {
    number.append(text.data(), text.size());
    return true;
  }
  bool on_int64(std::int64_t value, Text /*text*/, Error& /*error*/) {
    number.clear();
    values.push_int64(value);
    return true;
  }
  bool on_uint64(std::uint64_t value, Text /*text*/, Error& /*error*/) {
    number.clear();
    values.push_uint64(value);
    return true;
  }
  bool on_double(double value, Text text, Error& /*error*/) {
    number.append(text.data(), text.size());
    double exact = value;
    const auto read = std::from_chars(number.data(), number.data() + number.size(), exact);
    values.push_double(read.ec == std::errc() ? exact : value);
    number.clear();
    return true;
  }
  bool on_bool(bool value, Error& /*error*/) {
    values.push_bool(value);
    return true;
  }
  bool on_null(Error& /*error*/) {
    values.push_null();
    return true;
  }
  bool on_comment_part(Text /*text*/, Error& /*error*/) { return true; }
  bool on_comment(Text /*text*/, Error& /*error*/) { return true; }

  json::value_stack values;
  std::string number;  // parts of one
};
// NOLINTEND(readability-identifier-naming)

}  // namespace

json::value ParseJson(std::string_view text, boost::system::error_code& error,
                      const json::parse_options& options) {
  json::basic_parser<ExactHandler> parser(options);
  parser.handler().values.reset();
  const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
  if (!error && read < text.size()) error = json::error::extra_data;
  if (error) return nullptr;
  return parser.handler().values.release();
}

json::value ParseJson(std::string_view text) {
  boost::system::error_code error;
  json::value value = ParseJson(text, error);
  if (error) throw boost::system::system_error(error);
  return value;
}

}  // namespace ticklake
