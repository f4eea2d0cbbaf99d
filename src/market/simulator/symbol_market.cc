#include "market/simulator/symbol_market.h"

#include <algorithm>

#include "market/simulator/fixed_math.h"

namespace ticklake::market {
namespace {

constexpr int64_t kOne = 256;  // q8

// A fast regime of a quarter of the mean gap and a slow one of four times it; 4 of 5 records
// fall into the fast one, so that the mean stays: 0.8 / 4 + 0.2 · 4 = 1.
constexpr int64_t kRegimeFactor = 4;
constexpr uint64_t kLeaveFast = 40;  // once in so many records
constexpr uint64_t kLeaveSlow = 10;

constexpr size_t kOpeningOrders = 24;  // a side
constexpr size_t kThin = 8;            // below this a side only gets orders
constexpr size_t kThick = 48;          // at this cancels balance adds
constexpr int64_t kWidest = 8;         // ticks of spread that are left alone
constexpr uint64_t kMarketPermille = 50;
constexpr int64_t kHalfSpreadQ8 = kOne * 3 / 4;
constexpr int64_t kFarthest = 24;            // ticks behind the efficient price
constexpr int64_t kTradingSeconds = 23'400;  // 6.5 hours
constexpr int64_t kTicksPerStep = 8;         // the value moves at most about so much at once
constexpr int64_t kUnitVol = 1 << 16;
constexpr int64_t kVolMemory = 16'384;  // steps after which a burst of volatility has faded
constexpr int64_t kVolCalm = 22'000;    // the larger, the steadier the volatility

constexpr Nanos kLeastLatency = 20 * kNanosPerMicro;
constexpr int64_t kLatencySpread = 100 * kNanosPerMicro;

int64_t StepFor(const SymbolMarketOptions& o) {
  const auto day_q8 = static_cast<uint64_t>(o.open_ticks * kOne * o.daily_vol_bps / 10'000);
  const __uint128_t variance = static_cast<__uint128_t>(day_q8) * day_q8 *
                               static_cast<uint64_t>(o.mean_gap) /
                               static_cast<uint64_t>(kTradingSeconds * kNanosPerSecond);
  return std::clamp<int64_t>(static_cast<int64_t>(IntegerSqrt(variance)), 1, kTicksPerStep * kOne);
}

// Round lots mostly, as in the real thing.
int64_t LimitSize(Random& random) {
  if (random.Chance(1, 10)) return random.Between(1, 99);
  return 100 * ParetoUpTo(random, 10);
}
int64_t MarketSize(Random& random) {
  if (random.Chance(3, 10)) return random.Between(1, 99);
  return 100 * ParetoUpTo(random, 16);
}

}  // namespace

SymbolMarket::SymbolMarket(const SymbolMarketOptions& options)
    : random_(options.seed, options.stream),
      time_(options.start),
      mean_gap_(options.mean_gap),
      value_q8_(options.open_ticks * kOne),
      floor_q8_(value_q8_ / 4),
      ceiling_q8_(value_q8_ * 4),
      step_q8_(StepFor(options)) {
  records_.reserve(64);
  fills_.reserve(64);
  fast_ = random_.Chance(1, 5);  // it takes a fifth of the time, though 4 of 5 records
  Open();
}

void SymbolMarket::Open() {
  for (size_t n = 0; n < kOpeningOrders; ++n) {
    AddLimit(BookSide::kBid);
    AddLimit(BookSide::kAsk);
  }
}

void SymbolMarket::Advance() {
  MoveTime();
  MoveValue();
  records_.clear();
  if (shown_bid_.size == 0) PublishQuote();  // the opening
  while (records_.empty()) {
    Act();
    PublishQuote();
  }
}

void SymbolMarket::MoveTime() {
  if (random_.Chance(1, fast_ ? kLeaveFast : kLeaveSlow)) fast_ = !fast_;
  const auto records = static_cast<int64_t>(std::max<size_t>(1, records_.size()));
  const int64_t mean = mean_gap_ * records;
  time_ += ExponentialSpan(random_, fast_ ? mean / kRegimeFactor : mean * kRegimeFactor);
  latency_ = kLeastLatency + static_cast<int64_t>(random_.Below(kLatencySpread));
}

void SymbolMarket::MoveValue() {
  // The bytes of one draw: four for the step (about normal), one for the volatility.
  const uint64_t draw = random_.Next();
  const auto byte = [draw](int n) { return static_cast<int64_t>((draw >> (8 * n)) & 255); };
  vol_q16_ += (kUnitVol - vol_q16_) / kVolMemory + vol_q16_ * (2 * byte(4) - 255) / kVolCalm;
  vol_q16_ = std::clamp(vol_q16_, kUnitVol / 8, kUnitVol * 8);
  const int64_t normal = byte(0) + byte(1) + byte(2) + byte(3) - 510;  // deviation 148
  value_q8_ += step_q8_ * vol_q16_ / kUnitVol * normal / 148;
  value_q8_ = std::clamp(value_q8_, floor_q8_, ceiling_q8_);
}

int64_t SymbolMarket::Mispricing() const {
  const int64_t twice_mid = book_.BestPrice(BookSide::kBid) + book_.BestPrice(BookSide::kAsk);
  return value_q8_ - twice_mid * kOne / 2;
}

void SymbolMarket::Act() {
  const size_t bids = book_.Count(BookSide::kBid);
  const size_t asks = book_.Count(BookSide::kAsk);
  if (bids < kThin || asks < kThin) {
    AddLimit(bids <= asks ? BookSide::kBid : BookSide::kAsk);
    return;
  }
  if (book_.BestPrice(BookSide::kAsk) - book_.BestPrice(BookSide::kBid) > kWidest) {
    NarrowSpread();
    return;
  }
  const uint64_t roll = random_.Below(1000);
  if (roll < kMarketPermille) {
    TakeMarket();
  } else if (random_.Below(4 * kThick) < bids + asks || book_.Full()) {
    CancelOne();
  } else {
    AddLimit(random_.Chance(1, 2) ? BookSide::kBid : BookSide::kAsk);
  }
}

void SymbolMarket::AddLimit(BookSide side) {
  const bool bid = side == BookSide::kBid;
  const int64_t behind = ParetoUpTo(random_, kFarthest) - 1;
  int64_t price = bid ? (value_q8_ - kHalfSpreadQ8) / kOne - behind
                      : (value_q8_ + kHalfSpreadQ8 + kOne - 1) / kOne + behind;
  const BookSide other = Opposite(side);
  if (book_.Count(other) > 0) {
    const int64_t limit = book_.BestPrice(other);
    price = bid ? std::min(price, limit - 1) : std::max(price, limit + 1);
  }
  if (book_.Count(side) > 0) {
    const int64_t best = book_.BestPrice(side);
    price = bid ? std::max(price, best - Book::kReach) : std::min(price, best + Book::kReach);
  }
  book_.Add(side, price, LimitSize(random_));
}

void SymbolMarket::NarrowSpread() {
  const int64_t bid = book_.BestPrice(BookSide::kBid);
  const int64_t ask = book_.BestPrice(BookSide::kAsk);
  const BookSide side = Mispricing() > 0 ? BookSide::kBid : BookSide::kAsk;
  if (book_.Full()) return CancelOne();
  // One draw a statement: the order of draws within one is the compiler's choice.
  const int64_t price = random_.Between(bid + 1, ask - 1);
  book_.Add(side, price, LimitSize(random_));
}

void SymbolMarket::CancelOne() {
  const size_t bids = book_.Count(BookSide::kBid);
  const size_t n = random_.Below(bids + book_.Count(BookSide::kAsk));
  book_.Cancel(n < bids ? book_.OrderAt(BookSide::kBid, n)
                        : book_.OrderAt(BookSide::kAsk, n - bids));
}

void SymbolMarket::TakeMarket() {
  if (run_left_ == 0) {
    // A value one tick above the middle makes buying three times as likely as selling.
    const int64_t lean = std::clamp<int64_t>(Mispricing() / 4, -120, 120);
    const bool buy = static_cast<int64_t>(random_.Below(256)) < 128 + lean;
    run_side_ = buy ? BookSide::kAsk : BookSide::kBid;
    run_left_ = ParetoUpTo(random_, 12);
  }
  --run_left_;
  fills_.clear();
  // Market makers that are run over step back: an order takes no more than two levels' worth.
  const int64_t most = 2 * book_.Best(run_side_).size;
  int64_t left = std::min(MarketSize(random_), most);
  while (left > 0 && book_.Count(run_side_) > kThin / 2) {
    const int64_t level = std::min(left, book_.Best(run_side_).size);
    left -= book_.Execute(run_side_, level, fills_);
  }
  const Side aggressor = run_side_ == BookSide::kAsk ? Side::kBid : Side::kAsk;
  for (const Book::Fill& fill : fills_) {
    records_.push_back({true, aggressor, {fill.price, fill.size}, {}, {}});
  }
}

void SymbolMarket::PublishQuote() {
  const Book::Top bid = book_.Best(BookSide::kBid);
  const Book::Top ask = book_.Best(BookSide::kAsk);
  if (bid == shown_bid_ && ask == shown_ask_) return;
  shown_bid_ = bid;
  shown_ask_ = ask;
  records_.push_back({false, Side::kNone, {}, bid, ask});
}

}  // namespace ticklake::market
