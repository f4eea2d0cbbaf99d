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

Result<DaySplit> DaySplit::Of(RecordBatches rows, const std::string& column) {
  DaySplit split;
  split.rows_ = std::move(rows);
  split.runs_of_batch_.resize(split.rows_.size());
  for (size_t i = 0; i < split.rows_.size(); ++i) {
    const auto times = split.rows_[i]->GetColumnByName(column);
    if (times == nullptr || times->type_id() != arrow::Type::TIMESTAMP) {
      return Fail(Code::kInvalid, "splitting by day: no timestamp column '{}'", column);
    }
    split.Add(i, *times);
  }
  return split;
}

void DaySplit::Add(size_t batch, const arrow::Array& array) {
  const auto& times = static_cast<const arrow::TimestampArray&>(array);
  std::vector<Run>* last = nullptr;
  bool last_null = false;
  int64_t day_begin = 0;  // microseconds of the last run's day, to divide seldom
  int64_t day_end = 0;
  for (int64_t i = 0; i < times.length(); ++i) {
    const bool null = times.IsNull(i);
    if (last != nullptr && null == last_null &&
        (null || (times.Value(i) >= day_begin && times.Value(i) < day_end))) {
      last->back().end = i + 1;
      continue;
    }
    Day day;
    if (!null) {
      constexpr int64_t kMicrosPerDay = 86'400'000'000;
      day = iceberg::DayOfMicros(times.Value(i));
      day_begin = *day * kMicrosPerDay;
      day_end = day_begin + kMicrosPerDay;
    }
    last = &days_[day];
    last_null = null;
    last->push_back({batch, i, i + 1});
    ++runs_of_batch_[batch];
  }
}

std::vector<DaySplit::Day> DaySplit::Days() const {
  std::vector<Day> days;
  days.reserve(days_.size());
  for (const auto& [day, runs] : days_) days.push_back(day);
  return days;
}

Result<RecordBatches> DaySplit::RowsOf(Day day) const {
  RecordBatches out;
  const std::vector<Run>& runs = days_.at(day);
  for (size_t next = 0; next < runs.size();) {
    const size_t batch = runs[next].batch;
    const bool slices = runs_of_batch_[batch] <= kMaxSlices;
    std::vector<int64_t> indices;
    for (; next < runs.size() && runs[next].batch == batch; ++next) {
      const Run& run = runs[next];
      if (slices) out.push_back(rows_[batch]->Slice(run.begin, run.end - run.begin));
      for (int64_t i = run.begin; i < run.end && !slices; ++i) indices.push_back(i);
    }
    if (slices) continue;
    TL_ASSIGN(Batch part, Gather(rows_[batch], std::move(indices)));
    out.push_back(std::move(part));
  }
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
