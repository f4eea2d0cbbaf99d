#include "aws/glue/paging.h"

#include <charconv>

#include "base/bytes.h"

namespace ticklake::aws::glue {
namespace {

constexpr TextLimits kToken{0, 16'384};

// The bytes of a text in hexadecimal; "" for any other.
std::string FromHex(std::string_view text) {
  std::string bytes;
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    uint8_t byte = 0;
    const char* end = text.data() + i + 2;
    if (std::from_chars(text.data() + i, end, byte, 16).ptr != end) return "";
    bytes += static_cast<char>(byte);
  }
  return text.size() % 2 == 0 ? bytes : "";
}

}  // namespace

Page ReadPage(const Members& input, std::string_view operation, size_t most) {
  Page page{operation, most, ""};
  page.limit = static_cast<size_t>(
      input.Int("MaxResults", 1, static_cast<int64_t>(most), static_cast<int64_t>(most)));
  const std::string token = input.Text("NextToken", kToken);
  if (token.empty()) return page;
  const std::string head = std::string(operation) + "\n";
  const std::string text = FromHex(token);
  if (text.size() > head.size() && text.starts_with(head)) {
    page.after = text.substr(head.size());
  } else {
    input.Refuse("NextToken: is none that this operation gave; ask for the first page again");
  }
  return page;
}

void PutNextToken(boost::json::object& answer, const Page& page, const std::string& last) {
  if (!last.empty()) answer["NextToken"] = Hex(std::string(page.operation) + "\n" + last);
}

}  // namespace ticklake::aws::glue
