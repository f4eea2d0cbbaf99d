#include "broker/log/flusher.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

namespace ticklake::broker {

using State = FlushJob::State;

Flusher::Flusher(size_t threads) {
  threads_.reserve(threads);
  for (size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { Run(); });
    pthread_setname_np(threads_.back().native_handle(), "flusher");
  }
}

Flusher::~Flusher() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  stop_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Flusher::Request(const std::shared_ptr<FlushJob>& job, std::chrono::milliseconds delay) {
  {
    const std::lock_guard lock(mutex_);
    const bool now = delay.count() <= 0;
    switch (job->state_) {
      case State::kQueued:
      case State::kRunningAndAsked: return;
      case State::kRunning:
        job->state_ = State::kRunningAndAsked;
        job->asked_delay_ = delay;
        return;
      case State::kDelayed:
        if (!now) return;
        std::erase_if(delayed_, [&](const Delayed& delayed) { return delayed.job == job; });
        break;
      case State::kIdle: break;
    }
    Enqueue(job, delay);
  }
  changed_.notify_one();
}

void Flusher::Enqueue(const std::shared_ptr<FlushJob>& job, std::chrono::milliseconds delay) {
  if (delay.count() <= 0) {
    job->state_ = State::kQueued;
    queue_.push_back(job);
  } else {
    job->state_ = State::kDelayed;
    delayed_.push_back({std::chrono::steady_clock::now() + delay, job});
  }
}

void Flusher::Every(std::chrono::milliseconds period, std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  threads_.emplace_back([this, period, job = std::move(work)] { RunEvery(period, job); });
  pthread_setname_np(threads_.back().native_handle(), "housekeeping");
}

Flusher::Time Flusher::PromoteDelayed(Time now) {
  Time next = now + std::chrono::hours(1);
  std::erase_if(delayed_, [&](const Delayed& delayed) {
    if (delayed.due > now) {
      next = std::min(next, delayed.due);
      return false;
    }
    delayed.job->state_ = State::kQueued;
    queue_.push_back(delayed.job);
    return true;
  });
  return next;
}

void Flusher::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const Time next = PromoteDelayed(std::chrono::steady_clock::now());
    if (queue_.empty()) {
      changed_.wait_until(lock, next);
      continue;
    }
    const std::shared_ptr<FlushJob> job = std::move(queue_.front());
    queue_.pop_front();
    job->state_ = State::kRunning;
    lock.unlock();
    job->run();
    lock.lock();
    if (std::exchange(job->state_, State::kIdle) == State::kRunningAndAsked) {
      Enqueue(job, job->asked_delay_);
    }
  }
}

void Flusher::RunEvery(std::chrono::milliseconds period, const std::function<void()>& work) {
  std::unique_lock lock(mutex_);
  while (true) {
    const auto due = std::chrono::steady_clock::now() + period;
    if (stop_.wait_until(lock, due, [this] { return stopping_; })) return;
    lock.unlock();
    work();
    lock.lock();
  }
}

}  // namespace ticklake::broker
