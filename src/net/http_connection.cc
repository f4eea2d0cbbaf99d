#include "net/http_connection.h"

#include <sys/socket.h>

#include <algorithm>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>

#include "base/ascii.h"
#include "base/log.h"
#include "net/http_body.h"
#include "net/one_shot.h"
#include "net/socket_io.h"
#include "net/url.h"

namespace ticklake::net {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

constexpr std::string_view kJson = "application/json";

// How an answer's head differs from one request to the next.
struct HeadForm {
  bool keep = true;                // the connection goes on
  std::optional<uint64_t> length;  // none: the body comes in chunks
  bool guard_browsers = true;
  std::string_view fields;  // lines of the handler's own
};

bool HasBody(int status) { return status != 204 && status != 304; }

std::string Head(int status, std::string_view type, const HeadForm& form) {
  const auto reason = http::obsolete_reason(http::int_to_status(static_cast<unsigned>(status)));
  std::string head =
      fmt::format("HTTP/1.1 {} {}\r\n", status, std::string_view(reason.data(), reason.size()));
  if (!type.empty()) head += fmt::format("Content-Type: {}\r\n", type);
  if (!form.length) {
    head += "Transfer-Encoding: chunked\r\n";
  } else if (HasBody(status)) {
    head += fmt::format("Content-Length: {}\r\n", *form.length);
  }
  // Answers are for programs and change all the time; a browser shall not guess what they are.
  if (form.guard_browsers) {
    head += "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n";
  }
  if (!form.keep) head += "Connection: close\r\n";
  head += form.fields;
  return head + "\r\n";
}

// Head and body of an answer that no handler gives.
std::string RefusalBytes(const HttpServerOptions& options, const HttpRefusal& refusal) {
  const HttpRefusalBody said =
      options.refusal_body
          ? options.refusal_body(refusal)
          : HttpRefusalBody{
                std::string(kJson),
                JsonError(refusal.status == 503 ? "unavailable" : "invalid", refusal.message)};
  return Head(refusal.status, said.type,
              {.keep = false,
               .length = said.body.size(),
               .guard_browsers = options.guard_browsers,
               .fields = ""}) +
         said.body;
}

// The reply of one request: written to the socket from the handler's thread.
class ConnectionReply : public HttpReply {
 public:
  struct Form {
    bool head_only = false;
    bool keep = true;
    bool guard_browsers = true;
  };

  ConnectionReply(SocketIo& socket, const Form& form) : socket_(socket), form_(form) {}

  void AddField(std::string_view name, std::string_view value) override {
    fields_ += fmt::format("{}: ", name);
    for (const char c : value) fields_ += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    fields_ += "\r\n";
  }

  void Send(int status, std::string_view content_type, std::string_view body) override {
    if (begun_) return Abort();  // too late for another status
    begun_ = true;
    left_ = 0;
    const std::string head = MakeHead(status, content_type, body.size());
    (void)Track(socket_.Write(head, form_.head_only || !HasBody(status) ? "" : body));
  }

  Result<void> Begin(int status, std::string_view content_type,
                     std::optional<uint64_t> length) override {
    begun_ = true;
    left_ = form_.head_only || !HasBody(status) ? 0 : length;
    return Track(socket_.Write(MakeHead(status, content_type, length)));
  }

  Result<void> Write(std::string_view piece) override {
    if (broken_) return Gone();
    if (piece.empty() || form_.head_only) return {};
    if (!left_) return Track(socket_.Write(fmt::format("{:x}\r\n{}\r\n", piece.size(), piece)));
    TL_TRY(Take(piece.size()));
    return Track(socket_.Write(piece));
  }

  Result<void> WriteFile(File& file, uint64_t offset, uint64_t size) override {
    if (broken_) return Gone();
    if (size == 0 || form_.head_only) return {};
    if (!left_) return Fail(Code::kInternal, "HTTP answer: a file needs a length that was told");
    TL_TRY(Take(size));
    return Track(socket_.WriteFile(file, offset, size));
  }

  void Abort() override { broken_ = true; }

