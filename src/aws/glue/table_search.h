// TableSearch: what SearchTables asks for.
//
// Threading: safe once made. Does not: page.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "aws/glue/members.h"
#include "catalog/catalog.h"

namespace ticklake::aws::glue {

/// An Iceberg table's parameter.
inline constexpr char kTableTypeKey[] = "table_type";
/// Facts that are older versions of a table; their names sort as the versions do.
inline constexpr char kVersionKind[] = "table_version";
std::string VersionName(int64_t version);

class TableSearch {
 public:
  /// Notes what is wrong with the input's SearchText, Filters and SortCriteria.
  explicit TableSearch(const Members& input);

  bool Matches(const catalog::Table& table) const;
  /// By database and name, unless the client says otherwise.
  void Sort(std::vector<catalog::Table>& tables) const;

 private:
  struct Filter {
    std::string key;
    std::string value;
    std::string comparator;
  };
  static std::string ValueOf(const catalog::Table& table, const std::string& key);
  static bool Holds(const Filter& filter, const catalog::Table& table);

  std::string text_;
  std::vector<Filter> filters_;
  std::string sort_key_;
  bool descending_ = false;
};

}  // namespace ticklake::aws::glue
