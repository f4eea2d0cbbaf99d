#include "aws/glue/table_search.h"
#include "base/ascii.h"

#include <algorithm>

namespace ticklake::aws::glue {
namespace {

constexpr TextLimits kLong{0, 1024};

bool Contains(const std::string& text, const std::string& part) {
  return AsciiLower(text).contains(part);
}

bool AnyColumnContains(const std::vector<catalog::Column>& columns, const std::string& part) {
  return std::ranges::any_of(columns, [&](const auto& column) {
    return Contains(column.name, part) || Contains(column.comment, part);
  });
}

}  // namespace

std::string VersionName(int64_t version) { return fmt::format("{:019}", version); }

TableSearch::TableSearch(const Members& input)
    : text_(AsciiLower(input.Text("SearchText", kLong))) {
  // Quotes ask for exact words, which a part of a text always is.
  std::erase(text_, '"');
  for (const Members& item : input.Objects("Filters", 100)) {
    filters_.push_back(
        {item.Text("Key", kLong), item.Text("Value", kLong), item.Text("Comparator")});
  }
  const auto criteria = input.Objects("SortCriteria", 1);
  if (criteria.empty()) return;
  sort_key_ = criteria[0].Text("FieldName", kLong);
  descending_ = criteria[0].Text("Sort") == "DESC";
}

std::string TableSearch::ValueOf(const catalog::Table& table, const std::string& key) {
  const std::string name = AsciiLower(key);
  if (name == "name") return table.name;
  if (name == "databasename" || name == "database") return table.database;
  if (name == "description") return table.description;
  if (name == "owner") return table.owner;
  if (name == "tabletype") return table.table_type;
  if (name == "createtime") return fmt::format("{:020}", table.create_time);
  if (name == "updatetime") return fmt::format("{:020}", table.update_time);
  const auto at = table.parameters.find(key);
  return at == table.parameters.end() ? "" : at->second;
}

bool TableSearch::Holds(const Filter& filter, const catalog::Table& table) {
  const std::string value = ValueOf(table, filter.key);
  if (filter.comparator == "GREATER_THAN") return value > filter.value;
  if (filter.comparator == "GREATER_THAN_EQUALS") return value >= filter.value;
  if (filter.comparator == "LESS_THAN") return value < filter.value;
  if (filter.comparator == "LESS_THAN_EQUALS") return value <= filter.value;
  return AsciiLower(value) == AsciiLower(filter.value);
}

bool TableSearch::Matches(const catalog::Table& table) const {
  if (!std::ranges::all_of(filters_, [&](const auto& filter) { return Holds(filter, table); })) {
    return false;
  }
  if (text_.empty() || Contains(table.name, text_) || Contains(table.description, text_)) {
    return true;
  }
  return AnyColumnContains(table.storage.columns, text_) ||
         AnyColumnContains(table.partition_keys, text_) ||
         std::ranges::any_of(table.parameters,
                             [&](const auto& entry) { return Contains(entry.second, text_); });
}

void TableSearch::Sort(std::vector<catalog::Table>& tables) const {
  if (sort_key_.empty()) return;
  std::ranges::stable_sort(tables, [&](const auto& a, const auto& b) {
    const std::string left = ValueOf(a, sort_key_);
    const std::string right = ValueOf(b, sort_key_);
    return descending_ ? right < left : left < right;
  });
}

}  // namespace ticklake::aws::glue
