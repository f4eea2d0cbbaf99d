#include "net/https_client.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include <curl/curl.h>

#include "base/ascii.h"

namespace ticklake::net {
namespace {

constexpr size_t kMostReserved = 64 << 20;  // a length is only what the server says
constexpr int kLongestPoll = 1'000;         // milliseconds; a cancel wakes it up

/// The URL without its query, which may hold a signature.
std::string_view Place(std::string_view url) { return url.substr(0, url.find('?')); }

class HeaderList {
 public:
  HeaderList() = default;
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;
  ~HeaderList() { curl_slist_free_all(list_); }
  void Add(const std::string& line) { list_ = curl_slist_append(list_, line.c_str()); }
  curl_slist* get() { return list_; }

 private:
  curl_slist* list_ = nullptr;
};

size_t TakeHeader(char* data, size_t /*one*/, size_t size, void* context) {
  HttpsAnswer& answer = *static_cast<HttpsAnswer*>(context);
  const std::string_view line(data, size);
  if (line.starts_with("HTTP/")) {  // a new head: what came before was a 100 Continue
    answer = {};
    const size_t space = line.find(' ');
    if (space != std::string_view::npos) {
      std::from_chars(data + space + 1, data + size, answer.status);
    }
    return size;
  }
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  std::string name = AsciiLower(line.substr(0, colon));
  std::string value(Trimmed(line.substr(colon + 1)));
  if (name == "content-length") {
    answer.body.reserve(std::min<size_t>(std::strtoull(value.c_str(), nullptr, 10), kMostReserved));
  }
  answer.headers[std::move(name)] = std::move(value);
  return size;
}

size_t TakeBody(char* data, size_t /*one*/, size_t size, void* context) {
  static_cast<HttpsAnswer*>(context)->body.append(data, size);
  return size;
}

}  // namespace

// A connection cache of one: the easy handle says what to do, the multi handle keeps the connection
// and can be woken from another thread.
struct HttpsClient::Handle {
  CURL* easy = curl_easy_init();
  CURLM* multi = curl_multi_init();

  Handle() = default;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    if (easy != nullptr) curl_easy_cleanup(easy);
    if (multi != nullptr) curl_multi_cleanup(multi);
  }

  template <class Value>
  void Set(CURLoption option, Value value) {
    curl_easy_setopt(easy, option, value);
  }

  void Prepare(const HttpsOptions& options, const HttpsRequest& request, HeaderList& headers,
               HttpsAnswer& answer);
  CURLcode Run(const std::stop_token& cancel);
  Error Failure(CURLcode code, const HttpsRequest& request, const std::stop_token& cancel);

  char message[CURL_ERROR_SIZE] = {};
};

void HttpsClient::Handle::Prepare(const HttpsOptions& options, const HttpsRequest& request,
                                  HeaderList& headers, HttpsAnswer& answer) {
  curl_easy_reset(easy);  // of the options; the connections stay
  Set(CURLOPT_NOSIGNAL, 1L);
  Set(CURLOPT_PROTOCOLS_STR, "http,https");
  Set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  Set(CURLOPT_PATH_AS_IS, 1L);  // "a/../b" is a key, and signed
  Set(CURLOPT_URL, request.url.c_str());
  Set(CURLOPT_USERAGENT, "ticklake");
  Set(CURLOPT_ERRORBUFFER, message);
  message[0] = '\0';
  Set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
  Set(CURLOPT_LOW_SPEED_LIMIT, 1L);
  Set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.idle_timeout.count()));
  Set(CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
  Set(CURLOPT_BUFFERSIZE, 256L << 10);
  if (!options.ca_bundle.empty()) Set(CURLOPT_CAINFO, options.ca_bundle.c_str());
  if (!options.use_proxy) Set(CURLOPT_PROXY, "");

  // A kept connection that dies without an answer makes the library send again.
  if (request.once) Set(CURLOPT_FRESH_CONNECT, 1L);
  if (request.method == "HEAD") {
    Set(CURLOPT_NOBODY, 1L);
  } else if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
    Set(CURLOPT_POST, 1L);
    Set(CURLOPT_POSTFIELDS, request.body.data());
    Set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  }
  Set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
  bool has_type = false;
  for (const auto& [name, value] : request.headers) {
    has_type = has_type || name == "content-type" || name == "Content-Type";
    headers.Add(value.empty() ? name + ";" : name + ": " + value);
  }
  headers.Add("Expect:");
  if (!has_type) headers.Add("Content-Type:");
  Set(CURLOPT_HTTPHEADER, headers.get());

  Set(CURLOPT_HEADERFUNCTION, &TakeHeader);
  Set(CURLOPT_HEADERDATA, &answer);
  Set(CURLOPT_WRITEFUNCTION, &TakeBody);
  Set(CURLOPT_WRITEDATA, &answer);
}

