// FormReader: multipart/form-data (RFC 7578) read part by part while it arrives.
//
// Threading: one reader, one thread. Memory is one buffer, whatever the file's size. Errors:
// MalformedPOSTRequest. Does not: decode transfer encodings, which RFC 7578 forbids.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "aws/aws_error.h"
#include "aws/service.h"

namespace ticklake::aws::s3 {

class FormReader {
 public:
  /// `content_type` names the boundary.
  static AwsResult<FormReader> Open(std::string_view content_type, Payload& payload);

  struct Part {
    std::string name;
    std::optional<std::string> filename;
    std::string content_type;
  };

  /// The next part's head; nullopt at the end of the form. What is left of the last one is skipped.
  AwsResult<std::optional<Part>> Next();
  /// Bytes of the part; 0 at its end.
  AwsResult<size_t> Read(char* buffer, size_t size);
  /// All of it, of at most `limit` bytes.
  AwsResult<std::string> ReadValue(size_t limit);

 private:
  FormReader(Payload& payload, std::string mark) : payload_(&payload), mark_(std::move(mark)) {}
  // Reads on until `size` bytes are at hand, or the body ends.
  AwsResult<void> Fill(size_t size);

  Payload* payload_;
  std::string mark_;  // "\r\n--boundary"
  std::string pending_ =
      "\r\n";            // read, not given out; so that the first boundary is as the others
  bool ended_ = false;   // the body
  bool in_part_ = true;  // what precedes the first boundary is skipped
};

/// A part as the body of an object.
class FormFile : public Payload {
 public:
  explicit FormFile(FormReader& form) : form_(form) {}
  std::optional<uint64_t> length() const override { return std::nullopt; }
  AwsResult<size_t> Read(char* buffer, size_t size) override { return form_.Read(buffer, size); }
  const std::map<std::string, std::string>& trailers() const override { return none_; }

 private:
  FormReader& form_;
  const std::map<std::string, std::string> none_;
};

}  // namespace ticklake::aws::s3
