#include "lake/maintenance/plan.h"

#include <algorithm>
#include <map>
#include <utility>

namespace ticklake::lake {
namespace {

using Files = std::vector<iceberg::DataFile>;

/// From so many files on, one that outweighs all smaller ones together waits for more company.
constexpr size_t kFreeCompany = 4;

/// No file of the partition is younger than that many versions of the table.
bool IsCold(const Files& files, const PlanFacts& facts, const MaintenanceOptions& options) {
  return std::ranges::all_of(files, [&](const iceberg::DataFile& file) {
    return facts.last_sequence_number - file.sequence_number > options.cold_after;
  });
}

Files PlanOne(Files small, bool cold, const MaintenanceOptions& options) {
  std::ranges::sort(small, {}, [](const iceberg::DataFile& file) {
    return std::pair(file.file_size, file.path);
  });
  int64_t bytes = 0;
  int64_t rows = 0;
  Files chosen;
  for (iceberg::DataFile& file : small) {
    const bool too_much = bytes + file.file_size > options.target_bytes ||
                          rows + file.record_count > options.max_rows;
    const bool outweighs = !cold && chosen.size() >= kFreeCompany && file.file_size > 2 * bytes;
    if (too_much || outweighs) break;
    bytes += file.file_size;
    rows += file.record_count;
    chosen.push_back(std::move(file));
  }
  if (chosen.size() < (cold ? 2 : options.min_files)) return {};
  std::ranges::sort(chosen, {}, [](const iceberg::DataFile& file) {
    return std::pair(file.sequence_number, file.path);
  });
  return chosen;
}

}  // namespace

std::vector<Files> PlanMerges(Files live, const PlanFacts& facts,
                              const MaintenanceOptions& options) {
  std::map<std::vector<iceberg::Literal>, Files> small;
  for (iceberg::DataFile& file : live) {
    const bool is_small =
        file.file_size < options.small_bytes && file.record_count <= options.max_rows / 2;
    if (is_small && file.spec_id == facts.default_spec_id) {
      small[file.partition].push_back(std::move(file));
    }
  }
  std::vector<Files> plans;
  for (auto& [partition, files] : small) {
    const bool cold = IsCold(files, facts, options);
    if (Files plan = PlanOne(std::move(files), cold, options); !plan.empty()) {
      plans.push_back(std::move(plan));
    }
  }
  return plans;
}

}  // namespace ticklake::lake
