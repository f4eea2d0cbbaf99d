#include <boost/json.hpp>

#include <functional>
#include <limits>

#include "aws/glue/data_catalog.h"
#include "aws/glue/paging.h"
#include "aws/glue/partition_filter.h"
#include "aws/glue/shapes.h"
#include "aws/glue/statistics.h"

namespace ticklake::aws::glue {
namespace {

namespace json = boost::json;
using catalog::PartitionValues;

constexpr size_t kMaxPage = 1000;
constexpr size_t kMaxBatch = 100;
constexpr size_t kMaxDelete = 25;
constexpr size_t kMaxGet = 1000;
constexpr size_t kMaxValues = 100;
constexpr TextLimits kValue{0, 1024};
constexpr TextLimits kExpression{0, 2048, true};

// In Glue's words where programs look at them.
AwsError ErrorOf(const catalog::PartitionError& failed) {
  switch (failed.error.code) {
    case Code::kAlreadyExists:
      return {400, "AlreadyExistsException", "Partition already exists.", {}};
    case Code::kNotFound: return {400, "EntityNotFoundException", "Cannot find partition.", {}};
    default:
      return {400,
              "InvalidInputException",
              "The number of partition keys do not match the number of partition values",
              {}};
  }
}

AwsResult<> OnlyOne(const std::vector<catalog::PartitionError>& errors) {
  if (errors.empty()) return {};
  return std::unexpected(ErrorOf(errors[0]));
}

json::object Errors(const std::vector<catalog::PartitionError>& failed, std::string_view values) {
  json::array errors;
  for (const catalog::PartitionError& error : failed) {
    errors.push_back(json::object{{values, json::value_from(error.values)},
                                  {"ErrorDetail", ErrorDetail(ErrorOf(error))}});
  }
  json::object answer;
  if (!errors.empty()) answer["Errors"] = std::move(errors);
  return answer;
}

std::vector<PartitionValues> ReadValueLists(const Members& input, std::string_view key,
                                            size_t most) {
  std::vector<PartitionValues> lists;
  for (const Members& item : input.Objects(key, most)) {
    lists.push_back(item.Strings("Values", kMaxValues, kValue));
  }
  return lists;
}

// One of TotalSegments parts that clients read side by side: each partition is in one of them.
struct Segment {
  uint64_t number = 0;
  uint64_t total = 1;

