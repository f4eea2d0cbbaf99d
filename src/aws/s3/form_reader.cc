#include "aws/s3/form_reader.h"

#include <algorithm>
#include <cctype>
#include <cstring>

namespace ticklake::aws::s3 {
namespace {

constexpr size_t kPiece = 64 << 10;
constexpr size_t kMaxHead = 8 << 10;

std::unexpected<AwsError> Malformed(std::string_view why) {
  return AwsFail(400, "MalformedPOSTRequest",
                 "The body of your POST request is not well-formed multipart/form-data: {}", why);
}

// The value of `name="…"` or name=… in a field such as Content-Disposition.
std::optional<std::string> Parameter(std::string_view field, std::string_view name) {
  for (size_t at = field.find(';'); at < field.size(); at = field.find(';', at + 1)) {
    std::string_view rest = field.substr(at + 1);
    while (rest.starts_with(' ')) rest.remove_prefix(1);
    if (!rest.starts_with(name) || !rest.substr(name.size()).starts_with('=')) continue;
    rest.remove_prefix(name.size() + 1);
    if (rest.starts_with('"')) {
      const size_t end = rest.find('"', 1);
      if (end == std::string_view::npos) return std::nullopt;
      return std::string(rest.substr(1, end - 1));
    }
    return std::string(rest.substr(0, rest.find(';')));
  }
  return std::nullopt;
}

bool SameName(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

AwsResult<FormReader::Part> ParseHead(std::string_view head) {
  FormReader::Part part;
  bool named = false;
  while (!head.empty()) {
    const size_t end = std::min(head.find("\r\n"), head.size());
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(std::min(end + 2, head.size()));
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) return Malformed("a line of a part's head has no ':'");
    std::string_view value = line.substr(colon + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    if (SameName(line.substr(0, colon), "content-disposition")) {
      const auto name = Parameter(value, "name");
      named = name.has_value();
      part.name = name.value_or("");
      part.filename = Parameter(value, "filename");
    } else if (SameName(line.substr(0, colon), "content-type")) {
      part.content_type = value;
    }
  }
  if (!named) return Malformed("a part has no name");
  return part;
}

}  // namespace

AwsResult<FormReader> FormReader::Open(std::string_view content_type, Payload& payload) {
  const auto boundary = Parameter(content_type, "boundary");
  if (!content_type.starts_with("multipart/form-data") || !boundary || boundary->empty() ||
      boundary->size() > 200) {
    return AwsFail(412, "PreconditionFailed",
                   "Bucket POST must be of the enclosure-type multipart/form-data");
  }
  return FormReader(payload, "\r\n--" + *boundary);
}

AwsResult<void> FormReader::Fill(size_t size) {
  while (!ended_ && pending_.size() < size) {
    const size_t have = pending_.size();
    pending_.resize(have + kPiece);
    const auto got = payload_->Read(pending_.data() + have, kPiece);
    pending_.resize(have + (got ? *got : 0));
    if (!got) return std::unexpected(got.error());
    ended_ = *got == 0;
  }
  return {};
}

AwsResult<size_t> FormReader::Read(char* buffer, size_t size) {
  if (!in_part_) return 0;
  if (auto filled = Fill(mark_.size() + 1); !filled) return std::unexpected(filled.error());
  const size_t mark = pending_.find(mark_);
  if (mark == std::string::npos && ended_) return Malformed("it ends inside a part");
  // Up to the mark; without one, all that cannot be its beginning.
  const size_t safe = mark == std::string::npos ? pending_.size() - mark_.size() + 1 : mark;
  if (safe == 0) {
    in_part_ = false;
    pending_.erase(0, mark_.size());
    return 0;
  }
  const size_t give = std::min(size, safe);
  std::memcpy(buffer, pending_.data(), give);
  pending_.erase(0, give);
  return give;
}

AwsResult<std::optional<FormReader::Part>> FormReader::Next() {
  std::string skipped(4096, '\0');
  while (in_part_) {
    if (auto got = Read(skipped.data(), skipped.size()); !got) return std::unexpected(got.error());
  }
  if (auto filled = Fill(2); !filled) return std::unexpected(filled.error());
  if (pending_.starts_with("--")) return std::nullopt;
  if (!pending_.starts_with("\r\n")) return Malformed("a boundary is not followed by a line's end");
  size_t end = std::string::npos;
  while (true) {
    end = pending_.find("\r\n\r\n");
    if (end != std::string::npos || ended_ || pending_.size() > kMaxHead) break;
    if (auto filled = Fill(pending_.size() + 1); !filled) return std::unexpected(filled.error());
  }
  if (end > kMaxHead) return Malformed("the head of a part does not end");
  auto part = ParseHead(std::string_view(pending_).substr(2, end < 2 ? 0 : end - 2));
  if (!part) return std::unexpected(part.error());
  pending_.erase(0, end + 4);
  in_part_ = true;
  return std::move(*part);
}

AwsResult<std::string> FormReader::ReadValue(size_t limit) {
  std::string value;
  std::string piece(4096, '\0');
  while (true) {
    const auto got = Read(piece.data(), piece.size());
    if (!got) return std::unexpected(got.error());
    if (*got == 0) return value;
    value.append(piece, 0, *got);
    if (value.size() > limit) {
      return AwsFail(400, "MaxPostPreDataLengthExceeded",
                     "Your POST request fields preceding the upload file were too large: more "
                     "than {} bytes",
                     limit);
    }
  }
}

}  // namespace ticklake::aws::s3
