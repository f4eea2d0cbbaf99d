// One symbol's market: random orders around a moving efficient price, matched in a Book.
//
// Advance() runs orders until something visible happens (a trade, or a change of the best bid
// or ask) and dates it. All state is integers drawn from one counter-based stream, so a
// symbol's history depends on its options alone: not on other symbols, threads or pace.
//   time       gaps are exponential, in turns of a fast and a slow regime (bursts), with the
//              asked mean per visible record
//   value      the efficient price walks with stochastic volatility, in business time
//   orders     limit prices lie a Pareto distance behind the efficient price, cancels hit any
//              order, market orders come in runs of one sign that lean towards the value
// Threading: one thread. Does not: name the symbol, or merge symbols (see simulator.h).
#pragma once

#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "market/event.h"
#include "market/simulator/book.h"

namespace ticklake::market {

struct SymbolMarketOptions {
  uint64_t seed = 0;
  uint64_t stream = 0;        ///< the symbol's number
  Nanos start = 0;            ///< of the market; the first record comes after it
  Nanos mean_gap = 0;         ///< mean event time per visible record, >= 1
  int64_t open_ticks = 0;     ///< opening price
  int64_t daily_vol_bps = 0;  ///< standard deviation of a day's return, 1/10,000
};

/// A visible record: a trade, or the new best bid and ask.
struct MarketRecord {
  bool is_trade = false;
  Side side = Side::kNone;  ///< of a trade: the aggressor's
  Book::Top trade;          ///< price and size
  Book::Top bid;
  Book::Top ask;
};

class SymbolMarket {
 public:
  explicit SymbolMarket(const SymbolMarketOptions& options);

  /// Moves on to the next visible records: at least one, all of the same time.
  void Advance();

  Nanos time() const { return time_; }
  /// When a recorder gets the records: a little after time().
  Nanos receive_time() const { return time_ + latency_; }
  const std::vector<MarketRecord>& records() const { return records_; }
  const Book& book() const { return book_; }

 private:
  void Open();
  void MoveTime();
  void MoveValue();
  void Act();
  void AddLimit(BookSide side);
  void NarrowSpread();
  void CancelOne();
  void TakeMarket();
  void PublishQuote();
  /// How far the efficient price is above the middle of the book, in 1/256 tick.
  int64_t Mispricing() const;

  Random random_;
  Book book_;
  std::vector<MarketRecord> records_;
  std::vector<Book::Fill> fills_;
  Book::Top shown_bid_;
  Book::Top shown_ask_;

  Nanos time_;
  Nanos latency_ = 0;
  Nanos mean_gap_;
  bool fast_ = false;

  int64_t value_q8_;  // efficient price, ticks · 256
  int64_t floor_q8_;  // it stays between these
  int64_t ceiling_q8_;
  int64_t step_q8_;            // its standard deviation per Advance
  int64_t vol_q16_ = 1 << 16;  // multiplies step_q8_; returns to 1

  BookSide run_side_ = BookSide::kAsk;  // the side that the present run of market orders takes
  int64_t run_left_ = 0;
};

}  // namespace ticklake::market
