#include "market/simulator/book.h"

#include <algorithm>
#include <cassert>

namespace ticklake::market {
namespace {

// +1 towards better prices of a side.
int64_t Better(BookSide side) { return side == BookSide::kBid ? 1 : -1; }

}  // namespace

Book::Book() {
  free_.reserve(kMaxOrders);
  for (size_t id = kMaxOrders; id > 0; --id) free_.push_back(static_cast<OrderId>(id - 1));
  for (auto& side : live_) side.reserve(kMaxOrders);
}

Book::Top Book::Best(BookSide side) const {
  const int64_t price = BestPrice(side);
  return {price, At(price).size};
}

Book::OrderId Book::Add(BookSide side, int64_t price, int64_t size) {
  assert(!Full() && size > 0);
  const int64_t better = Better(side);
  int64_t& best = best_[Index(side)];
  const bool first = Count(side) == 0;
  assert(first || (best - price) * better <= kReach);
  assert(Count(Opposite(side)) == 0 || (BestPrice(Opposite(side)) - price) * better > 0);

  const OrderId id = free_.back();
  free_.pop_back();
  Order& order = orders_[id];
  Queue& queue = At(price);
  order = {price, static_cast<int32_t>(size), kNone, queue.tail, 0, side};
  order.place = static_cast<uint16_t>(Count(side));
  live_[Index(side)].push_back(id);
  (queue.tail == kNone ? queue.head : orders_[queue.tail].next) = id;
  queue.tail = id;
  queue.size += size;
  totals_.added += size;

  if (first) {
    best = price;
  } else if ((price - best) * better > 0) {
    const int64_t old_best = best;
    best = price;
    TrimFar(side, old_best);
  }
  return id;
}

void Book::TrimFar(BookSide side, int64_t old_best) {
  const int64_t better = Better(side);
  const int64_t limit = BestPrice(side) - better * kReach;
  for (int64_t price = old_best - better * kReach; price != limit; price += better) {
    // A stretch longer than the reach ends at the new best itself, which stays.
    if ((price - old_best) * better > 0) break;
    while (At(price).head != kNone) Cancel(At(price).head);
  }
}

void Book::Remove(OrderId id) {
  const Order& order = orders_[id];
  Queue& queue = At(order.price);
  (order.previous == kNone ? queue.head : orders_[order.previous].next) = order.next;
  (order.next == kNone ? queue.tail : orders_[order.next].previous) = order.previous;

  auto& live = live_[Index(order.side)];
  live[order.place] = live.back();
  orders_[live.back()].place = order.place;
  live.pop_back();
  free_.push_back(id);

  if (queue.head != kNone || live.empty()) return;
  int64_t& best = best_[Index(order.side)];
  while (At(best).head == kNone) best -= Better(order.side);
}

void Book::Cancel(OrderId id) {
  const Order& order = orders_[id];
  At(order.price).size -= order.size;
  totals_.cancelled += order.size;
  Remove(id);
}

int64_t Book::Execute(BookSide side, int64_t size, std::vector<Fill>& fills) {
  int64_t left = size;
  while (left > 0 && Count(side) > 0) {
    Queue& queue = At(BestPrice(side));
    const OrderId id = queue.head;
    Order& order = orders_[id];
    const int64_t taken = std::min<int64_t>(left, order.size);
    fills.push_back({id, order.price, taken});
    queue.size -= taken;
    order.size -= static_cast<int32_t>(taken);
    totals_.executed += taken;
    left -= taken;
    if (order.size == 0) Remove(id);
  }
  return size - left;
}

int64_t Book::RestingShares() const {
  int64_t shares = 0;
  for (const auto& side : live_) {
    for (const OrderId id : side) shares += orders_[id].size;
  }
  return shares;
}

}  // namespace ticklake::market
