#include "catalog/glue_partitions.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <mutex>
#include <set>

#include "base/run_all.h"
#include "catalog/catalog_json.h"
#include "catalog/glue_json.h"
#include "catalog/partitions.h"

namespace ticklake::catalog {
namespace {

namespace json = boost::json;

constexpr size_t kMostCreated = 100;  // Glue's limits of one call
constexpr size_t kMostUpdated = 100;
constexpr size_t kMostDeleted = 25;
constexpr size_t kMostListed = 1000;

std::string What(const std::string& database, const std::string& table) {
  return fmt::format("table '{}.{}'", database, table);
}

json::array TextsToGlue(const PartitionValues& values) {
  return json::value_from(values).as_array();
}

PartitionValues ValuesIn(const json::object& object, std::string_view name) {
  PartitionValues values;
  for (const json::value& value : ArrayIn(object, name)) {
    if (value.is_string()) values.emplace_back(value.get_string());
  }
  return values;
}

/// What a batch's answer has in Errors, in our words where they are the same thing.
std::vector<PartitionError> ErrorsIn(const Table& table, const json::object& answer) {
  std::vector<PartitionError> errors;
  for (const json::value& item : ArrayIn(answer, "Errors")) {
    if (!item.is_object()) continue;
    PartitionValues values = ValuesIn(item.get_object(), "PartitionValues");
    if (values.empty()) values = ValuesIn(item.get_object(), "PartitionValueList");
    const json::object& detail = ObjectIn(item.get_object(), "ErrorDetail");
    const json::value* code = detail.if_contains("ErrorCode");
    const json::value* message = detail.if_contains("ErrorMessage");
    const Code kind =
        code != nullptr && code->is_string() ? CodeOfGlue(code->get_string()) : Code::kInvalid;
    if (kind == Code::kAlreadyExists) {
      errors.push_back(*PartitionExists(table, values));
    } else if (kind == Code::kNotFound) {
      errors.push_back(*NoPartition(table, values));
    } else {
      errors.push_back({values,
                        {kind, message != nullptr && message->is_string()
                                   ? std::string(message->get_string())
                                   : "Glue refused the partition without a reason"}});
    }
  }
  return errors;
}

/// What was refused, with the item that it is about: in whatever order it was found out, the caller
/// sees it in that of the items.
class Refusals {
 public:
  /// The item with these values, for what Glue says of them later.
  void Place(const PartitionValues& values, size_t item) { places_.emplace(values, item); }
  void Add(size_t item, PartitionError error) { found_.emplace_back(item, std::move(error)); }
  void Add(std::vector<PartitionError> errors) {
    for (PartitionError& error : errors) {
      const auto place = places_.find(error.values);
      Add(place == places_.end() ? 0 : place->second, std::move(error));
    }
  }
  std::vector<PartitionError> InOrder() {
    std::ranges::stable_sort(found_, {}, [](const auto& refusal) { return refusal.first; });
    std::vector<PartitionError> errors;
    errors.reserve(found_.size());
    for (auto& [item, error] : found_) errors.push_back(std::move(error));
    return errors;
  }

