#include <charconv>
#include <cstring>

#include "market/json.h"
#include "market/json_text.h"

namespace ticklake::market {
namespace {

// More than all literals and numbers of an event together; strings come on top.
constexpr size_t kFixedBytes = 512;

// Writes at a place that is known to have room.
class Cursor {
 public:
  explicit Cursor(char* p) : p_(p) {}

  template <size_t N>
  Cursor& Raw(const char (&literal)[N]) {
    std::memcpy(p_, literal, N - 1);
    p_ += N - 1;
    return *this;
  }
  Cursor& Int(int64_t v) {
    p_ = std::to_chars(p_, p_ + 20, v).ptr;
    return *this;
  }
  Cursor& Text(std::string_view v) {
    *p_++ = '"';
    p_ = WriteJsonEscaped(p_, v);
    *p_++ = '"';
    return *this;
  }
  // The digits of Decimal::ToString, without its allocation.
  Cursor& Number(const Decimal& v) {
    if (v.scale == 0) return Int(v.mantissa);
    uint64_t magnitude = static_cast<uint64_t>(v.mantissa);
    if (v.mantissa < 0) {
      *p_++ = '-';
      magnitude = 0 - magnitude;
    }
    char digits[20];
    const char* const end = std::to_chars(digits, digits + sizeof digits, magnitude).ptr;
    const auto count = static_cast<size_t>(end - digits);
    const auto scale = static_cast<size_t>(v.scale);
    if (count > scale) return Copy(digits, count - scale).Raw(".").Copy(end - scale, scale);
    Raw("0.");
    for (size_t i = count; i < scale; ++i) *p_++ = '0';
    return Copy(digits, count);
  }
  char* end() const { return p_; }

 private:
  Cursor& Copy(const char* from, size_t size) {
    std::memcpy(p_, from, size);
    p_ += size;
    return *this;
  }
  char* p_;
};

template <class E>
void Head(Cursor& c, const E& event) {
  c.Raw(R"({"ts_event":)").Int(event.ts_event);
  if (event.ts_recv != 0) c.Raw(R"(,"ts_recv":)").Int(event.ts_recv);
  c.Raw(R"(,"symbol":)").Text(event.symbol);
  if (!event.venue.empty()) c.Raw(R"(,"venue":)").Text(event.venue);
}

template <class E>
void Tail(Cursor& c, const E& event) {
  c.Raw(R"(,"sequence":)").Int(event.sequence);
  c.Raw(R"(,"flags":)").Int(event.flags).Raw("}");
}

template <class Fill>
void Fit(std::string& out, size_t string_bytes, const Fill& fill) {
  out.resize_and_overwrite(kFixedBytes + kJsonEscapeGrowth * string_bytes, [&](char* p, size_t) {
    Cursor c(p);
    fill(c);
    return static_cast<size_t>(c.end() - p);
  });
}

}  // namespace

void WriteJson(const Trade& trade, std::string& out) {
  const size_t strings = trade.symbol.size() + trade.venue.size() + trade.trade_id.size();
  Fit(out, strings, [&](Cursor& c) {
    Head(c, trade);
    c.Raw(R"(,"price":)").Number(trade.price).Raw(R"(,"size":)").Number(trade.size);
    const char side = static_cast<char>(trade.side);
    c.Raw(R"(,"side":)").Text({&side, 1});
    if (!trade.trade_id.empty()) c.Raw(R"(,"trade_id":)").Text(trade.trade_id);
    Tail(c, trade);
  });
}

void WriteJson(const Quote& quote, std::string& out) {
  Fit(out, quote.symbol.size() + quote.venue.size(), [&](Cursor& c) {
    Head(c, quote);
    if (quote.bid) {
      c.Raw(R"(,"bid_px_00":)").Number(quote.bid->price);
      c.Raw(R"(,"bid_sz_00":)").Number(quote.bid->size);
    }
    if (quote.ask) {
      c.Raw(R"(,"ask_px_00":)").Number(quote.ask->price);
      c.Raw(R"(,"ask_sz_00":)").Number(quote.ask->size);
    }
    Tail(c, quote);
  });
}

void WriteJson(const Event& event, std::string& out) {
  std::visit([&](const auto& e) { WriteJson(e, out); }, event);
}

}  // namespace ticklake::market
