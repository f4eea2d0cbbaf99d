#include "aws/s3/wire_text.h"

#include "base/base64.h"
#include "base/utf8.h"
#include "net/url.h"

namespace ticklake::aws::s3 {

std::string Quoted(std::string_view etag) { return fmt::format("\"{}\"", etag); }

std::string_view ChecksumType(std::string_view checksum) {
  return checksum.contains('-') ? "COMPOSITE" : "FULL_OBJECT";
}

AwsResult<KeyEncoding> KeyEncoding::Of(const Call& call) {
  const auto type = call.Query("encoding-type");
  if (!type || type->empty()) return KeyEncoding{};
  if (*type == "url") return KeyEncoding{.url = true};
  return InvalidArgument("encoding-type", *type, "Invalid Encoding Method specified in Request");
}

std::string KeyEncoding::Encode(std::string_view key) const {
  if (!url) return std::string(key);
  std::string out;
  while (true) {
    const size_t slash = key.find('/');
    out += net::PercentEncode(key.substr(0, slash));
    if (slash == std::string_view::npos) return out;
    out += '/';
    key.remove_prefix(slash + 1);
  }
}

std::string FieldText(std::string_view value) {
  if (IsUtf8(value)) return std::string(value);
  std::string out;
  for (const char c : value) AppendUtf8(out, static_cast<unsigned char>(c));
  return out;
}

std::string MetadataField(std::string_view value) {
  if (IsAscii(value)) return std::string(value);
  return fmt::format("=?UTF-8?B?{}?=", Base64(value));
}

}  // namespace ticklake::aws::s3
