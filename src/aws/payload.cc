#include "aws/payload.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"

namespace ticklake::aws {

AwsError FromBody(const Error& error) {
  switch (error.code) {
    case Code::kTimeout:
      return {400,
              "RequestTimeout",
              "Your socket connection to the server was not read from or written to within the "
              "timeout period.",
              {}};
    case Code::kCorrupt: return {400, "InvalidRequest", error.message, {}};
    default:
      return {400,
              "IncompleteBody",
              "The request body terminated unexpectedly: it has fewer bytes than its "
              "Content-Length told",
              {}};
  }
}

AwsResult<size_t> PlainPayload::Read(char* buffer, size_t size) {
  const auto got = body_.Read(buffer, size);
  if (got) return *got;
  return std::unexpected(FromBody(got.error()));
}

AwsResult<size_t> DigestPayload::Read(char* buffer, size_t size) {
  if (ended_ || size == 0) return 0;
  const auto got = PlainPayload::Read(buffer, size);
  if (!got) return got;
  hash_.Update({buffer, *got});
  if (*got > 0) return got;
  ended_ = true;
  const std::string actual = Hex(net::View(hash_.Finish()));
  if (net::SameBytes(actual, expected_)) return 0;
  auto failure =
      AwsFail(400, "XAmzContentSHA256Mismatch",
              "The provided 'x-amz-content-sha256' header does not match what was computed.");
  failure.error().details = {{"ClientComputedContentSHA256", expected_},
                             {"S3ComputedContentSHA256", actual}};
  return failure;
}

AwsResult<size_t> BytesPayload::Read(char* buffer, size_t size) {
  const size_t taken = std::min(size, bytes_.size() - at_);
  std::copy_n(bytes_.data() + at_, taken, buffer);
  at_ += taken;
  return taken;
}

AwsResult<std::string> ReadAll(Payload& payload, size_t limit) {
  const auto too_large = [limit] {
    return AwsFail(413, "RequestEntityTooLarge", "the body is larger than {} bytes; send less",
                   limit);
  };
  if (payload.length().value_or(0) > limit) return too_large();
  std::string all;
  std::array<char, 16 << 10> piece;
  while (true) {
    const auto got = payload.Read(piece.data(), piece.size());
    if (!got) return std::unexpected(got.error());
    if (*got == 0) return all;
    if (all.size() + *got > limit) return too_large();
    all.append(piece.data(), *got);
  }
}

}  // namespace ticklake::aws
