#include "net/http_client.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include "net/address.h"

namespace ticklake::net {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

namespace {

class Exchange {
 public:
  Exchange(asio::io_context& loop, const HttpCall& call, const HttpBodyFunction& on_body)
      : call_(call), on_body_(on_body), resolver_(loop), stream_(loop) {}

  asio::awaitable<Result<HttpAnswer>> Run() {
    if (auto connected = co_await Connect(); !connected) co_return Fail(connected.error());
    if (auto sent = co_await SendRequest(); !sent) co_return Fail(sent.error());
    if (auto read = co_await ReadAnswer(); !read) co_return Fail(read.error());
    co_return std::move(answer_);
  }

  /// On the loop: ends whatever the exchange waits for.
  void Cancel() {
    cancelled_ = true;
    resolver_.cancel();
    stream_.close();
  }

 private:
  auto Token() { return asio::redirect_error(asio::use_awaitable, error_); }

  std::unexpected<Error> Broken(std::string_view when) const {
    const std::string peer = HostPort{call_.host, call_.port}.ToString();
    if (cancelled_) return Fail(Code::kCancelled, "{}: cancelled while {}", peer, when);
    if (error_ == beast::error::timeout) {
      return Fail(Code::kTimeout, "{}: no answer in time while {}", peer, when);
    }
    const bool no_http =
        error_.category() == beast::error_code(http::error::bad_method).category() &&
        error_ != http::error::end_of_stream && error_ != http::error::partial_message;
    if (no_http) return Fail(Code::kCorrupt, "{}: not HTTP: {}", peer, error_.message());
    return Fail(Code::kUnavailable, "{}: {} while {}", peer, error_.message(), when);
  }

  asio::awaitable<Result<void>> Connect() {
    const auto found =
        co_await resolver_.async_resolve(call_.host, std::to_string(call_.port), Token());
    if (error_) co_return Broken("looking up the address");
    stream_.expires_after(call_.connect_timeout);
    co_await stream_.async_connect(found, Token());
    if (error_ || cancelled_) co_return Broken("connecting");
    co_return Result<void>{};
  }

  asio::awaitable<Result<void>> SendRequest() {
    http::request<http::string_body> request;
    request.version(11);
    request.method_string(call_.method);
    request.target(call_.target);
    request.set(http::field::host, HostPort{call_.host, call_.port}.ToString());
    request.set(http::field::user_agent, "ticklake");
    request.set(http::field::connection, "close");
    if (!call_.body.empty()) request.set(http::field::content_type, call_.content_type);
    request.body() = call_.body;
    request.prepare_payload();
    stream_.expires_after(call_.idle_timeout);
    co_await http::async_write(stream_, request, Token());
    if (error_) co_return Broken("sending the request");
    co_return Result<void>{};
  }

  asio::awaitable<Result<void>> ReadAnswer() {
    http::response_parser<http::buffer_body> parser;
    parser.body_limit(boost::none);
    if (call_.method == "HEAD") parser.skip(true);
    co_await http::async_read_header(stream_, buffer_, parser, Token());
    if (error_) co_return Broken("waiting for the answer");
    answer_.status = static_cast<int>(parser.get().result_int());
    answer_.content_type = std::string(parser.get()[http::field::content_type]);
    TakeFields(parser.get());
    std::array<char, 64 << 10> piece;
    while (!parser.is_done()) {
      parser.get().body().data = piece.data();
      parser.get().body().size = piece.size();
      stream_.expires_after(call_.idle_timeout);
      co_await http::async_read(stream_, buffer_, parser, Token());
      if (error_ == http::error::need_buffer) error_ = {};
      if (error_) co_return Broken("reading the answer, which is not whole");
      const size_t size = piece.size() - parser.get().body().size;
      if (size == 0) continue;
      if (auto taken = on_body_(answer_, {piece.data(), size}); !taken) co_return taken;
    }
    TakeFields(parser.get());  // the trailer's are among them now
    co_return Result<void>{};
  }

  void TakeFields(const http::fields& fields) {
    for (const auto& field : fields) {
      std::string name(field.name_string());
      std::ranges::transform(name, name.begin(),
                             [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      answer_.fields[name] = std::string(field.value());
    }
  }

  const HttpCall& call_;
  const HttpBodyFunction& on_body_;
  tcp::resolver resolver_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  beast::error_code error_;
  HttpAnswer answer_;
  bool cancelled_ = false;
};

}  // namespace

Result<HttpAnswer> HttpStream(const HttpCall& call, const HttpBodyFunction& on_body) {
  try {
    asio::io_context loop(1);
    Exchange exchange(loop, call, on_body);
    auto answer = asio::co_spawn(loop, exchange.Run(), asio::use_future);
    const std::stop_callback on_cancel(
        call.cancel, [&] { asio::post(loop, [&exchange] { exchange.Cancel(); }); });
    loop.run();
    return answer.get();
  } catch (const std::exception& e) {
    return Fail(Code::kInternal, "HTTP call to {}:{}: {}", call.host, call.port, e.what());
  }
}

Result<HttpAnswer> HttpFetch(const HttpCall& call) {
  std::string body;
  TL_ASSIGN(HttpAnswer answer, HttpStream(call, [&](const HttpAnswer&, std::string_view piece) {
              body += piece;
              return Result<void>{};
            }));
  answer.body = std::move(body);
  return answer;
}

}  // namespace ticklake::net
