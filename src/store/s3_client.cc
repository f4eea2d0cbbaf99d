#include "store/s3_client.h"

#include "base/base64.h"
#include "base/bytes.h"
#include "base/crc32c.h"
#include "net/aws/error_answer.h"
#include "net/http_date.h"
#include "store/s3_xml.h"

namespace ticklake::store {
namespace {

constexpr char kCrc32c[] = "x-amz-checksum-crc32c";
constexpr char kPutToken[] = "x-amz-meta-ticklake-put";
constexpr char kBinary[] = "application/octet-stream";

std::string Crc32cBase64(std::string_view data) {
  std::string big;
  AppendBig<uint32_t>(big, Crc32c(data));
  return Base64(big);
}

std::string HeaderOf(const net::HttpsAnswer& answer, const char* name) {
  const auto found = answer.headers.find(name);
  return found == answer.headers.end() ? "" : found->second;
}

Error ErrorOf(const net::HttpsAnswer& answer, const std::string& uri) {
  const net::AwsFailure failure = net::ReadFailure(answer);
  Error error = net::ToError(failure, uri);
  if (failure.status == 412) error.code = Code::kConflict;
  if (failure.status == 409) error.code = Code::kConflict;
  return error;
}

}  // namespace

Result<S3Client> S3Client::Open(net::AwsClient& client, const std::string& bucket) {
  if (bucket.size() < 3 || bucket.find_first_of("/ ") != std::string::npos) {
    return Fail(Code::kInvalid, "s3://{}/: no name of a bucket; give s3://BUCKET/PREFIX/", bucket);
  }
  TL_ASSIGN(const std::string endpoint, client.EndpointOf("s3"));
  S3Client s3(client, bucket);
  // AWS's certificate covers one name before its own, so a bucket with dots goes by path.
  const bool by_path = client.config().HasEndpoint("s3") || bucket.find('.') != std::string::npos;
  if (by_path) {
    s3.origin_ = endpoint;
    s3.path_ = "/" + bucket + "/";
  } else {
    constexpr std::string_view kScheme = "https://";
    s3.origin_ = fmt::format("{}{}.{}", kScheme, bucket, endpoint.substr(kScheme.size()));
    s3.path_ = "/";
  }
  return s3;
}

net::AwsRequest S3Client::RequestFor(const std::string& method, const std::string& key) const {
  return {.service = "s3", .method = method, .origin = origin_, .path = path_ + key};
}

Result<net::HttpsAnswer> S3Client::Send(const net::AwsRequest& request, const std::string& key) {
  auto answer = client_->Send(request);
  if (!answer) return Fail(answer.error().Within(Uri(key)));
  if (answer->status >= 300) return Fail(ErrorOf(*answer, Uri(key)));
  return answer;
}

Result<void> S3Client::Put(const S3Put& put) {
  net::AwsRequest request = RequestFor("PUT", put.key);
  request.body = put.data;
  request.headers = {{"content-type", kBinary}, {kCrc32c, Crc32cBase64(put.data)}};
  if (!put.token.empty()) request.headers.emplace_back(kPutToken, put.token);
  if (put.if_absent) request.headers.emplace_back("if-none-match", "*");
  auto answer = client_->Send(request);
  if (!answer) return Fail(answer.error().Within(Uri(put.key)));
  if (answer->status < 300) return {};
  Error error = ErrorOf(*answer, Uri(put.key));
  if (answer->status == 412) error.code = Code::kAlreadyExists;
  // The service broke down in the middle: it may have been written.
  if (answer->status >= 500 && !net::IsThrottling(net::ReadFailure(*answer)) && put.if_absent) {
    error.code = Code::kOutcomeUnknown;
  }
  return Fail(std::move(error));
}

Result<std::string> S3Client::Get(const std::string& key) {
  net::AwsRequest request = RequestFor("GET", key);
  request.headers = {{"x-amz-checksum-mode", "ENABLED"}};
  TL_ASSIGN(net::HttpsAnswer answer, Send(request, key));
  const std::string crc = HeaderOf(answer, kCrc32c);
  const bool of_whole = !crc.empty() && crc.find('-') == std::string::npos;
  if (of_whole && crc != Crc32cBase64(answer.body)) {
    return Fail(Code::kCorrupt, "{}: what came is not what was stored (CRC-32C); try again",
                Uri(key));
  }
  return std::move(answer.body);
}

Result<std::string> S3Client::GetRange(const std::string& key, const S3Range& range) {
  if (range.size == 0) {
    TL_TRY(Head(key));
    return std::string();
  }
  net::AwsRequest request = RequestFor("GET", key);
  request.headers = {
      {"range", fmt::format("bytes={}-{}", range.offset, range.offset + range.size - 1)}};
  if (!range.if_match.empty()) request.headers.emplace_back("if-match", range.if_match);
  auto answer = client_->Send(request);
  if (!answer) return Fail(answer.error().Within(Uri(key)));
  if (answer->status == 416) return std::string();
  if (answer->status >= 300) return Fail(ErrorOf(*answer, Uri(key)));
  if (answer->status == 206) return std::move(answer->body);
  if (range.offset >= answer->body.size()) return std::string();
  return answer->body.substr(range.offset, range.size);  // the service does not know ranges
}

Result<S3Object> S3Client::Head(const std::string& key) {
  TL_ASSIGN(const net::HttpsAnswer answer, Send(RequestFor("HEAD", key), key));
  return S3Object{.etag = HeaderOf(answer, "etag"),
                  .size = std::strtoull(HeaderOf(answer, "content-length").c_str(), nullptr, 10),
                  .modified = net::ParseHttpDate(HeaderOf(answer, "last-modified")).value_or(0),
                  .put_token = HeaderOf(answer, kPutToken)};
}

Result<S3Page> S3Client::List(const S3List& list) {
  net::AwsRequest request = RequestFor("GET", "");
  request.query = {{"list-type", "2"}, {"encoding-type", "url"}, {"prefix", list.prefix}};
  if (list.folders) request.query["delimiter"] = "/";
  if (!list.continuation.empty()) request.query["continuation-token"] = list.continuation;
  TL_ASSIGN(const net::HttpsAnswer answer, Send(request, list.prefix));
  return ReadListing(answer.body, Uri(list.prefix));
}

Result<void> S3Client::Delete(const std::string& key) {
  const auto answer = Send(RequestFor("DELETE", key), key);
  if (answer || answer.error().code == Code::kNotFound) return {};
  return Fail(answer.error());
}

Result<std::string> S3Client::BeginUpload(const std::string& key) {
  net::AwsRequest request = RequestFor("POST", key);
  request.query = {{"uploads", ""}};
  request.headers = {{"content-type", kBinary},
                     {"x-amz-checksum-algorithm", "CRC32C"},
                     {"x-amz-checksum-type", "COMPOSITE"}};
  TL_ASSIGN(const net::HttpsAnswer answer, Send(request, key));
  return ReadUploadId(answer.body, Uri(key));
}

Result<S3Part> S3Client::UploadPart(const S3Upload& upload, int number, std::string_view data) {
  S3Part part{.number = number, .etag = "", .crc32c = Crc32cBase64(data)};
  net::AwsRequest request = RequestFor("PUT", upload.key);
  request.query = {{"partNumber", std::to_string(number)}, {"uploadId", upload.id}};
  request.headers = {{kCrc32c, part.crc32c}};
  request.body = data;
  TL_ASSIGN(const net::HttpsAnswer answer, Send(request, upload.key));
  part.etag = HeaderOf(answer, "etag");
  if (part.etag.empty()) {
    return Fail(Code::kCorrupt, "{}: part {} was answered without an ETag", Uri(upload.key),
                number);
  }
  return part;
}

Result<void> S3Client::CompleteUpload(const S3Upload& upload, const std::vector<S3Part>& parts) {
  const std::string xml = CompletionXml(parts);
  net::AwsRequest request = RequestFor("POST", upload.key);
  request.query = {{"uploadId", upload.id}};
  request.headers = {{"content-type", "application/xml"}};
  request.body = xml;
  TL_ASSIGN(const net::HttpsAnswer answer, Send(request, upload.key));
  // A status of 200 is sent before the parts are put together: the body says how it went.
  const net::AwsFailure failure = net::ReadFailure(answer);
  if (failure.code.empty()) return {};
  return Fail(Code::kUnavailable, "{}: {}: {}; try again", Uri(upload.key), failure.code,
              failure.message);
}

Result<void> S3Client::AbortUpload(const S3Upload& upload) {
  net::AwsRequest request = RequestFor("DELETE", upload.key);
  request.query = {{"uploadId", upload.id}};
  const auto answer = Send(request, upload.key);
  if (answer || answer.error().code == Code::kNotFound) return {};
  return Fail(answer.error());
}

Result<std::vector<S3Upload>> S3Client::ListUploads(const std::string& prefix) {
  std::vector<S3Upload> all;
  UploadsPage page;
  do {
    net::AwsRequest request = RequestFor("GET", "");
    request.query = {{"uploads", ""}, {"encoding-type", "url"}, {"prefix", prefix}};
    if (!page.next_key.empty()) {
      request.query["key-marker"] = page.next_key;
      request.query["upload-id-marker"] = page.next_id;
    }
    TL_ASSIGN(const net::HttpsAnswer answer, Send(request, prefix));
    TL_ASSIGN(page, ReadUploads(answer.body, Uri(prefix)));
    for (S3Upload& upload : page.uploads) all.push_back(std::move(upload));
  } while (!page.next_key.empty());
  return all;
}

}  // namespace ticklake::store
