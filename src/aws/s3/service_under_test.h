// For tests: an S3Service over a real bucket store on the real disk, asked without a socket.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "aws/s3/s3_service.h"
#include "base/uuid.h"
#include "net/url.h"
#include "store/buckets/bucket_store.h"

namespace ticklake::aws::s3 {

class TextPayload : public Payload {
 public:
  explicit TextPayload(std::string text) : text_(std::move(text)) {}
  std::optional<uint64_t> length() const override { return text_.size(); }
  AwsResult<size_t> Read(char* buffer, size_t size) override {
    const size_t give = text_.copy(buffer, size, at_);
    at_ += give;
    return give;
  }
  const std::map<std::string, std::string>& trailers() const override { return none_; }

 private:
  const std::string text_;
  size_t at_ = 0;
  const std::map<std::string, std::string> none_;
};

/// What a service has answered.
struct Answer : net::HttpReply {
  int status = 0;
  std::string type;
  std::map<std::string, std::string> fields;  ///< names as they were written
  std::string body;
  bool aborted = false;

  void AddField(std::string_view name, std::string_view value) override {
    fields[std::string(name)] = value;
  }
  void Send(int code, std::string_view content_type, std::string_view text) override {
    status = code;
    type = content_type;
    body = text;
  }
  Result<void> Begin(int code, std::string_view content_type,
                     std::optional<uint64_t> length) override {
    status = code;
    type = content_type;
    if (length) fields["Content-Length"] = std::to_string(*length);
    return {};
  }
  Result<void> Write(std::string_view piece) override {
    body += piece;
    return {};
  }
  Result<void> WriteFile(File& file, uint64_t offset, uint64_t size) override {
    TL_ASSIGN(const std::string bytes, file.ReadExact(offset, size));
    return Write(bytes);
  }
  void Abort() override { aborted = true; }

  /// The text of the first element of that name; "" if there is none.
  std::string Element(const std::string& name) const {
    const size_t open = body.find("<" + name + ">");
    if (open == std::string::npos) return "";
    const size_t begin = open + name.size() + 2;
    return body.substr(begin, body.find("</" + name + ">", begin) - begin);
  }
};

class ServiceUnderTest {
 public:
  explicit ServiceUnderTest(store::BucketStore* lake = nullptr)
      : service_({.buckets = store_.get(), .lake = lake, .clock = &clock_}) {}
  ~ServiceUnderTest() {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }
  ServiceUnderTest(const ServiceUnderTest&) = delete;
  ServiceUnderTest& operator=(const ServiceUnderTest&) = delete;

  /// target: "/bucket/key?query", escaped.
  Answer Ask(const std::string& method, const std::string& target, const std::string& body = "",
             std::map<std::string, std::string> headers = {}) {
    net::HttpRequest http{.method = method,
                          .target = target,
                          .peer = "",
                          .path = "",
                          .query = {},
                          .headers = std::move(headers),
                          .body = ""};
    if (const auto parsed = net::ParseTarget(target)) {
      http.path = parsed->path;
      http.query = parsed->query;
    }
    TextPayload payload(body);
    const Request request{
        .http = http, .caller = caller, .id = "ID", .region = kRegion, .payload = payload};
    Answer answer;
    service_.Serve(request, answer);
    return answer;
  }

  Caller caller{.access_key = "AK", .arn = "", .user_id = "", .scope = std::nullopt};
  store::BucketStore& store() { return *store_; }
  ManualClock& clock() { return clock_; }
  const std::filesystem::path& folder() const { return folder_; }

 private:
  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("tl-s3-" + Uuid::Random().ToString());
  ManualClock clock_{1'700'000'000 * kNanosPerSecond};
  std::unique_ptr<store::BucketStore> store_ =
      store::OpenBucketStore(PosixFileSystem(), folder_.string(), clock_).value();
  S3Service service_;
};

}  // namespace ticklake::aws::s3
