#include "market/simulator/book.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>

#include "base/random.h"

namespace ticklake::market {
namespace {

// The obvious book: a sorted map of queues. What Book does fast, this does plainly.
class PlainBook {
 public:
  struct Resting {
    Book::OrderId id;
    int64_t size;
  };
  using Levels = std::map<int64_t, std::deque<Resting>>;

  void Add(BookSide side, Book::OrderId id, int64_t price, int64_t size) {
    Of(side)[price].push_back({id, size});
    const int64_t best = Best(side);
    std::erase_if(Of(side),
                  [&](const auto& level) { return std::abs(level.first - best) > Book::kReach; });
  }
  void Cancel(BookSide side, Book::OrderId id) {
    for (auto& [price, queue] : Of(side)) {
      std::erase_if(queue, [&](const Resting& r) { return r.id == id; });
    }
    std::erase_if(Of(side), [](const auto& level) { return level.second.empty(); });
  }
  std::vector<Book::Fill> Execute(BookSide side, int64_t size) {
    std::vector<Book::Fill> fills;
    while (size > 0 && !Of(side).empty()) {
      auto& queue = Of(side)[Best(side)];
      const int64_t taken = std::min(size, queue.front().size);
      fills.push_back({queue.front().id, Best(side), taken});
      size -= taken;
      queue.front().size -= taken;
      if (queue.front().size == 0) queue.pop_front();
      if (queue.empty()) Of(side).erase(Best(side));
    }
    return fills;
  }
  int64_t Best(BookSide side) {
    return side == BookSide::kBid ? Of(side).rbegin()->first : Of(side).begin()->first;
  }
  int64_t BestSize(BookSide side) {
    int64_t sum = 0;
    for (const Resting& r : Of(side)[Best(side)]) sum += r.size;
    return sum;
  }
  size_t Count(BookSide side) {
    size_t n = 0;
    for (const auto& [price, queue] : Of(side)) n += queue.size();
    return n;
  }

 private:
  Levels& Of(BookSide side) { return levels_[static_cast<size_t>(side)]; }
  Levels levels_[2];
};

class Pair {
 public:
  explicit Pair(uint64_t seed) : random_(seed) {}

  void Step() {
    const BookSide side = random_.Chance(1, 2) ? BookSide::kBid : BookSide::kAsk;
    const uint64_t roll = random_.Below(10);
    if (roll < 5 || book_.Count(side) == 0) return Add(side);
    if (roll < 8) {
      const auto id = book_.OrderAt(side, random_.Below(book_.Count(side)));
      book_.Cancel(id);
      return plain_.Cancel(side, id);
    }
    std::vector<Book::Fill> fills;
    const int64_t size = random_.Between(1, 1500);
    const int64_t done = book_.Execute(side, size, fills);
    const auto expected = plain_.Execute(side, size);
    ASSERT_EQ(fills.size(), expected.size());
    int64_t sum = 0;
    for (size_t i = 0; i < fills.size(); ++i) {
      EXPECT_EQ(fills[i].order, expected[i].order);
      EXPECT_EQ(fills[i].price, expected[i].price);
      EXPECT_EQ(fills[i].size, expected[i].size);
      sum += fills[i].size;
    }
    EXPECT_EQ(done, sum);
  }

  void Check() {
    for (const BookSide side : {BookSide::kBid, BookSide::kAsk}) {
      ASSERT_EQ(book_.Count(side), plain_.Count(side));
      if (book_.Count(side) == 0) continue;
      ASSERT_EQ(book_.Best(side).price, plain_.Best(side));
      ASSERT_EQ(book_.Best(side).size, plain_.BestSize(side));
    }
    if (book_.Count(BookSide::kBid) > 0 && book_.Count(BookSide::kAsk) > 0) {
      ASSERT_LT(book_.BestPrice(BookSide::kBid), book_.BestPrice(BookSide::kAsk));
    }
    const Book::Totals& t = book_.totals();
    ASSERT_EQ(t.added, t.cancelled + t.executed + book_.RestingShares());
  }

 private:
  void Add(BookSide side) {
    if (book_.Full()) return;
    const bool bid = side == BookSide::kBid;
    int64_t price = 1000 + random_.Between(-60, 60) + (bid ? -1 : 1);
    const BookSide other = Opposite(side);
    if (book_.Count(other) > 0) {
      const int64_t limit = book_.BestPrice(other);
      price = bid ? std::min(price, limit - 1) : std::max(price, limit + 1);
    }
    if (book_.Count(side) > 0) {
      const int64_t best = book_.BestPrice(side);
      price = bid ? std::max(price, best - Book::kReach) : std::min(price, best + Book::kReach);
    }
    const int64_t size = random_.Between(1, 500);
    plain_.Add(side, book_.Add(side, price, size), price, size);
  }

  Random random_;
  Book book_;
  PlainBook plain_;
};

TEST(Book, DoesWhatAPlainBookDoes) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Pair pair(seed);
    for (int i = 0; i < 3000; ++i) {
      pair.Step();
      pair.Check();
      if (HasFailure()) FAIL() << "seed " << seed << ", step " << i;
    }
  }
}

TEST(Book, TheOlderOrderOfAPriceIsFilledFirst) {
  Book book;
  const auto late_but_better = book.Add(BookSide::kAsk, 100, 5);
  const auto first = book.Add(BookSide::kAsk, 101, 10);
  const auto second = book.Add(BookSide::kAsk, 101, 10);
  std::vector<Book::Fill> fills;
  EXPECT_EQ(book.Execute(BookSide::kAsk, 20, fills), 20);
  ASSERT_EQ(fills.size(), 3U);
  EXPECT_EQ(fills[0].order, late_but_better);
  EXPECT_EQ(fills[1].order, first);
  EXPECT_EQ(fills[2].order, second);
  EXPECT_EQ(fills[2].size, 5);
  EXPECT_EQ(book.Best(BookSide::kAsk), (Book::Top{101, 5}));
}

}  // namespace
}  // namespace ticklake::market
