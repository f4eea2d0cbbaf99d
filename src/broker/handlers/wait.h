// Awaiting an answer that comes through a function, from any thread.
#pragma once

#include <chrono>
#include <memory>
#include <utility>

#include <boost/asio/awaitable.hpp>

#include "base/thread_pool.h"
#include "broker/handlers/context.h"
#include "net/one_shot.h"

namespace ticklake::broker {

/// Calls `start(reply)` and gives the value that `reply` is called with. Whoever got `reply` calls
/// it for certain: groups when their deadlines pass, stores when they are closed.
template <class T, class StartFunction>
boost::asio::awaitable<T> Awaited(const RequestContext& context, StartFunction start) {
  auto answer = std::make_shared<net::OneShot<T>>(context.client.executor);
  start([answer](T value) { answer->Set(std::move(value)); });
  for (;;) {
    std::optional<T> value = co_await answer->Wait(std::chrono::hours(1));
    if (value) co_return std::move(*value);
  }
}

/// Runs `work` on the pool and gives what it returns. `work` may refer to the caller's frame.
template <class T, class Work>
boost::asio::awaitable<T> OnPool(const RequestContext& context, Work work) {
  T value = co_await Awaited<T>(context, [&context, &work](const auto& reply) {
    context.broker.pool.Submit([&work, reply] { reply(work()); });
  });
  co_return value;
}

}  // namespace ticklake::broker
