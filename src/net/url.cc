#include "net/url.h"

#include <charconv>
#include <iterator>

namespace ticklake::net {

Result<std::string> PercentDecode(std::string_view text, bool plus_is_space) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      out += ' ';
    } else if (text[i] == '%') {
      unsigned byte = 0;
      const std::string_view digits = text.substr(i + 1, 2);
      const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
      if (digits.size() != 2 || read.ptr != digits.data() + 2) {
        return Fail(Code::kInvalid, "URL: '%{}' is no escape; write % as %25", digits);
      }
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

Result<Target> ParseTarget(std::string_view target) {
  Target result;
  const size_t mark = target.find('?');
  TL_ASSIGN(result.path, PercentDecode(target.substr(0, mark), false));
  std::string_view rest = mark == std::string_view::npos ? "" : target.substr(mark + 1);
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    TL_ASSIGN(std::string name, PercentDecode(pair.substr(0, equals), true));
    TL_ASSIGN(std::string value,
              PercentDecode(equals == std::string_view::npos ? "" : pair.substr(equals + 1), true));
    result.query[std::move(name)] = std::move(value);
  }
  return result;
}

std::string PercentEncode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    if (plain) {
      out += c;
    } else {
      fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace ticklake::net
