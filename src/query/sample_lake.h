// SampleLake: the small lake that the SQL golden files (tests/sql) are about.
#pragma once

#include <memory>
#include <string>

#include "query/fake_source.h"

namespace ticklake::query {

inline lake::iceberg::Field IcebergColumn(int32_t id, std::string name, lake::iceberg::TypePtr type,
                                          bool required = false) {
  return {id, std::move(name), required, std::move(type), ""};
}

/// market.trades: two files, the older without `side`, and a tail of two rows.
/// market.quotes: a tail only. market.evolved: a file from before its columns were widened.
/// market.empty: no rows at all. research.notes: a file in another database.
inline std::unique_ptr<FakeSource> SampleLake(const std::string& folder) {
  using namespace lake::iceberg;  // NOLINT(google-build-using-namespace): names of types only
  const auto time = Primitive(TypeId::kTimestamptz);
  const auto text = Primitive(TypeId::kString);
  const auto number = Primitive(TypeId::kDouble);
  const auto integer = Primitive(TypeId::kInt);
  const auto big = Primitive(TypeId::kLong);
  const auto position =
      StructType({IcebergColumn(21, "epoch", integer), IcebergColumn(22, "partition", integer),
                  IcebergColumn(23, "offset", big)});
  auto source = std::make_unique<FakeSource>(folder);

  Schema trades;
  trades.fields = {IcebergColumn(1, "ts_event", time, true), IcebergColumn(2, "symbol", text, true),
                   IcebergColumn(3, "price", number, true), IcebergColumn(4, "size", number, true),
                   IcebergColumn(6, "_kafka", position, true)};
  source->SetSchema("market", "trades", trades);
  source->Commit("market", "trades", FakeSource::FromJson(trades, R"([
    {"ts_event": 1732300000000000, "symbol": "AAPL", "price": 187.25, "size": 100,
     "_kafka": {"epoch": 0, "partition": 0, "offset": 0}},
    {"ts_event": 1732300000500000, "symbol": "MSFT", "price": 412.5, "size": 50,
     "_kafka": {"epoch": 0, "partition": 1, "offset": 0}}])"));
  trades.fields.insert(trades.fields.begin() + 4, IcebergColumn(5, "side", text));
  source->SetSchema("market", "trades", trades);
  source->Commit("market", "trades", FakeSource::FromJson(trades, R"([
    {"ts_event": 1732300001000123, "symbol": "AAPL", "price": 187.5, "size": 20, "side": "B",
     "_kafka": {"epoch": 0, "partition": 0, "offset": 1}}])"));
  source->Append("market", "trades", FakeSource::FromJson(trades, R"([
    {"ts_event": 1732300002000000, "symbol": "AAPL", "price": 188, "size": 1, "side": "A",
     "_kafka": {"epoch": 0, "partition": 0, "offset": 2}},
    {"ts_event": 1732300003000000, "symbol": "NVDA", "price": 140.125, "size": 7, "side": null,
     "_kafka": {"epoch": 0, "partition": 1, "offset": 1}}])"));

  Schema quotes;
  quotes.fields = {IcebergColumn(1, "ts_event", time, true), IcebergColumn(2, "symbol", text, true),
                   IcebergColumn(3, "bid_px_00", number), IcebergColumn(4, "ask_px_00", number)};
  source->SetSchema("market", "quotes", quotes);
  source->Append("market", "quotes", FakeSource::FromJson(quotes, R"([
    {"ts_event": 1732299999000000, "symbol": "AAPL", "bid_px_00": 187, "ask_px_00": 187.5},
    {"ts_event": 1732300001500000, "symbol": "AAPL", "bid_px_00": 187.25, "ask_px_00": null}])"));

  const auto narrow = StructType({IcebergColumn(3, "x", integer)});
  Schema evolved;
  evolved.fields = {IcebergColumn(1, "a", integer), IcebergColumn(2, "s", narrow),
                    IcebergColumn(4, "l", ListType(IcebergColumn(5, "element", narrow))),
                    IcebergColumn(7, "p", big)};
  evolved.fields[2].type =
      ListType(IcebergColumn(5, "element", StructType({IcebergColumn(6, "x", integer)})));
  source->SetSchema("market", "evolved", evolved);
  source->Commit("market", "evolved", FakeSource::FromJson(evolved, R"([
    {"a": 1, "s": {"x": 1}, "l": [{"x": 1}, {"x": 2}], "p": 5},
    {"a": null, "s": null, "l": null, "p": null}])"));
  evolved.fields = {
      IcebergColumn(1, "a", big),
      IcebergColumn(2, "s", StructType({IcebergColumn(3, "x", big), IcebergColumn(8, "y", text)})),
      IcebergColumn(4, "l",
                    ListType(IcebergColumn(
                        5, "element",
                        StructType({IcebergColumn(6, "x", big), IcebergColumn(9, "y", text)})))),
      IcebergColumn(7, "p", number), IcebergColumn(10, "added", text)};
  source->SetSchema("market", "evolved", evolved);
  source->Commit("market", "evolved", FakeSource::FromJson(evolved, R"([
    {"a": 20000000000, "s": {"x": 2, "y": "new"}, "l": [{"x": 3, "y": "z"}], "p": 5.5,
     "added": "here"}])"));
  source->Append("market", "evolved", FakeSource::FromJson(evolved, R"([
    {"a": 3, "s": {"x": null, "y": null}, "l": [], "p": -0.5, "added": null}])"));

  Schema empty;
  empty.fields = {IcebergColumn(1, "k", text, true), IcebergColumn(2, "v", big)};
  source->SetSchema("market", "empty", empty);

  Schema notes;
  notes.fields = {IcebergColumn(1, "id", big, true), IcebergColumn(2, "note", text)};
  source->SetSchema("research", "notes", notes);
  source->Commit("research", "notes",
                 FakeSource::FromJson(notes, R"([{"id": 1, "note": "says \"hi\", twice"},
                                                {"id": 2, "note": ""}, {"id": 3, "note": null}])"));
  return source;
}

}  // namespace ticklake::query
