#include "lake/crawler/xml_classifier.h"

#include <pugixml.hpp>

#include <algorithm>
#include <map>
#include <memory>

#include "base/utf8.h"
#include "lake/crawler/csv_classifier.h"
#include "lake/rows/evolve.h"

namespace ticklake::lake::crawler {
namespace {

using hive::Kind;
using hive::Type;

constexpr char kOwnText[] = "_value";

std::string Example(std::string_view text) {
  constexpr size_t kMost = 40;
  std::string shown(text.substr(0, kMost));
  for (char& c : shown) c = static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  shown.resize(ValidUtf8Prefix(shown));
  return text.size() > kMost ? shown + "…" : shown;
}

// What was seen at one place of the rows: an attribute, or the elements of one name.
class Place {
 public:
  explicit Place(std::string key) : key_(std::move(key)) {}

  // False: more places than a table may have columns.
  bool AddElement(pugi::xml_node element, int depth, size_t& places) {
    std::string text;
    std::map<std::string, int> times;
    for (const pugi::xml_attribute attribute : element.attributes()) {
      Place* member = MemberOf(attribute.name(), depth, places);
      if (member == nullptr) return false;
      member->AddText(attribute.value());
    }
    for (const pugi::xml_node child : element.children()) {
      if (child.type() != pugi::node_element) {
        text += child.value();
        continue;
      }
      Place* member = MemberOf(child.name(), depth, places);
      if (member == nullptr) return false;
      if (++times[member->key_] > 1) member->repeated_ = true;
      if (depth == kMaxColumnDepth) {
        member->AddText("…");  // too deep for a type of its own
      } else if (!member->AddElement(child, depth + 1, places)) {
        return false;
      }
    }
    AddText(text);
    return true;
  }

  // Nothing: no value was seen.
  std::optional<Type> TypeOfAll() const {
    std::optional<Type> type;
    if (kind_) type = Type{.kind = *kind_};
    Type record{.kind = Kind::kStruct};
    for (const auto& member : members_) {
      auto inner = member->TypeOfAll();
      if (inner) record.fields.push_back({member->key_, std::move(*inner)});
    }
    if (!record.fields.empty()) {
      if (type) record.fields.push_back({kOwnText, std::move(*type)});
      type = std::move(record);
    }
    if (type && repeated_) return hive::ArrayOf(std::move(*type));
    return type;
  }

  // The rows' own places, as columns.
  Schema Columns() const {
    Schema schema;
    for (const auto& member : members_) {
      schema.push_back({ColumnName(member->key_), member->key_, member->TypeOfAll(),
                        member->example_, member->why_});
    }
    if (kind_) schema.push_back({kOwnText, kOwnText, Type{.kind = *kind_}, example_, why_});
    MakeNamesUnique(schema);
    return schema;
  }

 private:
  // nullptr: there may be no more.
  Place* MemberOf(const std::string& key, int depth, size_t& places) {
    const auto [at, made] = index_.emplace(ColumnName(key), members_.size());
    if (made) {
      if (++places > kMaxColumns) return nullptr;
      members_.push_back(std::make_unique<Place>(key));
    } else if (depth == 1 && members_[at->second]->key_ != key) {
      members_[at->second]->why_ = fmt::format("'{}' differs only in case", key);
    }
    return members_[at->second].get();
  }

  void AddText(std::string_view text) {
    const std::optional<Kind> kind = CellKind(text);
    if (!kind) return;
    if (!kind_) {
      kind_ = kind;
      example_ = Example(text);
    } else if (*kind != *kind_) {
      const Kind merged = MergeTypes({.kind = *kind_}, {.kind = *kind}).type.kind;
      if (merged == *kind_) return;
      why_ = fmt::format("there is '{}' and '{}'", example_, Example(text));
      kind_ = merged;
      example_ = Example(text);
    }
  }

