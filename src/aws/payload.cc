#include "aws/payload.h"

#include <array>

namespace ticklake::aws {

AwsResult<size_t> BodyPayload::Read(char* buffer, size_t size) {
  const auto got = body_.Read(buffer, size);
  if (got) return *got;
  switch (got.error().code) {
    case Code::kTimeout: return AwsFail(400, "RequestTimeout", "{}", got.error().message);
    case Code::kCorrupt: return AwsFail(400, "InvalidRequest", "{}", got.error().message);
    default:
      return AwsFail(
          400, "IncompleteBody",
          "The request body ended before the number of bytes that its Content-Length told");
  }
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