  // After the handler. False when the connection cannot go on.
  bool Finish() {
    if (!begun_) Send(500, kJson, JsonError("internal", "the request was not answered"));
    if (!left_ && !broken_ && !form_.head_only)
      (void)Track(socket_.Write("0\r\n", fields_ + "\r\n"));
    return !broken_ && left_.value_or(0) == 0 && form_.keep;
  }

 private:
  static std::unexpected<Error> Gone() {
    return Fail(Code::kUnavailable, "HTTP client: gone before it had the whole answer");
  }

  std::string MakeHead(int status, std::string_view type, std::optional<uint64_t> length) {
    const std::string fields = std::exchange(fields_, "");
    return Head(status, type,
                {.keep = form_.keep,
                 .length = length,
                 .guard_browsers = form_.guard_browsers,
                 .fields = fields});
  }

  Result<void> Take(uint64_t size) {
    if (size > *left_) {
      broken_ = true;
      return Fail(Code::kInternal, "HTTP answer: longer than its length");
    }
    *left_ -= size;
    return {};
  }

  Result<void> Track(Result<void> done) {
    if (!done) broken_ = true;
    return done;
  }

  SocketIo& socket_;
  const Form form_;
  std::string fields_;            // lines for the head, or the trailer
  std::optional<uint64_t> left_;  // of the length that was told; none: chunks
  bool begun_ = false;
  bool broken_ = false;
};

void CallHandler(const HttpHandler& handler, const HttpRequest& request, HttpReply& reply) {
  try {
    handler(request, reply);
  } catch (const std::exception& e) {
    spdlog::error("http: {} {}: unexpected exception: {}", request.method, request.path, e.what());
    reply.Send(500, kJson, JsonError("internal", e.what()));
  }
}

// What a path that nobody serves, or not with this method, is answered.
HttpRoute Fallback(const HttpServerOptions& options, const std::string& path) {
  const bool known = std::ranges::any_of(
      options.routes, [&](const HttpRoute& route) { return route.path == path; });
  HttpRoute route;
  if (!known && options.fallback) {
    route.handler = options.fallback;
    route.streams = options.fallback_streams;
  } else if (known) {
    route.handler = [](const HttpRequest& request, HttpReply& reply) {
      reply.Send(405, kJson,
                 JsonError("unsupported",
                           fmt::format("{}: not with method {}", request.path, request.method)));
    };
  } else {
    route.handler = [](const HttpRequest& request, HttpReply& reply) {
      reply.Send(404, kJson, JsonError("not_found", fmt::format("{}: no such path", request.path)));
    };
  }
  return route;
}

HttpRoute FindRoute(const HttpServerOptions& options, const HttpRequest& request) {
  const std::string method = request.method == "HEAD" ? "GET" : request.method;
  for (const HttpRoute& route : options.routes) {
    if (route.path == request.path && route.method == method) return route;
  }
  return Fallback(options, request.path);
}

bool ExpectsContinue(const http::fields& fields) {
  return AsciiLower(fields[http::field::expect]) == "100-continue";
}

// Bytes of a body that nobody wanted: many clients send all of it before they look at an answer,
// and would lose that with the connection. A part of an S3 upload is as long.
constexpr uint64_t kMaxDrain = 64 << 20;

// How many handlers stream now.
class StreamCount {
 public:
  explicit StreamCount(std::atomic<size_t>& count) : count_(count) { ++count_; }
  StreamCount(const StreamCount&) = delete;
  StreamCount& operator=(const StreamCount&) = delete;
  ~StreamCount() { --count_; }

 private:
  std::atomic<size_t>& count_;
};

}  // namespace

PaceLimits HttpShared::Pace() const {
  if (streaming >= options.slow_threads) return {std::chrono::seconds(2), 64 << 10};
  return {options.patience, 1024};
}

HttpConnection::HttpConnection(asio::ip::tcp::socket socket, std::shared_ptr<HttpShared> shared,
                               std::string peer)
    : stream_(std::move(socket)), shared_(std::move(shared)), peer_(std::move(peer)) {}

