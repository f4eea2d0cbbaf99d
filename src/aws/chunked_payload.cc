#include "aws/chunked_payload.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "aws/aws_try.h"
#include "aws/payload.h"
#include "base/ascii.h"

namespace ticklake::aws {
namespace {

constexpr size_t kMaxLine = 8 << 10;
constexpr size_t kMaxTrailers = 16 << 10;
constexpr std::string_view kTrailerSignature = "x-amz-trailer-signature";

std::unexpected<AwsError> NotChunked(std::string_view why) {
  return AwsFail(400, "InvalidRequest", "The body is not aws-chunked: {}", why);
}

std::unexpected<AwsError> Incomplete() {
  return AwsFail(400, "IncompleteBody",
                 "The request body terminated unexpectedly: it has another number of bytes than "
                 "x-amz-decoded-content-length tells");
}

std::unexpected<AwsError> Mismatch(std::string_view what) {
  return AwsFail(403, "SignatureDoesNotMatch",
                 "The request signature we calculated does not match the signature you provided: "
                 "that of {} is another",
                 what);
}

std::unexpected<AwsError> BadTrailer(std::string_view why) {
  return AwsFail(400, "MalformedTrailerError",
                 "The request contained trailing data that was not well-formed or did not conform "
                 "to our published schema: {}",
                 why);
}

}  // namespace

AwsResult<size_t> ChunkedPayload::ReadSome(char* buffer, size_t size) {
  if (begin_ < end_) {
    const size_t taken = std::min(size, end_ - begin_);
    std::memcpy(buffer, ahead_.data() + begin_, taken);
    begin_ += taken;
    return taken;
  }
  const auto got = body_.Read(buffer, size);
  if (!got) return std::unexpected(FromBody(got.error()));
  return *got;
}

AwsResult<std::optional<std::string>> ChunkedPayload::ReadLine() {
  std::string line;
  while (true) {
    if (begin_ == end_) {
      begin_ = 0;
      end_ = 0;
      const auto got = body_.Read(ahead_.data(), ahead_.size());
      if (!got) return std::unexpected(FromBody(got.error()));
      if (*got == 0 && line.empty()) return std::nullopt;
      if (*got == 0) return Incomplete();
      end_ = *got;
    }
    const char* begin = ahead_.data() + begin_;
    const auto* found = static_cast<const char*>(std::memchr(begin, '\n', end_ - begin_));
    const size_t taken = found == nullptr ? end_ - begin_ : static_cast<size_t>(found - begin) + 1;
    line.append(begin, taken);
    begin_ += taken;
    if (line.size() > kMaxLine) return NotChunked("a line has no end");
    if (found == nullptr) continue;
    line.pop_back();
    if (!line.empty() && line.back() == '\r') line.pop_back();
    return line;
  }
}

AwsResult<void> ChunkedPayload::BeginChunk() {
  AWS_ASSIGN(const std::optional<std::string> line, ReadLine());
  if (!line) return Incomplete();
  const char* last = line->data() + line->size();
  const auto [end, error] = std::from_chars(line->data(), last, left_, 16);
  if (error != std::errc()) return NotChunked("a chunk does not begin with its size");
  std::string_view rest(end, static_cast<size_t>(last - end));
  constexpr std::string_view kSignature = ";chunk-signature=";
  if (form_.is_signed) {
    if (!rest.starts_with(kSignature)) return NotChunked("a chunk has no signature");
    signature_ = rest.substr(kSignature.size());
    hash_ = net::Sha256();
  } else if (!rest.empty() && rest.front() != ';') {
    return NotChunked("a chunk does not begin with its size");
  }
  if (left_ > form_.length - given_) return Incomplete();
  in_chunk_ = true;
  return {};
}

AwsResult<void> ChunkedPayload::CheckChunk() {
  if (!form_.is_signed || !form_.signatures) return {};
  if (net::SameBytes(form_.signatures->Next(hash_.Finish()), signature_)) return {};
  return Mismatch(fmt::format("the chunk that ends at byte {}", given_));
}

AwsResult<void> ChunkedPayload::EndChunk() {
  AWS_TRY(CheckChunk());
  AWS_ASSIGN(const std::optional<std::string> line, ReadLine());
  if (!line) return Incomplete();
  if (!line->empty()) return NotChunked("a chunk is longer than it says");
  in_chunk_ = false;
  return {};
}

AwsResult<void> ChunkedPayload::CheckTrailers(const std::string& text,
                                              const std::string& signature) const {
  if (!form_.is_signed) return {};
  if (signature.empty()) return BadTrailer("x-amz-trailer-signature is missing");
  if (!form_.signatures) return {};
  net::Sha256 hash;
  hash.Update(text);
  if (net::SameBytes(form_.signatures->OfTrailer(hash.Finish()), signature)) return {};
  return Mismatch("the trailer");
}

AwsResult<void> ChunkedPayload::ReadTrailers() {
  std::string text;
  std::string signature;
  while (true) {
    AWS_ASSIGN(const std::optional<std::string> line, ReadLine());
    if (!line || line->empty()) break;
    const size_t colon = line->find(':');
    if (colon == std::string::npos) return BadTrailer("a line without a colon");
    const std::string name = AsciiLower(Trimmed(std::string_view(*line).substr(0, colon)));
    const std::string value(Trimmed(std::string_view(*line).substr(colon + 1)));
    if (text.size() + line->size() > kMaxTrailers) return BadTrailer("it is too long");
    if (name == kTrailerSignature) {
      if (!signature.empty()) return BadTrailer("two signatures");
      signature = value;
      continue;
    }
    if (!signature.empty()) return BadTrailer("a field after its signature");
    if (!trailers_.emplace(name, value).second) return BadTrailer("a field that stands twice");
    text += fmt::format("{}:{}\n", name, value);
  }
  return CheckTrailers(text, signature);
}

AwsResult<void> ChunkedPayload::Finish() {
  AWS_TRY(CheckChunk());
  if (form_.has_trailers) {
    AWS_TRY(ReadTrailers());
  } else {
    AWS_ASSIGN(const std::optional<std::string> line, ReadLine());
    if (line && !line->empty()) return NotChunked("something follows the last chunk");
  }
  char more = 0;
  AWS_ASSIGN(const size_t got, ReadSome(&more, 1));
  if (got > 0) return NotChunked("something follows its end");
  if (given_ != form_.length) return Incomplete();
  ended_ = true;
  return {};
}

AwsResult<size_t> ChunkedPayload::Next(char* buffer, size_t size) {
  if (!in_chunk_) {
    AWS_TRY(BeginChunk());
    if (left_ == 0) {
      AWS_TRY(Finish());
      return 0;
    }
  }
  AWS_ASSIGN(const size_t got, ReadSome(buffer, std::min<uint64_t>(size, left_)));
  if (got == 0) return Incomplete();
  if (form_.is_signed && form_.signatures) hash_.Update({buffer, got});
  left_ -= got;
  given_ += got;
  if (left_ == 0) AWS_TRY(EndChunk());
  return got;
}

AwsResult<size_t> ChunkedPayload::Read(char* buffer, size_t size) {
  if (failed_) return std::unexpected(*failed_);
  if (ended_ || size == 0) return 0;
  auto got = Next(buffer, size);
  if (!got) failed_ = got.error();
  return got;
}

}  // namespace ticklake::aws
