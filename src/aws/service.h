// Service: one of the AWS services behind the door, and the requests that it is given.
//
// The door (aws/door.h) finds out which service a request is for, checks its signature and limits,
// and calls the service from a thread that may block. Threading: Serve runs concurrently.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "aws/aws_error.h"
#include "net/http_server.h"

namespace ticklake::aws {

/// The account that everything here belongs to, in ARNs and answers.
inline constexpr char kAccount[] = "000000000000";
inline constexpr char kRegion[] = "us-east-1";

/// Who sent a request.
struct Caller {
  std::string access_key;  ///< "" for an unsigned request
  std::string arn;         ///< arn:aws:iam::000000000000:user/NAME, or that of an assumed role
  std::string user_id;     ///< AIDA…
  bool read_only = false;
  /// Set: only this may be touched: "bucket" or "bucket/prefix" of S3, "database" of Glue.
  std::optional<std::string> scope;
};

/// A body, with the transfer forms of AWS taken off (aws-chunked) and its digest and signatures
/// checked: a body whose last read gave no error is what the caller signed.
class Payload {
 public:
  virtual ~Payload() = default;
  /// Bytes of the body itself, where they are told.
  virtual std::optional<uint64_t> length() const = 0;
  /// As HttpBody::Read, but with the error to answer: SignatureDoesNotMatch,
  /// XAmzContentSHA256Mismatch, IncompleteBody …
  virtual AwsResult<size_t> Read(char* buffer, size_t size) = 0;
  /// What followed the body (x-amz-checksum-crc32c); names in lower case. After Read gave 0.
  virtual const std::map<std::string, std::string>& trailers() const = 0;
};

/// Knows who signed a browser's form, which stands in the form itself.
class FormSigner {
 public:
  virtual ~FormSigner() = default;
  /// `fields`: all before the file, names in lower case. The errors of S3.
  virtual AwsResult<Caller> CallerOfForm(const std::map<std::string, std::string>& fields) = 0;
};

struct Request {
  const net::HttpRequest& http;
  Caller caller;
  std::string id;      ///< of this request, for answers and log lines
  std::string region;  ///< of the signature's scope; kRegion without one
  Payload& payload;
  /// Set: nobody has signed this but for the form that is its body, and `caller` is nobody yet:
  /// nothing else may be served.
  FormSigner* form = nullptr;
};

/// Reads all of a payload that may have at most `limit` bytes; beyond: 413 of the service's kind.
AwsResult<std::string> ReadAll(Payload& payload, size_t limit);

class Service {
 public:
  virtual ~Service() = default;
  virtual void Serve(const Request& request, net::HttpReply& reply) = 0;
  /// Answers with an error, in the service's form: also for what the door itself refuses.
  virtual void Refuse(const net::HttpRequest& http, const AwsError& error, const std::string& id,
                      net::HttpReply& reply) = 0;
};

}  // namespace ticklake::aws
