#include "market/replay/csv_json.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "market/json_text.h"

namespace ticklake::market {
namespace {

bool IsBrokenOffNumber(std::string_view text) {
  return !text.empty() && !IsJsonNumber(text) && IsJsonNumber(std::string(text) + "0");
}

// A JSON number that no reader has to round or refuse: an integer of 64 bits, or a fraction
// that a double can hold.
bool IsPlainNumber(std::string_view text) {
  if (!IsJsonNumber(text)) return false;
  const char* const end = text.data() + text.size();
  if (text.find_first_of(".eE") == std::string_view::npos) {
    int64_t integer = 0;
    return std::from_chars(text.data(), end, integer).ec == std::errc();
  }
  double fraction = 0;
  return std::from_chars(text.data(), end, fraction).ec == std::errc();
}

// A record of more would not fit into a topic.
constexpr size_t kMostColumns = 100'000;
constexpr size_t kMostNotes = 20;

// Hands out each name once.
class Names {
 public:
  // The name itself, or the first of name_2, name_3, … that is free.
  std::string Take(const std::string& name) {
    std::string candidate = name;
    while (!taken_.insert(candidate).second) {
      // Goes on where it was before: a header may repeat one name as often as it likes.
      candidate = fmt::format("{}_{}", name, ++repeats_.try_emplace(name, 1).first->second);
    }
    return candidate;
  }

 private:
  std::set<std::string> taken_;
  std::map<std::string, size_t> repeats_;
};

}  // namespace

Result<CsvJson> CsvJson::Create(const CsvRecord& header) {
  if (!header.problem.empty()) {
    return Fail(Code::kInvalid, "the header, line {}: {}", header.line, header.problem);
  }
  if (header.cells.size() > kMostColumns) {
    return Fail(Code::kInvalid,
                "the header, line {}: {} columns; at most {} can be published. Is it another "
                "delimiter that stands between them?",
                header.line, header.cells.size(), kMostColumns);
  }
  CsvJson json;
  Names names;
  size_t renamed = 0;
  for (size_t i = 0; i < header.cells.size(); ++i) {
    const std::string given(header.cells[i].text);
    const std::string name = names.Take(given.empty() ? fmt::format("column_{}", i + 1) : given);
    if (name != given && ++renamed <= kMostNotes) {
      json.notes_.push_back(fmt::format("column {}: its name {} is published as '{}'", i + 1,
                                        given.empty() ? "is empty and" : "'" + given + "' again",
                                        name));
    }
    json.names_.push_back(name);
    json.keys_.emplace_back(i == 0 ? "{" : ",");
    AppendJsonString(json.keys_.back(), name);
    json.keys_.back() += ':';
  }
  if (renamed > kMostNotes) {
    json.notes_.push_back(
        fmt::format("{} further columns whose names are empty or repeated have "
                    "been given names likewise",
                    renamed - kMostNotes));
  }
  return json;
}

std::optional<size_t> CsvJson::Find(std::string_view name) const {
  const auto found = std::ranges::find(names_, name);
  if (found == names_.end()) return std::nullopt;
  return static_cast<size_t>(found - names_.begin());
}

std::string CsvJson::Problem(const CsvRecord& record) const {
  if (!record.problem.empty()) return record.problem;
  if (record.cells.size() != names_.size()) {
    return fmt::format("{} cells where the header has {}{}", record.cells.size(), names_.size(),
                       record.terminated ? "" : "; the file ends inside this line");
  }
  const CsvCell& last = record.cells.back();
  if (!record.terminated && !last.quoted && IsBrokenOffNumber(last.text)) {
    return fmt::format("the file ends inside the number {}", last.text);
  }
  return "";
}

void CsvJson::Write(const CsvRecord& record, std::string& out) const {
  out.clear();
  for (size_t i = 0; i < record.cells.size(); ++i) {
    const CsvCell& cell = record.cells[i];
    out += keys_[i];
    if (IsPlainNumber(cell.text)) {
      out += cell.text;
    } else if (cell.text.empty() && !cell.quoted) {
      out += "null";
    } else {
      AppendJsonString(out, cell.text);
    }
  }
  out += '}';
}

}  // namespace ticklake::market
