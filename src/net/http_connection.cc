#include "net/http_connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <cctype>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>

#include "base/log.h"
#include "net/one_shot.h"
#include "net/url.h"

namespace ticklake::net {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

constexpr std::string_view kJson = "application/json";

// How an answer's head differs from one request to the next.
struct HeadForm {
  bool keep = true;     // the connection goes on
  bool chunks = false;  // the body comes in chunks; else `size` bytes
  size_t size = 0;
  std::string_view fields;  // lines of the handler's own
};

std::string Head(int status, std::string_view type, const HeadForm& form) {
  const auto reason = http::obsolete_reason(http::int_to_status(static_cast<unsigned>(status)));
  std::string head = fmt::format("HTTP/1.1 {} {}\r\nContent-Type: {}\r\n", status,
                                 std::string_view(reason.data(), reason.size()), type);
  head += form.chunks ? "Transfer-Encoding: chunked\r\n"
                      : fmt::format("Content-Length: {}\r\n", form.size);
  // Answers are for programs and change all the time; a browser shall not guess what they are.
  head += "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n";
  if (!form.keep) head += "Connection: close\r\n";
  head += form.fields;
  return head + "\r\n";
}

// The reply of one request: calls come from a handler's thread and wait for the loop.
class ConnectionReply : public HttpReply {
 public:
  ConnectionReply(std::shared_ptr<HttpConnection> connection, asio::any_io_executor loop,
                  bool head_only, bool keep)
      : connection_(std::move(connection)),
        loop_(std::move(loop)),
        head_only_(head_only),
        keep_(keep) {}

  void AddField(std::string_view name, std::string_view value) override {
    fields_ += fmt::format("{}: ", name);
    for (const char c : value) fields_ += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    fields_ += "\r\n";
  }

  void Send(int status, std::string_view content_type, std::string_view body) override {
    if (begun_) return Abort();  // too late for another status
    begun_ = ended_ = true;
    std::string bytes =
        Head(status, content_type, {.keep = keep_, .size = body.size(), .fields = fields_});
    if (!head_only_) bytes += body;
    ToLoop(std::move(bytes));
  }

  Result<void> Begin(int status, std::string_view content_type) override {
    begun_ = true;
    const std::string fields = std::exchange(fields_, "");
    return Outcome(
        ToLoop(Head(status, content_type, {.keep = keep_, .chunks = true, .fields = fields})));
  }

  Result<void> Write(std::string_view piece) override {
    if (piece.empty() || head_only_) return Outcome(!broken_);
    return Outcome(ToLoop(fmt::format("{:x}\r\n{}\r\n", piece.size(), piece)));
  }

  void Abort() override { broken_ = true; }

  // After the handler. False when the connection cannot go on.
  bool Finish() {
    if (!begun_) Send(500, kJson, JsonError("internal", "the request was not answered"));
    if (!ended_ && !broken_ && !head_only_) ToLoop("0\r\n" + fields_ + "\r\n");
    return !broken_ && keep_;
  }

 private:
  static Result<void> Outcome(bool sent) {
    if (!sent) return Fail(Code::kUnavailable, "HTTP client: gone before it had the whole answer");
    return {};
  }

  bool ToLoop(std::string bytes) {
    if (broken_) return false;
    auto sent = asio::co_spawn(loop_, connection_->Send(std::move(bytes)), asio::use_future);
    broken_ = !sent.get();
    return !broken_;
  }

  const std::shared_ptr<HttpConnection> connection_;
  const asio::any_io_executor loop_;
  const bool head_only_;
  const bool keep_;
  std::string fields_;  // lines for the head, or the trailer
  bool begun_ = false;
  bool ended_ = false;
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

std::string Lower(std::string_view name) {
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

}  // namespace

HttpConnection::HttpConnection(asio::ip::tcp::socket socket, std::shared_ptr<HttpShared> shared,
                               std::string peer)
    : stream_(std::move(socket)), shared_(std::move(shared)), peer_(std::move(peer)) {}

asio::awaitable<void> HttpConnection::Run() {
  const auto self = shared_from_this();
  while (!closed_) {
    const std::unique_ptr<Parser> request = co_await Read();
    if (request == nullptr) break;
    if (!co_await Answer(request->release())) break;
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
  if (running_) running_->request_stop();
  stream_.close();
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

asio::awaitable<std::unique_ptr<HttpConnection::Parser>> HttpConnection::Read() {
  auto parser = std::make_unique<Parser>();
  parser->header_limit(shared_->options.max_header);
  parser->body_limit(shared_->options.max_body);
  beast::error_code error;
  stream_.expires_after(shared_->options.idle);
  co_await http::async_read_header(stream_, buffer_, *parser,
                                   asio::redirect_error(asio::use_awaitable, error));
  stream_.expires_after(shared_->options.patience);
  if (!error && Lower(parser->get()[http::field::expect]) == "100-continue") {
    if (!co_await Send("HTTP/1.1 100 Continue\r\n\r\n")) co_return nullptr;
    stream_.expires_after(shared_->options.patience);
  }
  if (!error && !parser->is_done()) {
    if (!co_await TakeMemory(*parser)) co_return nullptr;
    co_await http::async_read(stream_, buffer_, *parser,
                              asio::redirect_error(asio::use_awaitable, error));
  }
  stream_.expires_never();
  if (!error) co_return parser;
  co_await Refuse(error, parser->got_some());
  co_return nullptr;
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
  co_await RefuseFor(503, "too many large requests at a time; send it again later");
  co_return false;
}

asio::awaitable<void> HttpConnection::RefuseFor(int status, std::string_view message) {
  const std::string body = JsonError(status == 503 ? "unavailable" : "invalid", message);
  co_await Send(Head(status, kJson, {.keep = false, .size = body.size()}) + body);
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
  co_await RefuseFor(status, message);
}

asio::awaitable<bool> HttpConnection::Answer(Parser::value_type message) {
  HttpRequest request;
  request.method = std::string(message.method_string());
  const auto target =
      ParseTarget(std::string_view(message.target().data(), message.target().size()));
  if (!target) {
    spdlog::warn("http: {}: refused with 400: {}", peer_, target.error().message);
    co_await RefuseFor(400, target.error().message);
    co_return false;
  }
  request.path = target->path;
  request.query = target->query;
  for (const auto& field : message) {
    request.headers[Lower(field.name_string())] = std::string(field.value());
  }
  const bool keep = message.keep_alive() && message.version() >= 11;
  request.body = std::move(message.body());
  const HttpRoute route = FindRoute(shared_->options, request);
  co_return co_await Handle(route, std::move(request), keep);
}

asio::awaitable<bool> HttpConnection::Handle(const HttpRoute& route, HttpRequest request,
                                             bool keep) {
  waiting_.reset();
  running_ = std::make_shared<std::stop_source>();
  request.cancel = running_->get_token();
  WatchForEnd(running_);
  const asio::any_io_executor loop = stream_.get_executor();
  const auto done = std::make_shared<OneShot<bool>>(loop);
  const auto reply =
      std::make_shared<ConnectionReply>(shared_from_this(), loop, request.method == "HEAD", keep);
  asio::post(route.slow ? shared_->slow : shared_->quick, [&route, &request, reply, done] {
    CallHandler(route.handler, request, *reply);
    done->Set(reply->Finish());
  });
  std::optional<bool> go_on;
  while (!go_on) go_on = co_await done->Wait(std::chrono::hours(1));
  running_ = nullptr;
  beast::error_code ignored;
  if (!closed_) (void)stream_.socket().cancel(ignored);  // the watch
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