 private:
  std::map<PartitionValues, size_t> places_;
  std::vector<std::pair<size_t, PartitionError>> found_;
};

}  // namespace

/// Items for one operation, each in the form that Glue takes.
struct GluePartitions::Batches {
  std::string operation;
  std::string member;  ///< of the input that holds the items
  size_t most = 0;     ///< items a call
  json::array items;
};

Result<std::vector<PartitionError>> GluePartitions::Send(const Table& table,
                                                         const Batches& batches) {
  std::mutex mutex;
  std::vector<PartitionError> errors;
  const size_t count = (batches.items.size() + batches.most - 1) / batches.most;
  TL_TRY(RunAll(pool_, count, [&](size_t i) -> Result<void> {
    const auto* begin = batches.items.begin() + i * batches.most;
    const auto* end =
        batches.items.begin() + std::min(batches.items.size(), (i + 1) * batches.most);
    const json::object input{{"DatabaseName", table.database},
                             {"TableName", table.name},
                             {batches.member, json::array(begin, end)}};
    TL_ASSIGN(const json::object answer,
              glue_.Call({batches.operation, What(table.database, table.name)}, input));
    auto refused = ErrorsIn(table, answer);
    const std::lock_guard lock(mutex);
    std::ranges::move(refused, std::back_inserter(errors));
    return {};
  }));
  return errors;
}

Result<std::vector<PartitionError>> GluePartitions::Create(
    const Table& table, const std::vector<Partition>& partitions) {
  Refusals refusals;
  std::set<PartitionValues> seen;
  Batches batches{"BatchCreatePartition", "PartitionInputList", kMostCreated, {}};
  for (size_t i = 0; i < partitions.size(); ++i) {
    const Partition& partition = partitions[i];
    auto refused = CheckValues(table, partition.values);
    if (!refused && !seen.insert(partition.values).second) {
      refused = PartitionExists(table, partition.values);  // the one before it in this call
    }
    if (refused) {
      refusals.Add(i, std::move(*refused));
    } else {
      refusals.Place(partition.values, i);
      batches.items.push_back(PartitionInput(partition));
    }
  }
  TL_ASSIGN(auto by_glue, Send(table, batches));
  refusals.Add(std::move(by_glue));
  return refusals.InOrder();
}

// Glue does not let an update change the values, so that such a one is a creation and a deletion.
// Updates that meet the same partition keep their order.
Result<std::vector<PartitionError>> GluePartitions::Update(
    const Table& table, const std::vector<PartitionUpdate>& updates) {
  Refusals refusals;
  std::set<PartitionValues> touched;
  Batches batches{"BatchUpdatePartition", "Entries", kMostUpdated, {}};
  const auto flush = [&]() -> Result<void> {
    TL_ASSIGN(auto refused, Send(table, batches));
    refusals.Add(std::move(refused));
    batches.items.clear();
    touched.clear();
    return {};
  };
  const auto move = [&](const PartitionUpdate& update, size_t item) -> Result<void> {
    const auto there = Get(table.database, table.name, update.values);
    if (!there && there.error().code == Code::kNotFound) {
      refusals.Add(item, *NoPartition(table, update.values));
      return {};
    }
    if (!there) return Fail(there.error());
    TL_ASSIGN(auto refused, Create(table, {update.partition}));
    if (refused.empty()) {
      TL_ASSIGN(refused, Delete(table, {update.values}));
    }
    for (PartitionError& error : refused) refusals.Add(item, std::move(error));
    return {};
  };
  for (size_t i = 0; i < updates.size(); ++i) {
    const PartitionUpdate& update = updates[i];
    if (auto refused = CheckValues(table, update.partition.values)) {
      refusals.Add(i, std::move(*refused));
      continue;
    }
    const bool moves = update.partition.values != update.values;
    if (moves || touched.contains(update.values)) TL_TRY(flush());
    if (moves) {
      TL_TRY(move(update, i));
      continue;
    }
    refusals.Place(update.values, i);
    touched.insert(update.values);
    batches.items.push_back(json::object{{"PartitionValueList", TextsToGlue(update.values)},
                                         {"PartitionInput", PartitionInput(update.partition)}});
  }
  TL_TRY(flush());
  return refusals.InOrder();
}

Result<std::vector<PartitionError>> GluePartitions::Delete(
    const Table& table, const std::vector<PartitionValues>& values) {
  Refusals refusals;
  Batches batches{"BatchDeletePartition", "PartitionsToDelete", kMostDeleted, {}};
  for (size_t i = 0; i < values.size(); ++i) {
    refusals.Place(values[i], i);
    batches.items.push_back(json::object{{"Values", TextsToGlue(values[i])}});
  }
  TL_ASSIGN(auto by_glue, Send(table, batches));
  refusals.Add(std::move(by_glue));
  return refusals.InOrder();
}

Result<Partition> GluePartitions::Get(const std::string& database, const std::string& table,
                                      const PartitionValues& values) {
  TL_ASSIGN(const json::object answer, glue_.Call({"GetPartition", What(database, table)},
                                                  {{"DatabaseName", database},
                                                   {"TableName", table},
                                                   {"PartitionValues", TextsToGlue(values)}}));
  return PartitionFromGlue(ObjectIn(answer, "Partition"));
}

Result<PartitionPage> GluePartitions::List(const std::string& database, const std::string& table,
                                           const PageRequest& page) {
  json::object input{{"DatabaseName", database},
                     {"TableName", table},
                     {"MaxResults", std::min(page.limit, kMostListed)}};
  if (!page.after.empty()) input["NextToken"] = page.after;
  TL_ASSIGN(const json::object answer, glue_.Call({"GetPartitions", What(database, table)}, input));
  PartitionPage result;
  for (const json::value& item : ArrayIn(answer, "Partitions")) {
    if (!item.is_object()) continue;
    Partition partition = PartitionFromGlue(item.get_object());
    if (page.filter && !page.filter(partition.values)) continue;
    result.partitions.push_back(std::move(partition));
  }
  const json::value* next = answer.if_contains("NextToken");
  if (next != nullptr && next->is_string()) result.next = next->get_string();
  return result;
}

}  // namespace ticklake::catalog
