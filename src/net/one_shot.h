// OneShot: a value that one coroutine waits for and any thread delivers.
//
// The bridge from threads that do blocking work (flushing) and from timers to a connection's loop.
// Threading: Set may be called from any thread, any number of times; the first value counts. Wait
// belongs to the loop of `executor`; after a limit that passed it may be called again. Both sides
// hold it by shared_ptr.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace ticklake::net {

template <class T>
class OneShot : public std::enable_shared_from_this<OneShot<T>> {
 public:
  explicit OneShot(const boost::asio::any_io_executor& executor) : timer_(executor) {}

  void Set(T value) {
    {
      const std::lock_guard lock(mutex_);
      if (value_) return;
      value_ = std::move(value);
      if (!waiting_) return;
    }
    // Timers are not thread-safe: the loop itself wakes its coroutine.
    boost::asio::post(timer_.get_executor(),
                      [self = this->shared_from_this()] { self->timer_.cancel(); });
  }

  /// The value, or nullopt when the limit passes first.
  boost::asio::awaitable<std::optional<T>> Wait(std::chrono::milliseconds limit) {
    {
      const std::lock_guard lock(mutex_);
      if (value_) co_return std::move(value_);
      waiting_ = true;
    }
    timer_.expires_after(limit);
    // A Set since then posts its cancel behind us, so that the wait below always sees it.
    boost::system::error_code ignored;
    co_await timer_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
    const std::lock_guard lock(mutex_);
    co_return std::move(value_);
  }

 private:
  boost::asio::steady_timer timer_;
  std::mutex mutex_;
  std::optional<T> value_;
  bool waiting_ = false;
};

}  // namespace ticklake::net
