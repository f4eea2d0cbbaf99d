#include "market/simulator/simulator.h"

#include <algorithm>
#include <charconv>

namespace ticklake::market {
namespace {

constexpr int32_t kPriceScale = 2;  // a tick is 0.01

// Zipf with exponent 1: symbol i has weight 1 / (i + 1).
constexpr uint64_t kUnitWeight = uint64_t{1} << 32;
uint64_t Weight(int32_t index) { return kUnitWeight / (static_cast<uint64_t>(index) + 1); }

Nanos MeanGap(const SimulatorOptions& options, uint64_t all_weights, int32_t index) {
  const __uint128_t gap =
      static_cast<__uint128_t>(kNanosPerSecond) * all_weights /
      (static_cast<__uint128_t>(Weight(index)) * static_cast<uint64_t>(options.density));
  return std::max<Nanos>(1, static_cast<Nanos>(gap));
}

Level ToLevel(const Book::Top& top) { return {{top.price, kPriceScale}, {top.size, 0}}; }

void AssignNumber(std::string& to, int64_t number) {
  char digits[20];
  to.assign(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

template <class E>
void FillHead(E& event, const SymbolMarket& market, const Listing& listing) {
  event.ts_event = market.time();
  event.ts_recv = market.receive_time();
  event.symbol = listing.symbol;
  event.venue = listing.venue;
}

}  // namespace

Result<std::unique_ptr<Simulator>> Simulator::Create(const SimulatorOptions& options) {
  if (options.symbols < 1 || options.symbols > SimulatorOptions::kMaxSymbols) {
    return Fail(Code::kInvalid, "simulator: {} symbols; choose 1 to {}", options.symbols,
                SimulatorOptions::kMaxSymbols);
  }
  if (options.density < 1 || options.density > SimulatorOptions::kMaxDensity) {
    return Fail(Code::kInvalid, "simulator: density {}; choose 1 to {} records per second",
                options.density, SimulatorOptions::kMaxDensity);
  }
  if (options.start < 0) return Fail(Code::kInvalid, "simulator: start before 1970");
  return std::unique_ptr<Simulator>(new Simulator(options));
}

Simulator::Simulator(const SimulatorOptions& options) {
  uint64_t all_weights = 0;
  for (int32_t i = 0; i < options.symbols; ++i) all_weights += Weight(i);
  for (int32_t i = 0; i < options.symbols; ++i) {
    Listing listing = ListingAt(i);
    entries_.push_back(std::make_unique<Entry>(SymbolMarketOptions{
        .seed = options.seed,
        .stream = static_cast<uint64_t>(i),
        .start = options.start,
        .mean_gap = MeanGap(options, all_weights, i),
        .open_ticks = listing.open_ticks,
        .daily_vol_bps = listing.daily_vol_bps,
    }));
    Entry& entry = *entries_.back();
    entry.listing = std::move(listing);
    entry.market.Advance();
    heap_.push_back({entry.market.time(), static_cast<uint32_t>(i)});
  }
  std::make_heap(heap_.begin(), heap_.end());
}

const Event& Simulator::Next() {
  if (next_record_ == entries_[heap_.front().index]->market.records().size()) PassTurn();
  Entry& entry = *entries_[heap_.front().index];
  return Make(entry, entry.market.records()[next_record_++]);
}

// Advances the symbol on top and sifts it down to its new place.
void Simulator::PassTurn() {
  next_record_ = 0;
  Turn turn = heap_.front();
  SymbolMarket& market = entries_[turn.index]->market;
  market.Advance();
  turn.time = market.time();
  size_t hole = 0;
  for (size_t child = 1; child < heap_.size(); child = 2 * hole + 1) {
    if (child + 1 < heap_.size() && heap_[child] < heap_[child + 1]) ++child;
    if (!(turn < heap_[child])) break;
    heap_[hole] = heap_[child];
    hole = child;
  }
  heap_[hole] = turn;
}

const Event& Simulator::Make(Entry& entry, const MarketRecord& record) {
  if (record.is_trade) {
    auto& trade = std::get<Trade>(trade_);
    FillHead(trade, entry.market, entry.listing);
    trade.price = {record.trade.price, kPriceScale};
    trade.size = {record.trade.size, 0};
    trade.side = record.side;
    AssignNumber(trade.trade_id, ++trade_id_);
    trade.sequence = ++entry.trades;
    return trade_;
  }
  auto& quote = std::get<Quote>(quote_);
  FillHead(quote, entry.market, entry.listing);
  quote.bid = ToLevel(record.bid);
  quote.ask = ToLevel(record.ask);
  quote.sequence = ++entry.quotes;
  return quote_;
}

}  // namespace ticklake::market
