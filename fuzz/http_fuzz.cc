// Bytes to the HTTP server, over a real socket: it answers in HTTP or closes the connection, and
// serves the next client.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "net/http_server.h"

namespace {

namespace net = ticklake::net;

void Require(bool holds) {
  if (!holds) std::abort();
}

// Echoes what it understood, whole or in pieces.
net::HttpServerOptions Options() {
  net::HttpServerOptions options;
  options.listen = {"127.0.0.1", 0};
  options.max_body = 4096;
  options.max_header = 2048;
  options.routes = {{.method = "POST",
                     .path = "/echo",
                     .handler =
                         [](const net::HttpRequest& request, net::HttpReply& reply) {
                           Require(request.body.size() <= 4096);
                           reply.Send(200, "text/plain", request.body);
                         }},
                    {.method = "GET",
                     .path = "/pieces",
                     .handler =
                         [](const net::HttpRequest& request, net::HttpReply& reply) {
                           if (!reply.Begin(200, "text/plain")) return;
                           for (const auto& [name, value] : request.query) {
                             if (!reply.Write(name + '=' + value + '\n')) return;
                           }
                         },
                     .slow = true}};
  return options;
}

uint16_t Port() {
  static const auto server = net::HttpServer::Start(Options()).value();
  return server->port();
}

// Sends everything, then nothing more; returns all that comes back.
std::string Exchange(std::string_view request) {
  const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  Require(client >= 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(Port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  // Nothing lingers, so that a million connections do not use up the ports.
  const linger gone{.l_onoff = 1, .l_linger = 0};
  Require(::setsockopt(client, SOL_SOCKET, SO_LINGER, &gone, sizeof gone) == 0);
  Require(::connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  while (!request.empty()) {
    const ssize_t sent = ::send(client, request.data(), request.size(), MSG_NOSIGNAL);
    if (sent <= 0) break;  // refused already
    request.remove_prefix(static_cast<size_t>(sent));
  }
  ::shutdown(client, SHUT_WR);
  std::string answer;
  std::array<char, 4096> piece;
  ssize_t got = 0;
  while ((got = ::recv(client, piece.data(), piece.size(), 0)) > 0) {
    answer.append(piece.data(), static_cast<size_t>(got));
  }
  ::close(client);
  return answer;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string answer = Exchange({reinterpret_cast<const char*>(data), size});
  Require(answer.empty() || answer.starts_with("HTTP/1.1 "));
  static unsigned runs = 0;
  if (++runs % 64 == 0) {
    const std::string echo =
        Exchange("POST /echo HTTP/1.1\r\nContent-Length: 5\r\nConnection: close\r\n\r\nalive");
    Require(echo.starts_with("HTTP/1.1 200 ") && echo.ends_with("alive"));
  }
  return 0;
}
