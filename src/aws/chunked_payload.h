// ChunkedPayload: a body in AWS's own chunks (aws-chunked), each with a signature if they are
// signed, and fields after the last.
//
//   SIZE-IN-HEX[;chunk-signature=HEX]\r\n bytes \r\n … 0[;…]\r\n [name:value\r\n …] \r\n
//
// Threading: one thread. Invariants: as Payload; the last bytes of a chunk are not given before its
// signature was right; memory is the reader's buffer and 16 KiB. Errors: SignatureDoesNotMatch,
// IncompleteBody, InvalidRequest, MalformedTrailerError. Does not: compare checksums in trailers.
// Source: Amazon S3 API Reference, "Transferring Payload in Multiple Chunks", with trailers too.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "aws/service.h"
#include "net/sigv4.h"

namespace ticklake::aws {

struct ChunkForm {
  uint64_t length = 0;                             ///< x-amz-decoded-content-length
  bool is_signed = false;                          ///< chunks bear signatures …
  std::optional<net::ChunkSignatures> signatures;  ///< … which are these, where they are checked
  bool has_trailers = false;
};

class ChunkedPayload : public Payload {
 public:
  /// The body outlives it.
  ChunkedPayload(net::HttpBody& body, ChunkForm form) : body_(body), form_(std::move(form)) {}

  std::optional<uint64_t> length() const override { return form_.length; }
  AwsResult<size_t> Read(char* buffer, size_t size) override;
  const std::map<std::string, std::string>& trailers() const override { return trailers_; }

 private:
  AwsResult<size_t> ReadSome(char* buffer, size_t size);
  // nullopt at the end of the body.
  AwsResult<std::optional<std::string>> ReadLine();
  AwsResult<void> BeginChunk();
  AwsResult<void> EndChunk();
  AwsResult<void> CheckChunk();
  AwsResult<void> ReadTrailers();
  AwsResult<void> CheckTrailers(const std::string& text, const std::string& signature) const;
  AwsResult<void> Finish();
  AwsResult<size_t> Next(char* buffer, size_t size);

  net::HttpBody& body_;
  ChunkForm form_;
  std::map<std::string, std::string> trailers_;
  std::array<char, 16 << 10> ahead_;  // read, but not used yet: [begin_, end_)
  size_t begin_ = 0;
  size_t end_ = 0;
  uint64_t given_ = 0;  // bytes of all chunks
  uint64_t left_ = 0;   // of the chunk at hand
  bool in_chunk_ = false;
  std::string signature_;  // of the chunk at hand
  net::Sha256 hash_;
  bool ended_ = false;
  std::optional<AwsError> failed_;
};

}  // namespace ticklake::aws
