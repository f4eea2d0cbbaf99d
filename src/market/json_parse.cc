#include <simdjson.h>

#include "market/json.h"

namespace ticklake::market {
namespace {

using simdjson::ondemand::json_type;
using simdjson::ondemand::object;
using simdjson::ondemand::value;

std::string_view Trimmed(std::string_view raw) {
  while (!raw.empty() && std::string_view(" \t\r\n").contains(raw.back())) raw.remove_suffix(1);
  return raw;
}

// A number or a string, as its text; numbers keep every digit they were written with.
Result<std::string> ScalarText(std::string_view name, value v) {
  json_type type;
  std::string_view text;
  if (v.type().get(type) != simdjson::SUCCESS) return Fail(Code::kInvalid, "{}: no JSON", name);
  if (type == json_type::number) return std::string(Trimmed(v.raw_json_token()));
  if (type == json_type::string && v.get_string().get(text) == simdjson::SUCCESS) {
    return std::string(text);
  }
  return Fail(Code::kInvalid, "{}: neither a number nor a string", name);
}

Result<void> Read(std::string_view name, value v, Decimal& to) {
  TL_ASSIGN(const std::string text, ScalarText(name, v));
  TL_ASSIGN(to, Decimal::Parse(text));
  return {};
}

Result<void> Read(std::string_view name, value v, Nanos& to) {
  TL_ASSIGN(const std::string text, ScalarText(name, v));
  if (v.get_int64().get(to) == simdjson::SUCCESS) return {};
  TL_ASSIGN(to, ParseUtc(text));
  return {};
}

Result<void> Read(std::string_view name, value v, int32_t& to) {
  int64_t wide = 0;
  if (v.get_int64().get(wide) != simdjson::SUCCESS || wide != static_cast<int32_t>(wide)) {
    return Fail(Code::kInvalid, "{}: not a 32-bit integer", name);
  }
  to = static_cast<int32_t>(wide);
  return {};
}

Result<void> Read(std::string_view name, value v, std::string& to) {
  TL_ASSIGN(to, ScalarText(name, v));
  return {};
}

Result<void> Read(std::string_view name, value v, Side& to) {
  TL_ASSIGN(const std::string text, ScalarText(name, v));
  if (text != "A" && text != "B" && text != "N") {
    return Fail(Code::kInvalid, "{}: '{}' is none of A, B, N", name, text);
  }
  to = static_cast<Side>(text[0]);
  return {};
}

// Reads field `name` if it is there and not null; tells whether it was.
template <class T>
Result<bool> Field(object& from, std::string_view name, T& to) {
  value v;
  if (from.find_field_unordered(name).get(v) != simdjson::SUCCESS) return false;
  bool null = false;
  if (v.is_null().get(null) == simdjson::SUCCESS && null) return false;
  TL_TRY(Read(name, v, to));
  return true;
}

template <class T>
Result<void> Required(object& from, std::string_view name, T& to) {
  TL_ASSIGN(const bool found, Field(from, name, to));
  if (!found) return Fail(Code::kInvalid, "{}: missing", name);
  return {};
}

template <class T>
Result<void> Optional(object& from, std::string_view name, T& to) {
  TL_TRY(Field(from, name, to));
  return {};
}

template <class E>
Result<void> Common(object& from, E& event) {
  TL_TRY(Required(from, "ts_event", event.ts_event));
  TL_TRY(Optional(from, "ts_recv", event.ts_recv));
  TL_TRY(Required(from, "symbol", event.symbol));
  TL_TRY(Optional(from, "venue", event.venue));
  TL_TRY(Optional(from, "sequence", event.sequence));
  return Optional(from, "flags", event.flags);
}

Result<void> Fill(object& from, Trade& trade) {
  TL_TRY(Common(from, trade));
  TL_TRY(Required(from, "price", trade.price));
  TL_TRY(Required(from, "size", trade.size));
  TL_TRY(Optional(from, "side", trade.side));
  return Optional(from, "trade_id", trade.trade_id);
}

Result<void> Fill(object& from, Quote& quote) {
  TL_TRY(Common(from, quote));
  Level bid;
  Level ask;
  TL_ASSIGN(const bool has_bid, Field(from, "bid_px_00", bid.price));
  TL_TRY(Optional(from, "bid_sz_00", bid.size));
  TL_ASSIGN(const bool has_ask, Field(from, "ask_px_00", ask.price));
  TL_TRY(Optional(from, "ask_sz_00", ask.size));
  if (!has_bid && !has_ask) return Fail(Code::kInvalid, "bid_px_00, ask_px_00: both missing");
  if (has_bid) quote.bid = bid;
  if (has_ask) quote.ask = ask;
  return {};
}

template <class E>
Result<E> Parse(std::string_view json) {
  simdjson::ondemand::parser parser;
  const simdjson::padded_string padded(json);
  simdjson::ondemand::document document;
  object fields;
  if (parser.iterate(padded).get(document) != simdjson::SUCCESS ||
      document.get_object().get(fields) != simdjson::SUCCESS) {
    return Fail(Code::kInvalid, "not a JSON object");
  }
  E event;
  TL_TRY(Fill(fields, event));
  return event;
}

}  // namespace

Result<Trade> ParseTradeJson(std::string_view json) { return Parse<Trade>(json); }
Result<Quote> ParseQuoteJson(std::string_view json) { return Parse<Quote>(json); }

}  // namespace ticklake::market
