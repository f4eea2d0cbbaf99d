// The payloads of requests, over the body as it arrives: as it is, checked against a digest, or
// held in memory. In chunks of AWS's own form: aws/chunked_payload.h.
//
// Threading: one thread. Invariants: as Payload; memory is the reader's buffer.
#pragma once

#include "aws/service.h"
#include "net/digests.h"

namespace ticklake::aws {

/// What reading a body failed with: RequestTimeout, InvalidRequest, IncompleteBody.
AwsError FromBody(const Error& error);

/// Nothing of it is checked.
class PlainPayload : public Payload {
 public:
  /// The body outlives it.
  explicit PlainPayload(net::HttpBody& body) : body_(body) {}

  std::optional<uint64_t> length() const override { return body_.length(); }
  AwsResult<size_t> Read(char* buffer, size_t size) override;
  const std::map<std::string, std::string>& trailers() const override { return trailers_; }

 private:
  net::HttpBody& body_;
  const std::map<std::string, std::string> trailers_;
};

/// Its end gives XAmzContentSHA256Mismatch if the bytes have another digest.
class DigestPayload : public PlainPayload {
 public:
  /// `digest` is lower-case hexadecimal of SHA-256.
  DigestPayload(net::HttpBody& body, std::string digest)
      : PlainPayload(body), expected_(std::move(digest)) {}

  AwsResult<size_t> Read(char* buffer, size_t size) override;

 private:
  const std::string expected_;
  net::Sha256 hash_;
  bool ended_ = false;
};

/// What was read and checked before.
class BytesPayload : public Payload {
 public:
  explicit BytesPayload(std::string bytes) : bytes_(std::move(bytes)) {}

  std::optional<uint64_t> length() const override { return bytes_.size(); }
  AwsResult<size_t> Read(char* buffer, size_t size) override;
  const std::map<std::string, std::string>& trailers() const override { return trailers_; }

 private:
  const std::string bytes_;
  size_t at_ = 0;
  const std::map<std::string, std::string> trailers_;
};

}  // namespace ticklake::aws