asio::awaitable<void> HttpConnection::Run() {
  const auto self = shared_from_this();
  while (!closed_) {
    const std::unique_ptr<Parser> request = co_await ReadHead();
    if (request == nullptr) break;
    if (!co_await Answer(*request)) break;
    body_.Reset();
    waiting_ = std::chrono::steady_clock::now();
  }
  beast::error_code ignored;
  (void)stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  stream_.close();
  closed_ = true;
}

void HttpConnection::Close() {
  closed_ = true;
  if (running_ == nullptr) return stream_.close();
  // A handler has the socket: it is woken, and Run closes after it.
  running_->request_stop();
  (void)::shutdown(stream_.socket().native_handle(), SHUT_RDWR);
}

asio::awaitable<bool> HttpConnection::Send(std::string bytes) {
  if (closed_) co_return false;
  beast::error_code error;
  stream_.expires_after(shared_->options.patience);
  co_await asio::async_write(stream_, asio::buffer(bytes),
                             asio::redirect_error(asio::use_awaitable, error));
  stream_.expires_never();
  co_return !error;
}

asio::awaitable<std::unique_ptr<HttpConnection::Parser>> HttpConnection::ReadHead() {
  auto parser = std::make_unique<Parser>();
  parser->header_limit(shared_->options.max_header);
  parser->body_limit(boost::none);  // its route says which
  beast::error_code error;
  stream_.expires_after(shared_->options.idle);
  co_await http::async_read_header(stream_, buffer_, *parser,
                                   asio::redirect_error(asio::use_awaitable, error));
  stream_.expires_never();
  if (!error) co_return parser;
  co_await Refuse(error, parser->got_some());
  co_return nullptr;
}

asio::awaitable<bool> HttpConnection::ReadBody(Parser& parser) {
  beast::error_code error;
  parser.body_limit(shared_->options.max_body);
  if (parser.content_length().value_or(0) > shared_->options.max_body) {
    error = http::error::body_limit;
  }
  stream_.expires_after(shared_->options.patience);
  if (!error && ExpectsContinue(parser.get())) {
    if (!co_await Send("HTTP/1.1 100 Continue\r\n\r\n")) co_return false;
    stream_.expires_after(shared_->options.patience);
  }
  if (!error && !parser.is_done()) {
    if (!co_await TakeMemory(parser)) co_return false;
    co_await http::async_read(stream_, buffer_, parser,
                              asio::redirect_error(asio::use_awaitable, error));
  }
  stream_.expires_never();
  if (!error) co_return true;
  co_await Refuse(error, true);
  co_return false;
}

asio::awaitable<bool> HttpConnection::TakeMemory(const Parser& parser) {
  constexpr size_t kFree = 16 << 10;
  // Without a length it may become as large as any.
  const uint64_t size = parser.content_length().value_or(shared_->options.max_body);
  if (size <= kFree || size > shared_->options.max_body) co_return true;
  if (shared_->bodies.TryTake(size)) {
    body_ = ByteLease(&shared_->bodies, size);
    co_return true;
  }
  spdlog::warn("http: {}: no memory for a body of {} bytes: all together have {} at most", peer_,
               size, shared_->bodies.limit());
  HttpRefusal refusal;
  refusal.status = 503;
  refusal.message = "too many large requests at a time; send it again later";
  co_await RefuseFor(refusal);
  co_return false;
}

asio::awaitable<void> HttpConnection::RefuseFor(HttpRefusal refusal) {
  co_await Send(RefusalBytes(shared_->options, refusal));
}

asio::awaitable<void> HttpConnection::Refuse(beast::error_code error, bool begun) {
  int status = 400;
  std::string message = "this is not HTTP/1.1: " + error.message();
  if (error == http::error::body_limit) {
    status = 413;
    message = fmt::format("the body is larger than {} bytes; send less", shared_->options.max_body);
  } else if (error == http::error::header_limit) {
    status = 431;
    message = fmt::format("the header is larger than {} bytes", shared_->options.max_header);
  } else if (error.category() != beast::error_code(http::error::bad_method).category() ||
             error == http::error::end_of_stream || error == http::error::partial_message) {
    if (error == beast::error::timeout && begun) {
      spdlog::warn("http: {}: a request came too slowly; closing the connection", peer_);
    }
    co_return;  // gone, or too slow
  }
  spdlog::warn("http: {}: refused with {}: {}", peer_, status, message);
  HttpRefusal refusal;
  refusal.status = status;
  refusal.message = message;
  co_await RefuseFor(refusal);
}

