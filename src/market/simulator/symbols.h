// The simulated market's listings: well-known tickers first, then SYM0021, SYM0022, …
//
// Threading: functions without state.
#pragma once

#include <cstdint>
#include <string>

namespace ticklake::market {

struct Listing {
  std::string symbol;
  std::string venue;          ///< ISO 10383 MIC of the primary listing
  int64_t open_ticks = 0;     ///< opening price, in ticks of 0.01
  int64_t daily_vol_bps = 0;  ///< standard deviation of a day's return, in 1/10,000
};

/// Listing number `index` (from 0); busier ones come first.
Listing ListingAt(int32_t index);

}  // namespace ticklake::market
