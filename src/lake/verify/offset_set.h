// OffsetSet: a set of offsets of one log, a bit each, in pages that exist only where used.
//
// Threading: none. Does not: shrink.
#pragma once

#include <bitset>
#include <cstdint>
#include <memory>
#include <unordered_map>

namespace ticklake::lake {

class OffsetSet {
 public:
  /// False if the offset (>= 0) was in the set already.
  bool Insert(int64_t offset) {
    Page& page = PageOf(offset);
    const auto bit = static_cast<size_t>(offset % kPageBits);
    if (page.test(bit)) return false;
    page.set(bit);
    return true;
  }

  bool Contains(int64_t offset) const {
    const auto found = pages_.find(offset / kPageBits);
    return found != pages_.end() && found->second->test(static_cast<size_t>(offset % kPageBits));
  }

 private:
  static constexpr int64_t kPageBits = 1 << 16;
  using Page = std::bitset<kPageBits>;

  /// Rows mostly come in runs, so the last page is the next one too.
  Page& PageOf(int64_t offset) {
    const int64_t number = offset / kPageBits;
    if (last_ == nullptr || number != last_number_) {
      auto& page = pages_[number];
      if (!page) page = std::make_unique<Page>();
      last_ = page.get();
      last_number_ = number;
    }
    return *last_;
  }

  std::unordered_map<int64_t, std::unique_ptr<Page>> pages_;
  Page* last_ = nullptr;
  int64_t last_number_ = 0;
};

}  // namespace ticklake::lake
