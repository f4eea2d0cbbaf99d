// Trade and Quote: what a market tells, as values.
//
// Names follow Databento's: https://databento.com/docs/schemas-and-data-formats. Prices and
// sizes are exact decimals, times UTC nanoseconds. Threading: plain values.
// Does not know wire forms: see json.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "base/clock.h"
#include "base/decimal.h"

namespace ticklake::market {

/// Who started the trade: the buyer took an ask, or the seller hit a bid.
enum class Side : char { kAsk = 'A', kBid = 'B', kNone = 'N' };

struct Trade {
  Nanos ts_event = 0;  ///< when the venue matched it
  Nanos ts_recv = 0;   ///< when the recorder got it; 0: unknown
  std::string symbol;
  std::string venue;  ///< ISO 10383 MIC; may be empty
  Decimal price;
  Decimal size;
  Side side = Side::kNone;  ///< the aggressor's
  std::string trade_id;     ///< the venue's; may be empty
  int64_t sequence = 0;     ///< counts the symbol's trades from 1
  int32_t flags = 0;

  bool operator==(const Trade&) const = default;
};

struct Level {
  Decimal price;
  Decimal size;

  bool operator==(const Level&) const = default;
};

/// The best bid and ask after a change; a side without orders is absent.
struct Quote {
  Nanos ts_event = 0;
  Nanos ts_recv = 0;  ///< 0: unknown
  std::string symbol;
  std::string venue;
  std::optional<Level> bid;
  std::optional<Level> ask;
  int64_t sequence = 0;  ///< counts the symbol's quotes from 1
  int32_t flags = 0;

  bool operator==(const Quote&) const = default;
};

using Event = std::variant<Trade, Quote>;

inline Nanos EventTime(const Event& event) {
  return std::visit([](const auto& e) { return e.ts_event; }, event);
}
inline const std::string& EventSymbol(const Event& event) {
  return std::visit([](const auto& e) -> const std::string& { return e.symbol; }, event);
}

}  // namespace ticklake::market