  const std::string key_;
  std::optional<Kind> kind_;
  std::string example_;
  std::string why_;
  bool repeated_ = false;
  std::vector<std::unique_ptr<Place>> members_;
  std::map<std::string, size_t> index_;
};

Rejection Damaged(std::string detail) { return {"damaged XML", std::move(detail)}; }

// Up to the end of the last whole row, where a file goes on behind its sample; nothing: there is
// none.
std::string_view WholeRows(std::string_view text, const std::string& tag) {
  const std::string close = "</" + tag;
  for (size_t at = text.rfind(close); at != std::string_view::npos && at > 0;
       at = text.rfind(close, at - 1)) {
    const size_t end = text.find_first_not_of(" \t\r\n", at + close.size());
    if (end != std::string_view::npos && text[end] == '>') return text.substr(0, end + 1);
  }
  return {};
}

// Whether the element that begins at text[at] with its name closes itself.
bool ClosesItself(std::string_view text, size_t at) {
  char quote = '\0';
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '>') {
      return text[at - 1] == '/';
    }
  }
  return false;
}

// In the document's order; not into `node` unless `inside`.
pugi::xml_node Next(pugi::xml_node node, bool inside) {
  if (inside && node.first_child()) return node.first_child();
  while (node && !node.next_sibling()) node = node.parent();
  return node ? node.next_sibling() : node;
}

std::expected<void, Rejection> Load(pugi::xml_document& document, std::string_view text,
                                    bool whole) {
  const auto result = document.load_buffer(
      text.data(), text.size(), pugi::parse_default | pugi::parse_trim_pcdata, pugi::encoding_utf8);
  const bool cut = !whole && result.status == pugi::status_end_element_mismatch &&
                   result.offset + 1 >= static_cast<ptrdiff_t>(text.size());
  if (result || cut) return {};
  return std::unexpected(
      Damaged(fmt::format("{} at byte {}", result.description(), result.offset)));
}

}  // namespace

std::expected<Classified, Rejection> ClassifyXml(std::string_view text, bool whole,
                                                 const hive::XmlRows& rules) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  const std::string& tag = rules.row_tag;
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || text[first] != '<') {
    return std::unexpected(Rejection{"no XML", ""});
  }
  const std::string_view rows = whole ? text : WholeRows(text, tag);
  if (tag.empty() || rows.empty()) {
    Rejection none{"XML without the row tag", fmt::format("no element <{}>", tag)};
    none.more_would_help = !tag.empty() && text.find("<" + tag) != std::string_view::npos;
    return std::unexpected(std::move(none));
  }
  if (!IsUtf8(rows)) return std::unexpected(Damaged("it is not UTF-8"));
  pugi::xml_document document;
  if (auto loaded = Load(document, rows, whole); !loaded) return std::unexpected(loaded.error());

  Classified found;
  found.whole = whole;
  found.sampled = rows.size();
  Place table("");
  size_t places = 0;
  for (pugi::xml_node node = document.first_child(); node;) {
    const bool is_row = node.name() == tag && node.offset_debug() > 0 &&
                        !ClosesItself(rows, static_cast<size_t>(node.offset_debug()));
    if (is_row && found.records == static_cast<int64_t>(kSampleRecords)) {
      found.sampled = static_cast<uint64_t>(node.offset_debug());
      found.whole = false;
      break;
    }
    if (is_row && !table.AddElement(node, 1, places)) {
      return std::unexpected(Rejection{"more columns than a table may have",
                                       fmt::format("at most {} names", kMaxColumns)});
    }
    if (is_row) ++found.records;
    node = Next(node, !is_row);
  }
  found.reading.schema = table.Columns();
  if (found.records == 0 || found.reading.schema.empty()) {
    return std::unexpected(
        Rejection{"XML without the row tag", fmt::format("no element <{}> with a value", tag)});
  }
  found.reading.format = hive::Format::kXml;
  found.reading.xml = rules;
  found.reading.certainty = 1;
  found.reading.why.push_back(
      fmt::format("{}: {} elements <{}>", rules.classification, found.records, tag));
  return found;
}

}  // namespace ticklake::lake::crawler
