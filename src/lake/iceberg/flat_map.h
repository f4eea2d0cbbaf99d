// FlatMap: a map from field ids in one sorted vector.
//
// A table of n files and m columns has 6·n·m entries of statistics in memory; a tree's nodes
// would take several times their content. Threading: as std::map. Does not: keep references
// valid across insertions.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <stdexcept>
#include <utility>
#include <vector>

namespace ticklake::lake::iceberg {

template <class T>
class FlatMap {
 public:
  using value_type = std::pair<int32_t, T>;
  using Iterator = typename std::vector<value_type>::const_iterator;

  FlatMap() = default;
  FlatMap(std::initializer_list<value_type> items) {
    for (const value_type& item : items) (*this)[item.first] = item.second;
  }

  /// Makes a default value where there is none. Cheap when keys come in ascending order.
  T& operator[](int32_t key) {
    const auto at = LowerBound(key);
    if (at != items_.end() && at->first == key) return at->second;
    return items_.emplace(at, key, T())->second;
  }
  /// Throws std::out_of_range, as std::map does.
  const T& at(int32_t key) const {
    const auto found = find(key);
    if (found == end()) throw std::out_of_range("FlatMap::at");
    return found->second;
  }
  Iterator find(int32_t key) const {
    const auto at = std::ranges::lower_bound(items_, key, {}, &value_type::first);
    return at != items_.end() && at->first == key ? at : items_.end();
  }
  bool contains(int32_t key) const { return find(key) != end(); }
  size_t erase(int32_t key) {
    const auto at = LowerBound(key);
    if (at == items_.end() || at->first != key) return 0;
    items_.erase(at);
    return 1;
  }
  Iterator begin() const { return items_.begin(); }
  Iterator end() const { return items_.end(); }
  size_t size() const { return items_.size(); }
  bool empty() const { return items_.empty(); }
  void clear() { items_.clear(); }
  void reserve(size_t size) { items_.reserve(size); }
  bool operator==(const FlatMap&) const = default;

 private:
  auto LowerBound(int32_t key) {
    return std::ranges::lower_bound(items_, key, {}, &value_type::first);
  }

  std::vector<value_type> items_;
};

}  // namespace ticklake::lake::iceberg
