// Trades and quotes as JSON: the value of a Kafka record. The page: docs/market-json.md.
//
// Writing is exact (decimals as they stand, times as integer nanoseconds), always in the same
// order of fields, and allocates nothing once `out` has grown. Reading accepts what the page
// allows from other producers.
// Threading: functions without state.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "market/event.h"

namespace ticklake::market {

/// Replaces `out` by the JSON text of an event, without a newline.
void WriteJson(const Trade& trade, std::string& out);
void WriteJson(const Quote& quote, std::string& out);
void WriteJson(const Event& event, std::string& out);

/// kInvalid, naming the field, when a required one is missing or ill-typed. Unknown fields
/// are passed over.
Result<Trade> ParseTradeJson(std::string_view json);
Result<Quote> ParseQuoteJson(std::string_view json);

}  // namespace ticklake::market
