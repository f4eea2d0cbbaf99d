// HandleTable: values of ours that SQL text names by a number, for functions that DuckDB calls.
//
// A query adds a value and gets a handle; the value can be found under its number until the
// handle is dropped, and lives on while somebody holds it. Threading: safe from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace ticklake::query {

template <class T>
class HandleTable {
 public:
  class Handle {
   public:
    Handle(HandleTable& table, uint64_t id) : table_(&table), id_(id) {}
    Handle(Handle&& other) noexcept
        : table_(std::exchange(other.table_, nullptr)), id_(other.id_) {}
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    Handle& operator=(Handle&&) = delete;
    ~Handle() {
      if (table_ != nullptr) table_->Drop(id_);
    }
    uint64_t id() const { return id_; }

   private:
    HandleTable* table_;
    uint64_t id_;
  };

  /// The table outlives the handle.
  Handle Add(T value) {
    auto shared = std::make_shared<const T>(std::move(value));
    const std::lock_guard lock(mutex_);
    values_.emplace(++last_id_, std::move(shared));
    return {*this, last_id_};
  }

  /// nullptr if there is none.
  std::shared_ptr<const T> Find(uint64_t id) {
    const std::lock_guard lock(mutex_);
    const auto found = values_.find(id);
    return found == values_.end() ? nullptr : found->second;
  }

 private:
  void Drop(uint64_t id) {
    const std::lock_guard lock(mutex_);
    values_.erase(id);
  }

  std::mutex mutex_;
  std::unordered_map<uint64_t, std::shared_ptr<const T>> values_;
  uint64_t last_id_ = 0;
};

}  // namespace ticklake::query
