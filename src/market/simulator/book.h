// A limit order book of one symbol with price-time priority.
//
// Prices are integer ticks. Each price level is a FIFO queue of orders; the best levels are
// kept at hand; adding, cancelling and executing cost O(1) but for the walk to the next level.
// Invariants: best bid < best ask (an Add that would cross is refused by assertion: callers
// cap its price); no order rests more than kReach ticks behind its side's best (such orders
// are cancelled when the best moves away); added = resting + cancelled + executed shares.
// Threading: one thread. Does not: know time, symbols or who sends the orders.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "market/event.h"

namespace ticklake::market {

enum class BookSide : uint8_t { kBid = 0, kAsk = 1 };
constexpr BookSide Opposite(BookSide side) {
  return side == BookSide::kBid ? BookSide::kAsk : BookSide::kBid;
}

class Book {
 public:
  using OrderId = uint16_t;
  static constexpr int64_t kReach = 40;      ///< ticks
  static constexpr size_t kMaxOrders = 512;  ///< both sides together

  struct Top {
    int64_t price = 0;  ///< ticks
    int64_t size = 0;   ///< shares of all orders at that price
    bool operator==(const Top&) const = default;
  };
  struct Fill {
    OrderId order = 0;  ///< the resting order; its id may be in use again
    int64_t price = 0;
    int64_t size = 0;
  };
  /// Shares since the book was made.
  struct Totals {
    int64_t added = 0;
    int64_t cancelled = 0;
    int64_t executed = 0;
  };

  Book();

  /// Orders resting on a side.
  size_t Count(BookSide side) const { return live_[Index(side)].size(); }
  bool Full() const { return free_.empty(); }
  /// The best level; the side must have orders.
  Top Best(BookSide side) const;
  int64_t BestPrice(BookSide side) const { return best_[Index(side)]; }

  /// Adds `size` > 0 shares behind all others at `price`, which must not cross the opposite
  /// best nor lie more than kReach behind its own. The book must not be Full().
  OrderId Add(BookSide side, int64_t price, int64_t size);
  /// Order number `n` of Count(side), in no meaningful order.
  OrderId OrderAt(BookSide side, size_t n) const { return live_[Index(side)][n]; }
  void Cancel(OrderId order);
  /// Takes up to `size` shares off `side`, best price first, oldest order first; appends the
  /// fills. Returns the shares taken.
  int64_t Execute(BookSide side, int64_t size, std::vector<Fill>& fills);

  const Totals& totals() const { return totals_; }
  /// Shares now resting, counted order by order.
  int64_t RestingShares() const;

 private:
  static constexpr OrderId kNone = 0xffff;
  static constexpr size_t kLevels = 256;  // > all ticks between the outermost orders
  struct Order {
    int64_t price = 0;
    int32_t size = 0;
    OrderId next = kNone;
    OrderId previous = kNone;
    uint16_t place = 0;  // in live_
    BookSide side = BookSide::kBid;
  };
  struct Queue {
    int64_t size = 0;
    OrderId head = kNone;
    OrderId tail = kNone;
  };

  static constexpr size_t Index(BookSide side) { return static_cast<size_t>(side); }
  Queue& At(int64_t price) { return levels_[static_cast<size_t>(price) % kLevels]; }
  const Queue& At(int64_t price) const { return levels_[static_cast<size_t>(price) % kLevels]; }
  void Remove(OrderId id);
  void TrimFar(BookSide side, int64_t old_best);

  std::array<Queue, kLevels> levels_;  // a ring over prices
  std::array<Order, kMaxOrders> orders_;
  std::vector<OrderId> free_;
  std::array<std::vector<OrderId>, 2> live_;
  std::array<int64_t, 2> best_{};
  Totals totals_;
};

}  // namespace ticklake::market
