// Statistics of columns: facts that optimizers of others write and read; nothing here computes
// them.

#include "aws/glue/statistics.h"

#include <boost/json.hpp>

#include <algorithm>

#include "aws/glue/data_catalog.h"
#include "aws/glue/shapes.h"
#include "base/ascii.h"

namespace ticklake::aws::glue {
namespace {

namespace json = boost::json;

constexpr size_t kMaxColumns = 100;
constexpr size_t kMaxUpdates = 25;

// "LONG" goes with LongColumnStatisticsData.
bool HasDataOfItsType(const Members& statistics) {
  const auto data = statistics.Object("StatisticsData");
  if (!data) return false;
  const std::string type = AsciiLower(data->Text("Type"));
  return std::ranges::any_of(data->raw(), [&](const auto& member) {
    return AsciiLower(std::string_view(member.key())) == type + "columnstatisticsdata";
  });
}

bool HasColumn(const catalog::Table& table, const std::string& name) {
  const auto named = [&](const catalog::Column& column) { return AsciiLower(column.name) == name; };
  return std::ranges::any_of(table.storage.columns, named) ||
         std::ranges::any_of(table.partition_keys, named);
}

json::object ColumnError(const std::string& column, const AwsError& error) {
  return {{"ColumnName", column}, {"Error", ErrorDetail(error)}};
}

}  // namespace

std::vector<DataCatalog::Row> DataCatalog::StatisticsRows() {
  using C = DataCatalog;
  return {{"GetColumnStatisticsForTable", Access::kRead, &C::GetColumnStatisticsForTable},
          {"UpdateColumnStatisticsForTable", Access::kWrite, &C::UpdateColumnStatisticsForTable},
          {"DeleteColumnStatisticsForTable", Access::kWrite, &C::DeleteColumnStatisticsForTable},
          {"GetColumnStatisticsForPartition", Access::kRead, &C::GetColumnStatisticsForPartition},
          {"UpdateColumnStatisticsForPartition", Access::kWrite,
           &C::UpdateColumnStatisticsForPartition},
          {"DeleteColumnStatisticsForPartition", Access::kWrite,
           &C::DeleteColumnStatisticsForPartition}};
}

// The key of a column's statistics, but for the column at the end of its name.
AwsResult<catalog::FactKey> DataCatalog::StatisticsKey(const Members& input, bool of_partition) {
  const auto values = input.Strings("PartitionValues", kMaxColumns, {0, 1024});
  TL_ASSIGN(const catalog::Table table, TableOf(input));
  catalog::FactKey key{kTableStatistics, table.database, table.name, ""};
  if (!of_partition) return key;
  const auto partition = catalog_.GetPartition(table.database, table.name, values);
  if (!partition && partition.error().code == Code::kNotFound) {
    return AwsFail(400, "EntityNotFoundException", "Cannot find partition.");
  }
  TL_TRY(Checked(partition));
  key.kind = kPartitionStatistics;
  key.name = StatisticsPrefix(values);
  return key;
}

DataCatalog::Answer DataCatalog::GetStatistics(const Call& call, bool of_partition) {
  const Members input(call.input);
  const auto columns = input.Strings("ColumnNames", kMaxColumns);
  TL_ASSIGN(const catalog::FactKey base, StatisticsKey(input, of_partition));
  json::array list;
  json::array errors;
  for (const std::string& column : columns) {
    catalog::FactKey key = base;
    key.name += AsciiLower(column);
    const auto fact = catalog_.GetFact(key);
    if (fact) {
      list.push_back(ParseExtra(fact->json));
    } else if (fact.error().code == Code::kNotFound) {
      errors.push_back(
          ColumnError(column, {400,
                               "EntityNotFoundException",
                               fmt::format("Statistics of column {} not found.", column),
                               {}}));
    } else {
      return std::unexpected(FromError(fact.error()));
    }
  }
  json::object answer{{"ColumnStatisticsList", std::move(list)}};
  if (!errors.empty()) answer["Errors"] = std::move(errors);
  return answer;
}

DataCatalog::Answer DataCatalog::UpdateStatistics(const Call& call, bool of_partition) {
  const Members input(call.input);
  const auto updates = input.Objects("ColumnStatisticsList", kMaxUpdates);
  for (const Members& item : updates) {
    item.Required("ColumnName");
    item.Required("ColumnType", {0, 20'000});
    if (!HasDataOfItsType(item)) {
      item.Refuse("StatisticsData: has no data of the type that it names");
    }
  }
  TL_ASSIGN(const catalog::FactKey base, StatisticsKey(input, of_partition));
  TL_ASSIGN(const catalog::Table table, FindTable(base.database, base.table));
  json::array errors;
  for (const Members& item : updates) {
    const std::string column = item.Name("ColumnName");
    if (!HasColumn(table, column)) {
      const AwsError error{
          400, "EntityNotFoundException", fmt::format("Column {} not found.", column), {}};
      errors.push_back(
          json::object{{"ColumnStatistics", item.raw()}, {"Error", ErrorDetail(error)}});
      continue;
    }
    catalog::FactKey key = base;
    key.name += column;
    TL_TRY(
        Checked(catalog_.PutFact({key, json::serialize(item.raw())}, catalog::FactWrite::kEither)));
  }
  json::object answer;
  if (!errors.empty()) answer["Errors"] = std::move(errors);
  return answer;
}

DataCatalog::Answer DataCatalog::DeleteStatistics(const Call& call, bool of_partition) {
  const Members input(call.input);
  const std::string column = input.Name("ColumnName");
  TL_ASSIGN(catalog::FactKey key, StatisticsKey(input, of_partition));
  key.name += column;
  // Fine if there are none, as on AWS: Trino clears those of each column of a table that it makes.
  const auto deleted = catalog_.DeleteFact(key);
  if (!deleted && deleted.error().code != Code::kNotFound) TL_TRY(Checked(deleted));
  return json::object();
}

DataCatalog::Answer DataCatalog::GetColumnStatisticsForTable(const Call& call) {
  return GetStatistics(call, false);
}
DataCatalog::Answer DataCatalog::UpdateColumnStatisticsForTable(const Call& call) {
  return UpdateStatistics(call, false);
}
DataCatalog::Answer DataCatalog::DeleteColumnStatisticsForTable(const Call& call) {
  return DeleteStatistics(call, false);
}
DataCatalog::Answer DataCatalog::GetColumnStatisticsForPartition(const Call& call) {
  return GetStatistics(call, true);
}
DataCatalog::Answer DataCatalog::UpdateColumnStatisticsForPartition(const Call& call) {
  return UpdateStatistics(call, true);
}
DataCatalog::Answer DataCatalog::DeleteColumnStatisticsForPartition(const Call& call) {
  return DeleteStatistics(call, true);
}

}  // namespace ticklake::aws::glue