CURLcode HttpsClient::Handle::Run(const std::stop_token& cancel) {
  if (curl_multi_add_handle(multi, easy) != CURLM_OK) return CURLE_FAILED_INIT;
  CURLcode code = CURLE_ABORTED_BY_CALLBACK;
  {
    const std::stop_callback wake(cancel, [this] { curl_multi_wakeup(multi); });
    int running = 1;
    while (!cancel.stop_requested()) {
      if (curl_multi_perform(multi, &running) != CURLM_OK) break;
      int left = 0;
      const CURLMsg* said = curl_multi_info_read(multi, &left);
      if (said != nullptr && said->msg == CURLMSG_DONE) {
        code = said->data.result;
        break;
      }
      if (curl_multi_poll(multi, nullptr, 0, kLongestPoll, nullptr) != CURLM_OK) break;
    }
  }
  curl_multi_remove_handle(multi, easy);
  return code;
}

Error HttpsClient::Handle::Failure(CURLcode code, const HttpsRequest& request,
                                   const std::stop_token& cancel) {
  long sent = 0;
  curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &sent);
  const auto error = [&](Code kind, std::string_view advice) {
    return Error{kind,
                 fmt::format("{} {}: {}{}", request.method, Place(request.url),
                             message[0] != '\0' ? message : curl_easy_strerror(code), advice)};
  };
  if (cancel.stop_requested()) {
    return {Code::kCancelled, fmt::format("{} {}: cancelled", request.method, Place(request.url))};
  }
  switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL: return error(Code::kInvalid, "; give http:// or https://");
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return error(Code::kAuth, "; name the bundle of its authority with AWS_CA_BUNDLE");
    case CURLE_OPERATION_TIMEDOUT: return error(sent > 0 ? Code::kTimeout : Code::kUnavailable, "");
    default: return error(sent > 0 ? Code::kOutcomeUnknown : Code::kUnavailable, "");
  }
}

HttpsClient::HttpsClient(HttpsOptions options) : options_(std::move(options)) {
  curl_global_init(CURL_GLOBAL_DEFAULT);  // counted
}

HttpsClient::~HttpsClient() {
  idle_.clear();
  curl_global_cleanup();
}

std::unique_ptr<HttpsClient::Handle> HttpsClient::Take() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto handle = std::move(idle_.back());
      idle_.pop_back();
      return handle;
    }
  }
  return std::make_unique<Handle>();
}

void HttpsClient::GiveBack(std::unique_ptr<Handle> handle) {
  const std::lock_guard lock(mutex_);
  if (idle_.size() < options_.max_idle) idle_.push_back(std::move(handle));
}

Result<HttpsAnswer> HttpsClient::Send(const HttpsRequest& request) {
  auto handle = Take();
  if (handle->easy == nullptr || handle->multi == nullptr) {
    return Fail(Code::kUnavailable, "HTTP client: no memory or files for a connection");
  }
  HeaderList headers;
  HttpsAnswer answer;
  handle->Prepare(options_, request, headers, answer);
  const CURLcode code = handle->Run(request.cancel);
  if (code != CURLE_OK) return Fail(handle->Failure(code, request, request.cancel));
  GiveBack(std::move(handle));
  return answer;
}

}  // namespace ticklake::net
