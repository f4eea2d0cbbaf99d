// S3Client: the requests that an object store on S3 sends, about one bucket.
//
// Paths go by host ("https://bucket.s3.eu-west-1.amazonaws.com/key") on AWS, and below the bucket
// ("http://host:9000/bucket/key") on other services. What is sent carries its CRC-32C, what is read
// whole is checked against that of the object. Threading: from any number of threads. Does not:
// know of prefixes, cut objects into parts, or decide what an error means for the caller.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "net/aws/aws_client.h"

namespace ticklake::store {

struct S3Object {
  std::string etag;  ///< with its quotes
  uint64_t size = 0;
  Nanos modified = 0;
  std::string put_token;  ///< S3Put::token of who wrote it; "" if nobody gave one
};

struct S3Put {
  const std::string& key;
  std::string_view data;
  bool if_absent = false;
  std::string token;  ///< kept beside the object, so that a writer knows its own; "" for none
};

struct S3Range {
  uint64_t offset = 0;
  uint64_t size = 0;
  std::string if_match;  ///< an ETag: kConflict when the object is another by now; "": any
};

struct S3Entry {
  std::string key;
  uint64_t size = 0;
  Nanos modified = 0;
};

struct S3List {
  std::string prefix;
  bool folders = false;      ///< what lies below a further '/' is only its folder
  std::string continuation;  ///< S3Page::next of the page before
};

struct S3Page {
  std::vector<S3Entry> objects;
  std::vector<std::string> folders;
  std::string next;  ///< "" after the last page
};

struct S3Upload {
  std::string key;
  std::string id;
  Nanos initiated = 0;
};

struct S3Part {
  int number = 0;  ///< from 1
  std::string etag;
  std::string crc32c;  ///< base64
};

class S3Client {
 public:
  /// `client` outlives it. kInvalid: no bucket name, or no region is known.
  static Result<S3Client> Open(net::AwsClient& client, const std::string& bucket);

  const std::string& bucket() const { return bucket_; }
  const Clock& clock() const { return client_->clock(); }

  /// kAlreadyExists: if_absent, and something is there. kConflict: another conditional write is on
  /// its way; try again. kTimeout, kOutcomeUnknown: it may have been written, or be yet.
  Result<void> Put(const S3Put& put);
  Result<std::string> Get(const std::string& key);
  /// Fewer bytes only at the object's end; "" from there on.
  Result<std::string> GetRange(const std::string& key, const S3Range& range);
  Result<S3Object> Head(const std::string& key);
  Result<S3Page> List(const S3List& list);
  Result<void> Delete(const std::string& key);

  Result<std::string> BeginUpload(const std::string& key);  ///< its id
  Result<S3Part> UploadPart(const S3Upload& upload, int number, std::string_view data);
  Result<void> CompleteUpload(const S3Upload& upload, const std::vector<S3Part>& parts);
  Result<void> AbortUpload(const S3Upload& upload);
  Result<std::vector<S3Upload>> ListUploads(const std::string& prefix);

 private:
  S3Client(net::AwsClient& client, std::string bucket)
      : client_(&client), bucket_(std::move(bucket)) {}
  net::AwsRequest RequestFor(const std::string& method, const std::string& key) const;
  std::string Uri(const std::string& key) const { return "s3://" + bucket_ + "/" + key; }
  /// The answer if its status is below 300, else the error it is.
  Result<net::HttpsAnswer> Send(const net::AwsRequest& request, const std::string& key);

  net::AwsClient* client_;
  std::string bucket_;
  std::string origin_;
  std::string path_;  // before the key: "/" or "/bucket/"
};

}  // namespace ticklake::store
