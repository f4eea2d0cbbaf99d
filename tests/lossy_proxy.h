// LossyProxy: forwards TCP to a server of this machine, and loses answers when told to.
//
// A lost answer: the request went through whole and the server did its work, but its answer is
// thrown away and both connections are closed. Tests only. Threading: LoseAnswers from any thread.
#pragma once

#include <algorithm>
#include <atomic>
#include <list>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

namespace ticklake {

class LossyProxy {
 public:
  explicit LossyProxy(uint16_t port)
      : to_(boost::asio::ip::address_v4::loopback(), port),
        acceptor_(loop_, {boost::asio::ip::address_v4::loopback(), 0}) {
    accepting_ = std::jthread([this] { Accept(); });
  }
  LossyProxy(const LossyProxy&) = delete;
  LossyProxy& operator=(const LossyProxy&) = delete;
  ~LossyProxy() {
    stopping_ = true;
    boost::system::error_code ignored;
    Socket knock(loop_);
    knock.connect(acceptor_.local_endpoint(), ignored);
    accepting_.join();
    for (auto& pair : pairs_) pair.Close();
    for (auto& pair : pairs_) pair.Join();
  }

  std::string Url() const {
    return fmt::format("http://127.0.0.1:{}", acceptor_.local_endpoint().port());
  }
  /// The next `count` answers, on any connection, are lost.
  void LoseAnswers(int count) { to_lose_ = count; }
  int lost() const { return lost_; }

 private:
  using Socket = boost::asio::ip::tcp::socket;

  struct Pair {
    explicit Pair(boost::asio::io_context& loop) : client(loop), server(loop) {}
    void Close() {
      boost::system::error_code ignored;
      client.shutdown(Socket::shutdown_both, ignored);
      server.shutdown(Socket::shutdown_both, ignored);
    }
    void Join() {
      if (up.joinable()) up.join();
      if (down.joinable()) down.join();
    }
    Socket client;
    Socket server;
    std::thread up;
    std::thread down;
  };

  void Accept() {
    while (true) {
      Pair& pair = pairs_.emplace_back(loop_);
      boost::system::error_code error;
      acceptor_.accept(pair.client, error);
      if (error || stopping_) return;
      pair.server.connect(to_, error);
      if (error) continue;
      pair.up = std::thread([this, &pair] { Copy(pair, pair.client, pair.server, false); });
      pair.down = std::thread([this, &pair] { Copy(pair, pair.server, pair.client, true); });
    }
  }

  void Copy(Pair& pair, Socket& from, Socket& to, bool answers) {
    std::vector<char> piece(64 << 10);
    boost::system::error_code error;
    while (!error) {
      const size_t size = from.read_some(boost::asio::buffer(piece), error);
      if (error) break;
      if (answers && TakeLoss()) break;
      boost::asio::write(to, boost::asio::buffer(piece.data(), size), error);
    }
    pair.Close();
  }

  bool TakeLoss() {
    int left = to_lose_;
    while (left > 0) {
      if (to_lose_.compare_exchange_weak(left, left - 1)) {
        ++lost_;
        return true;
      }
    }
    return false;
  }

  boost::asio::io_context loop_;
  const boost::asio::ip::tcp::endpoint to_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> to_lose_ = 0;
  std::atomic<int> lost_ = 0;
  std::list<Pair> pairs_;  // of the accepting thread, until it has ended
  std::jthread accepting_;
};

}  // namespace ticklake
