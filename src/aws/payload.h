// BodyPayload: a request's body as it came, for what needs no digest or signature of it.
//
// Threading: one thread. Does not: check anything.
#pragma once

#include "aws/service.h"

namespace ticklake::aws {

class BodyPayload : public Payload {
 public:
  /// The body outlives it.
  explicit BodyPayload(net::HttpBody& body) : body_(body) {}

  std::optional<uint64_t> length() const override { return body_.length(); }
  AwsResult<size_t> Read(char* buffer, size_t size) override;
  const std::map<std::string, std::string>& trailers() const override { return trailers_; }

 private:
  net::HttpBody& body_;
  const std::map<std::string, std::string> trailers_;
};

}  // namespace ticklake::aws
