#include "aws/request_payload.h"

#include <charconv>

#include "aws/chunked_payload.h"
#include "aws/payload.h"

namespace ticklake::aws {

AwsResult<std::unique_ptr<Payload>> MakePayload(const net::HttpRequest& http, BodyClaim claim) {
  switch (claim.form) {
    case BodyClaim::Form::kAsItIs: return std::make_unique<PlainPayload>(*http.stream);
    case BodyClaim::Form::kDigest:
      return std::make_unique<DigestPayload>(*http.stream, std::move(claim.digest));
    default: break;
  }
  ChunkForm form{.is_signed = claim.form == BodyClaim::Form::kSignedChunks,
                 .signatures = std::move(claim.signatures),
                 .has_trailers = claim.has_trailers};
  const auto field = http.headers.find("x-amz-decoded-content-length");
  const std::string text = field == http.headers.end() ? "" : field->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), form.length);
  if (error != std::errc() || end != text.data() + text.size()) {
    return AwsFail(411, "MissingContentLength",
                   "You must provide the Content-Length HTTP header: "
                   "x-amz-decoded-content-length has to be a number of bytes");
  }
  return std::make_unique<ChunkedPayload>(*http.stream, std::move(form));
}

}  // namespace ticklake::aws
