#include <charconv>

#include "market/json.h"
#include "market/json_object.h"

namespace ticklake::market {
namespace {

using Value = JsonObject::Field;

// A number or a string, as its text; numbers keep every digit they were written with.
Result<std::string_view> ScalarText(std::string_view name, const Value& v) {
  if (v.kind == JsonObject::Kind::kNumber || v.kind == JsonObject::Kind::kString) return v.text;
  return Fail(Code::kInvalid, "{}: neither a number nor a string", name);
}

// True if it is a JSON integer that fits.
template <class T>
bool IsInteger(const Value& v, T* to) {
  const char* const end = v.text.data() + v.text.size();
  const auto [stop, error] = std::from_chars(v.text.data(), end, *to);
  return v.kind == JsonObject::Kind::kNumber && error == std::errc() && stop == end;
}

Result<void> Read(std::string_view name, const Value& v, Decimal& to) {
  TL_ASSIGN(const std::string_view text, ScalarText(name, v));
  TL_ASSIGN(to, Decimal::Parse(text));
  return {};
}

Result<void> Read(std::string_view name, const Value& v, Nanos& to) {
  TL_ASSIGN(const std::string_view text, ScalarText(name, v));
  if (IsInteger(v, &to)) return {};
  TL_ASSIGN(to, ParseUtc(text));
  return {};
}

Result<void> Read(std::string_view name, const Value& v, int32_t& to) {
  if (!IsInteger(v, &to)) return Fail(Code::kInvalid, "{}: not a 32-bit integer", name);
  return {};
}

Result<void> Read(std::string_view name, const Value& v, std::string& to) {
  TL_ASSIGN(to, ScalarText(name, v));
  return {};
}

Result<void> Read(std::string_view name, const Value& v, Side& to) {
  TL_ASSIGN(const std::string_view text, ScalarText(name, v));
  if (text != "A" && text != "B" && text != "N") {
    return Fail(Code::kInvalid, "{}: '{}' is none of A, B, N", name, text);
  }
  to = static_cast<Side>(text[0]);
  return {};
}

// Reads field `name` if it is there and not null; tells whether it was.
template <class T>
Result<bool> Field(const JsonObject& from, std::string_view name, T& to) {
  const std::optional<Value> v = from.Find(name);
  if (!v || v->kind == JsonObject::Kind::kNull) return false;
  TL_TRY(Read(name, *v, to));
  return true;
}

template <class T>
Result<void> Required(const JsonObject& from, std::string_view name, T& to) {
  TL_ASSIGN(const bool found, Field(from, name, to));
  if (!found) return Fail(Code::kInvalid, "{}: missing", name);
  return {};
}

template <class T>
Result<void> Optional(const JsonObject& from, std::string_view name, T& to) {
  TL_TRY(Field(from, name, to));
  return {};
}

template <class E>
Result<void> Common(const JsonObject& from, E& event) {
  TL_TRY(Required(from, "ts_event", event.ts_event));
  TL_TRY(Optional(from, "ts_recv", event.ts_recv));
  TL_TRY(Required(from, "symbol", event.symbol));
  TL_TRY(Optional(from, "venue", event.venue));
  TL_TRY(Optional(from, "sequence", event.sequence));
  return Optional(from, "flags", event.flags);
}

Result<void> Fill(const JsonObject& from, Trade& trade) {
  TL_TRY(Common(from, trade));
  TL_TRY(Required(from, "price", trade.price));
  TL_TRY(Required(from, "size", trade.size));
  TL_TRY(Optional(from, "side", trade.side));
  return Optional(from, "trade_id", trade.trade_id);
}

Result<void> Fill(const JsonObject& from, Quote& quote) {
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
  JsonObject fields;
  TL_TRY(fields.Parse(json));
  E event;
  TL_TRY(Fill(fields, event));
  return event;
}

}  // namespace

Result<Trade> ParseTradeJson(std::string_view json) { return Parse<Trade>(json); }
Result<Quote> ParseQuoteJson(std::string_view json) { return Parse<Quote>(json); }

}  // namespace ticklake::market