  bool Has(const PartitionValues& values) const {
    if (total == 1) return true;
    uint64_t hash = 14695981039346656037U;  // FNV-1a: the same in every process
    for (const std::string& value : values) {
      for (const char c : value) hash = (hash ^ static_cast<uint8_t>(c)) * 1099511628211U;
      hash = (hash ^ 0xff) * 1099511628211U;
    }
    return hash % total == number;
  }
};

Segment ReadSegment(const Members& input) {
  Segment segment;
  const auto given = input.Object("Segment");
  if (!given) return segment;
  segment.total = static_cast<uint64_t>(given->Int("TotalSegments", 1, 10, 1));
  segment.number = static_cast<uint64_t>(
      given->Int("SegmentNumber", 0, static_cast<int64_t>(segment.total) - 1, 0));
  return segment;
}

}  // namespace

std::vector<DataCatalog::Row> DataCatalog::PartitionRows() {
  return {{"CreatePartition", Access::kWrite, &DataCatalog::CreatePartition},
          {"BatchCreatePartition", Access::kWrite, &DataCatalog::BatchCreatePartition},
          {"GetPartition", Access::kRead, &DataCatalog::GetPartition},
          {"BatchGetPartition", Access::kRead, &DataCatalog::BatchGetPartition},
          {"GetPartitions", Access::kRead, &DataCatalog::GetPartitions},
          {"UpdatePartition", Access::kWrite, &DataCatalog::UpdatePartition},
          {"BatchUpdatePartition", Access::kWrite, &DataCatalog::BatchUpdatePartition},
          {"DeletePartition", Access::kWrite, &DataCatalog::DeletePartition},
          {"BatchDeletePartition", Access::kWrite, &DataCatalog::BatchDeletePartition}};
}

DataCatalog::Answer DataCatalog::CreatePartition(const Call& call) {
  const Members input(call.input);
  const catalog::Partition partition = ReadPartition(input.RequiredObject("PartitionInput"), uris_);
  TL_ASSIGN(const catalog::Table table, TableOf(input));
  TL_ASSIGN(const auto errors,
            Checked(catalog_.CreatePartitions(table.database, table.name, {partition})));
  TL_TRY(OnlyOne(errors));
  return json::object();
}

DataCatalog::Answer DataCatalog::BatchCreatePartition(const Call& call) {
  const Members input(call.input);
  std::vector<catalog::Partition> partitions;
  for (const Members& item : input.Objects("PartitionInputList", kMaxBatch)) {
    partitions.push_back(ReadPartition(item, uris_));
  }
  TL_ASSIGN(const catalog::Table table, TableOf(input));
  TL_ASSIGN(const auto errors,
            Checked(catalog_.CreatePartitions(table.database, table.name, partitions)));
  return Errors(errors, "PartitionValues");
}

DataCatalog::Answer DataCatalog::GetPartition(const Call& call) {
  const Members input(call.input);
  const PartitionValues values = input.Strings("PartitionValues", kMaxValues, kValue);
  TL_ASSIGN(const catalog::Table table, TableOf(input));
  const auto partition = catalog_.GetPartition(table.database, table.name, values);
  if (!partition && partition.error().code == Code::kNotFound) {
    return AwsFail(400, "EntityNotFoundException", "Cannot find partition.");
  }
  TL_TRY(Checked(partition));
  return json::object{{"Partition", Show(table, *partition, uris_)}};
}

DataCatalog::Answer DataCatalog::BatchGetPartition(const Call& call) {
  const Members input(call.input);
  const auto lists = ReadValueLists(input, "PartitionsToGet", kMaxGet);
  TL_ASSIGN(const catalog::Table table, TableOf(input));
  json::array shown;
  for (const PartitionValues& values : lists) {
    const auto partition = catalog_.GetPartition(table.database, table.name, values);
    if (!partition && partition.error().code == Code::kNotFound) continue;
    TL_TRY(Checked(partition));
    shown.push_back(Show(table, *partition, uris_));
  }
  return json::object{{"Partitions", std::move(shown)}};
}

DataCatalog::Answer DataCatalog::GetPartitions(const Call& call) {
  const Members input(call.input);
  const Page page = ReadPage(input, "GetPartitions", kMaxPage);
  const std::string expression = input.Text("Expression", kExpression);
  const Segment segment = ReadSegment(input);
  const bool with_columns = !input.Bool("ExcludeColumnSchema");
  TL_ASSIGN(const catalog::Table table, TableOf(input));
  TL_ASSIGN(const PartitionFilter filter, PartitionFilter::Parse(expression, table.partition_keys));
  catalog::PageRequest request{page.after, page.limit};
  std::string problem;
  if (!filter.empty() || segment.total > 1) {
    request.filter = [&](const PartitionValues& values) {
      return segment.Has(values) && filter.Matches(values, problem);
    };
  }
  TL_ASSIGN(const auto found,
            Checked(catalog_.ListPartitions(table.database, table.name, request)));
  if (!problem.empty()) {
    return AwsFail(400, "InvalidStateException",
                   "table '{}.{}': a partition's value is none of its key's type: {}",
                   table.database, table.name, problem);
  }
  json::array shown;
  for (const catalog::Partition& partition : found.partitions) {
    shown.push_back(Show(table, partition, uris_, with_columns));
  }
  json::object answer{{"Partitions", std::move(shown)}};
  PutNextToken(answer, page, found.next);
  return answer;
}

DataCatalog::Answer DataCatalog::UpdatePartition(const Call& call) {
  const Members input(call.input);
  const PartitionValues values = input.Strings("PartitionValueList", kMaxValues, kValue);
  catalog::Partition partition = ReadPartition(input.RequiredObject("PartitionInput"), uris_);
  TL_ASSIGN(const catalog::Table table, TableOf(input));
  if (partition.values.empty()) partition.values = values;
  TL_ASSIGN(const auto errors,
            Checked(catalog_.UpdatePartitions(table.database, table.name, {{values, partition}})));
  TL_TRY(OnlyOne(errors));
  return json::object();
}

DataCatalog::Answer DataCatalog::BatchUpdatePartition(const Call& call) {
  const Members input(call.input);
  std::vector<catalog::PartitionUpdate> updates;
  for (const Members& item : input.Objects("Entries", kMaxBatch)) {
    updates.push_back({item.Strings("PartitionValueList", kMaxValues, kValue),
                       ReadPartition(item.RequiredObject("PartitionInput"), uris_)});
    auto& [values, partition] = updates.back();
    if (partition.values.empty()) partition.values = values;
  }
  TL_ASSIGN(const catalog::Table table, TableOf(input));
  TL_ASSIGN(const auto errors,
            Checked(catalog_.UpdatePartitions(table.database, table.name, updates)));
  return Errors(errors, "PartitionValueList");
}

AwsResult<> DataCatalog::ForgetPartitions(const catalog::Table& table,
                                          const std::vector<PartitionValues>& values) {
  for (const PartitionValues& partition : values) {
    const catalog::FactQuery query{
        {kPartitionStatistics, table.database, table.name, StatisticsPrefix(partition)}};
    TL_ASSIGN(const auto facts, FactsOf(query));
    for (const catalog::Fact& fact : facts) TL_TRY(Checked(catalog_.DeleteFact(fact.key)));
  }
  return {};
}

DataCatalog::Answer DataCatalog::DeletePartition(const Call& call) {
  const Members input(call.input);
  const PartitionValues values = input.Strings("PartitionValues", kMaxValues, kValue);
  TL_ASSIGN(const catalog::Table table, TableOf(input));
  TL_ASSIGN(const auto errors,
            Checked(catalog_.DeletePartitions(table.database, table.name, {values})));
  TL_TRY(OnlyOne(errors));
  TL_TRY(ForgetPartitions(table, {values}));
  return json::object();
}

DataCatalog::Answer DataCatalog::BatchDeletePartition(const Call& call) {
  const Members input(call.input);
  const auto lists = ReadValueLists(input, "PartitionsToDelete", kMaxDelete);
  TL_ASSIGN(const catalog::Table table, TableOf(input));
  TL_ASSIGN(const auto errors,
            Checked(catalog_.DeletePartitions(table.database, table.name, lists)));
  TL_TRY(ForgetPartitions(table, lists));
  return Errors(errors, "PartitionValues");
}

}  // namespace ticklake::aws::glue
