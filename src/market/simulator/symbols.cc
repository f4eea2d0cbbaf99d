#include "market/simulator/symbols.h"

#include <fmt/format.h>

#include <iterator>

#include "base/random.h"

namespace ticklake::market {
namespace {

struct Known {
  const char* symbol;
  const char* venue;
  int32_t open_ticks;
  int16_t daily_vol_bps;
};

// Opening prices near those of November 2024.
constexpr Known kKnown[] = {
    {"AAPL", "XNAS", 22806, 140},  {"NVDA", "XNAS", 14567, 310}, {"TSLA", "XNAS", 34109, 390},
    {"SPY", "ARCX", 59336, 75},    {"MSFT", "XNAS", 41187, 130}, {"AMZN", "XNAS", 19838, 180},
    {"GOOGL", "XNAS", 16772, 170}, {"META", "XNAS", 56352, 200}, {"AMD", "XNAS", 13786, 270},
    {"QQQ", "XNAS", 50403, 105},   {"NFLX", "XNAS", 88410, 190}, {"INTC", "XNAS", 2444, 280},
    {"JPM", "XNYS", 24372, 130},   {"BAC", "XNYS", 4657, 150},   {"XOM", "XNYS", 12168, 130},
    {"WMT", "XNYS", 8844, 110},    {"KO", "XNYS", 6384, 80},     {"DIS", "XNYS", 11470, 150},
    {"IBM", "XNYS", 22197, 120},   {"BA", "XNYS", 14914, 220},
};

}  // namespace

Listing ListingAt(int32_t index) {
  if (index < std::ssize(kKnown)) {
    const Known& known = kKnown[index];
    return {known.symbol, known.venue, known.open_ticks, known.daily_vol_bps};
  }
  Random random(0, static_cast<uint64_t>(index));
  const int64_t open = random.Between(1'000, 30'000);
  const int64_t vol = random.Between(100, 300);
  const char* venue = random.Chance(1, 2) ? "XNAS" : "XNYS";
  return {fmt::format("SYM{:04}", index + 1), venue, open, vol};
}

}  // namespace ticklake::market