asio::awaitable<bool> HttpConnection::Answer(Parser& parser) {
  const Parser::value_type& message = parser.get();
  HttpRequest request;
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  request.peer = peer_;
  const auto target = ParseTarget(request.target);
  if (!target) {
    spdlog::warn("http: {}: refused with 400: {}", peer_, target.error().message);
    HttpRefusal refusal;
    refusal.message = target.error().message;
    refusal.target = request.target;
    co_await RefuseFor(refusal);
    co_return false;
  }
  request.path = target->path;
  request.query = target->query;
  for (const auto& field : message) {
    std::string& value = request.headers[AsciiLower(field.name_string())];
    if (!value.empty()) value += ",";
    value += std::string_view(field.value().data(), field.value().size());
  }
  const HttpRoute route = FindRoute(shared_->options, request);
  // Field by field: gcc 12 loses braces in coroutines.
  Work work;
  work.route = route;
  work.keep = message.keep_alive() && message.version() >= 11;
  if (route.streams) {
    work.body.chunked = parser.chunked();
    if (const auto length = parser.content_length()) work.body.length = *length;
    work.body.expects_continue = ExpectsContinue(message);
  } else {
    if (!co_await ReadBody(parser)) co_return false;
    request.body = std::move(parser.get().body());
  }
  co_return co_await Handle(work, std::move(request));
}

// On the handler's thread. False when the connection must end.
bool HttpConnection::Serve(const Work& work, HttpRequest& request) {
  SocketIo socket(stream_.socket().native_handle(), shared_->options.patience);
  ConnectionReply reply(socket, {.head_only = request.method == "HEAD",
                                 .keep = work.keep,
                                 .guard_browsers = shared_->options.guard_browsers});
  if (!work.route.streams) {
    CallHandler(work.route.handler, request, reply);
    return reply.Finish();
  }
  const StreamCount counted(shared_->streaming);
  SocketBody body(socket, buffer_, work.body, [this] { return shared_->Pace(); });
  request.stream = &body;
  CallHandler(work.route.handler, request, reply);
  const bool whole = reply.Finish();
  return body.Drain(kMaxDrain) && whole;
}

asio::awaitable<bool> HttpConnection::Handle(const Work& work, HttpRequest request) {
  waiting_.reset();
  running_ = std::make_shared<std::stop_source>();
  request.cancel = running_->get_token();
  if (!work.route.streams) WatchForEnd(running_);
  const auto done = std::make_shared<OneShot<bool>>(stream_.get_executor());
  const bool apart = work.route.slow || work.route.streams;
  shared_->handlers.Enter();
  asio::post(apart ? shared_->slow : shared_->quick,
             [this, &work, &request, done, shared = shared_] {
               done->Set(Serve(work, request));
               shared->handlers.Leave();
             });
  std::optional<bool> go_on;
  while (!go_on) go_on = co_await done->Wait(std::chrono::hours(1));
  running_ = nullptr;
  beast::error_code ignored;
  if (!closed_ && !work.route.streams) (void)stream_.socket().cancel(ignored);  // the watch
  co_return *go_on && !closed_;
}

void HttpConnection::WatchForEnd(const std::shared_ptr<std::stop_source>& stop) {
  stream_.socket().async_wait(
      asio::ip::tcp::socket::wait_read,
      [self = shared_from_this(), stop](const beast::error_code& error) {
        if (error || self->closed_) return;
        char byte = 0;
        // Readable: either the next request, which may wait, or the end.
        const auto read =
            ::recv(self->stream_.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        if (read == 0 || (read < 0 && errno != EAGAIN && errno != EWOULDBLOCK))
          stop->request_stop();
      });
}

}  // namespace ticklake::net
