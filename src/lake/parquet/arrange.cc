#include "lake/parquet/arrange.h"

#include <arrow/array.h>
#include <arrow/compute/api_vector.h>
#include <arrow/datum.h>

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <string_view>
#include <unordered_map>

#include "lake/iceberg/transform.h"
#include "lake/rows/conform.h"

namespace ticklake::lake {
namespace {

using Batch = std::shared_ptr<arrow::RecordBatch>;
using Day = std::optional<int32_t>;

/// A batch cut into more pieces than this is gathered instead.
constexpr size_t kMaxSlices = 16;

Result<Batch> Gather(const Batch& batch, std::vector<int64_t> rows) {
  const auto length = std::ssize(rows);
  const arrow::Int64Array indices(length, arrow::Buffer::FromVector(std::move(rows)));
  auto taken = arrow::compute::Take(arrow::Datum(batch), arrow::Datum(indices.data()),
                                    arrow::compute::TakeOptions::NoBoundsCheck());
  if (!taken.ok()) return Fail(Code::kInternal, "arranging rows: {}", taken.status().ToString());
  return taken->record_batch();
}

struct Run {
  Day day;
  int64_t begin = 0;
  int64_t end = 0;
};

std::vector<Run> RunsOf(const arrow::TimestampArray& times) {
  std::vector<Run> runs;
  int64_t day_begin = 0;  // microseconds of the last run's day, to divide seldom
  int64_t day_end = std::numeric_limits<int64_t>::min();
  for (int64_t i = 0; i < times.length(); ++i) {
    const bool null = times.IsNull(i);
    if (!runs.empty() && null == !runs.back().day.has_value() &&
        (null || (times.Value(i) >= day_begin && times.Value(i) < day_end))) {
      runs.back().end = i + 1;
      continue;
    }
    Day day;
    if (!null) {
      constexpr int64_t kMicrosPerDay = 86'400'000'000;
      day = iceberg::DayOfMicros(times.Value(i));
      day_begin = *day * kMicrosPerDay;
      day_end = day_begin + kMicrosPerDay;
    }
    runs.push_back({day, i, i + 1});
  }
  return runs;
}

Result<void> SplitBatch(const Batch& batch, const arrow::TimestampArray& times,
                        std::map<Day, RecordBatches>& days) {
  const std::vector<Run> runs = RunsOf(times);
  if (runs.size() <= kMaxSlices) {
    for (const Run& run : runs) {
      days[run.day].push_back(batch->Slice(run.begin, run.end - run.begin));
    }
    return {};
  }
  std::map<Day, std::vector<int64_t>> rows;
  for (const Run& run : runs) {
    for (int64_t i = run.begin; i < run.end; ++i) rows[run.day].push_back(i);
  }
  for (auto& [day, indices] : rows) {
    TL_ASSIGN(Batch part, Gather(batch, std::move(indices)));
    days[day].push_back(std::move(part));
  }
  return {};
}

/// Keys whose order is the order of the column's values: a number is its own, text its rank.
Result<std::vector<int64_t>> SortKeys(const arrow::Array& array) {
  constexpr int64_t kNullKey = std::numeric_limits<int64_t>::min();
  std::vector<int64_t> keys(static_cast<size_t>(array.length()), kNullKey);
  if (array.type_id() == arrow::Type::INT64 || array.type_id() == arrow::Type::TIMESTAMP) {
    const int64_t* const numbers = array.data()->GetValues<int64_t>(1);  // of either type
    for (int64_t i = 0; i < array.length(); ++i) {
      if (array.IsValid(i)) keys[static_cast<size_t>(i)] = numbers[i];
    }
    return keys;
  }
  if (array.type_id() != arrow::Type::STRING) {
    return Fail(Code::kUnsupported, "sorting by a column of type {}", array.type()->ToString());
  }
  const auto& texts = static_cast<const arrow::StringArray&>(array);
  std::unordered_map<std::string_view, int64_t> ranks;
  for (int64_t i = 0; i < array.length(); ++i) {
    if (array.IsValid(i)) ranks.try_emplace(texts.GetView(i), 0);
  }
  std::vector<std::string_view> sorted;
  sorted.reserve(ranks.size());
  for (const auto& [text, rank] : ranks) sorted.push_back(text);
  std::ranges::sort(sorted);
  for (size_t i = 0; i < sorted.size(); ++i) ranks[sorted[i]] = static_cast<int64_t>(i);
  for (int64_t i = 0; i < array.length(); ++i) {
    if (array.IsValid(i)) keys[static_cast<size_t>(i)] = ranks[texts.GetView(i)];
  }
  return keys;
}

}  // namespace

Result<std::vector<DayRows>> SplitByDay(std::span<const Batch> rows, const std::string& column) {
  std::map<Day, RecordBatches> days;
  for (const Batch& batch : rows) {
    const auto times = batch->GetColumnByName(column);
    if (times == nullptr || times->type_id() != arrow::Type::TIMESTAMP) {
      return Fail(Code::kInvalid, "splitting by day: no timestamp column '{}'", column);
    }
    TL_TRY(SplitBatch(batch, static_cast<const arrow::TimestampArray&>(*times), days));
  }
  std::vector<DayRows> out;
  out.reserve(days.size());
  for (auto& [day, part] : days) out.push_back({day, std::move(part)});
  return out;
}

Result<Batch> SortRows(std::span<const Batch> rows, const std::vector<std::string>& columns) {
  TL_ASSIGN(Batch all, JoinBatches({rows.begin(), rows.end()}));
  std::vector<std::vector<int64_t>> keys;
  for (const std::string& column : columns) {
    const auto array = all->GetColumnByName(column);
    if (array == nullptr) return Fail(Code::kInvalid, "sorting: no column '{}'", column);
    TL_ASSIGN(std::vector<int64_t> column_keys, SortKeys(*array));
    keys.push_back(std::move(column_keys));
  }
  std::vector<int64_t> order(static_cast<size_t>(all->num_rows()));
  std::iota(order.begin(), order.end(), 0);
  const auto before = [&](int64_t a, int64_t b) {
    for (const auto& column : keys) {
      const int64_t left = column[static_cast<size_t>(a)];
      const int64_t right = column[static_cast<size_t>(b)];
      if (left != right) return left < right;
    }
    return false;
  };
  if (std::ranges::is_sorted(order, before)) return all;
  std::ranges::stable_sort(order, before);
  return Gather(all, std::move(order));
}

}  // namespace ticklake::lake
