// Simulator: a seeded market of many symbols as one stream of trades and quotes.
//
// The stream depends on its options alone, byte for byte, on every machine: not on how fast
// it is read. Activity over symbols follows Zipf's law; event times never go back; `density`
// says how many records fall into a second of event time on average.
// The page: docs/simulator.md. Threading: one thread. Does not: pace, publish or partition.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "market/event.h"
#include "market/simulator/symbol_market.h"
#include "market/simulator/symbols.h"

namespace ticklake::market {

struct SimulatorOptions {
  static constexpr int32_t kMaxSymbols = 10'000;
  static constexpr int64_t kMaxDensity = 10'000'000;

  int32_t symbols = 20;  ///< 1 to kMaxSymbols
  uint64_t seed = 1;
  Nanos start = 0;         ///< event time before the first record
  int64_t density = 1000;  ///< records per second of event time, all symbols; 1 to kMaxDensity
};

class Simulator {
 public:
  /// kInvalid when an option is out of its range.
  static Result<std::unique_ptr<Simulator>> Create(const SimulatorOptions& options);

  /// The next record; valid until the next call. The stream does not end.
  const Event& Next();

 private:
  // One symbol with what is constant or counted for it.
  struct Entry {
    explicit Entry(const SymbolMarketOptions& options) : market(options) {}
    SymbolMarket market;
    Listing listing;
    int64_t trades = 0;
    int64_t quotes = 0;
  };
  // The next time of a symbol; ordered by (time, index), soonest on top of the heap.
  struct Turn {
    Nanos time;
    uint32_t index;
    bool operator<(const Turn& o) const { return time != o.time ? time > o.time : index > o.index; }
  };

  explicit Simulator(const SimulatorOptions& options);
  void PassTurn();
  const Event& Make(Entry& entry, const MarketRecord& record);

  std::vector<std::unique_ptr<Entry>> entries_;
  std::vector<Turn> heap_;
  size_t next_record_ = 0;  // of the symbol on top of the heap
  int64_t trade_id_ = 0;
  Event trade_{Trade{}};  // reused, so that a record costs no allocation
  Event quote_{Quote{}};
};

}  // namespace ticklake::market
