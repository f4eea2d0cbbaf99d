#include "lake/maintenance/maintainer.h"

#include <map>
#include <set>

#include "base/background.h"
#include "base/log.h"
#include "lake/maintenance/merge.h"
#include "lake/maintenance/orphans.h"
#include "lake/maintenance/plan.h"
#include "lake/ranges/keys.h"

namespace ticklake::lake {

class Maintainer::Impl {
 public:
  Impl(TableStore& tables, const Clock& clock, const MaintenanceOptions& options)
      : tables_(tables),
        clock_(clock),
        options_(options),
        sweeper_(tables, clock),
        next_sweep_(clock.Monotonic() + SweepInterval()) {}

  void Start() {
    thread_.Start(options_.interval, [this](const std::stop_token& stop) { Work(stop); });
  }
  void Stop() { thread_.Stop(); }

  Result<MaintenanceResult> RunOnce(const std::stop_token& stop) {
    MaintenanceResult result;
    TL_ASSIGN(const auto entries, tables_.catalog().ListTables(options_.database));
    const bool sweep = sweeper_.Watch() && clock_.Monotonic() >= next_sweep_;
    if (sweep) next_sweep_ = clock_.Monotonic() + SweepInterval();
    for (const catalog::Table& entry : entries) {
      if (stop.stop_requested()) break;
      if (!entry.parameters.contains(catalog::kMetadataLocation)) continue;
      if (sweep) Sweep(entry, result);
      if (const auto done = Tend(entry, stop, result); !done) {
        spdlog::warn("table '{}': merging small files failed, will be tried again: {}", entry.name,
                     done.error().message);
      }
    }
    return result;
  }

 private:
  void Work(const std::stop_token& stop) {
    const Nanos started = clock_.Monotonic();
    const auto result = RunOnce(stop);
    if (!result) {
      spdlog::warn("tables cannot be listed for merging: {}", result.error().message);
    } else if (result->merges > 0) {
      spdlog::info("merged {} small files into {}, {} rows, in {} ms", result->files_before,
                   result->files_after, result->rows,
                   (clock_.Monotonic() - started) / kNanosPerMilli);
    }
  }

  Nanos SweepInterval() const { return std::chrono::nanoseconds(options_.sweep_interval).count(); }

  void Sweep(const catalog::Table& entry, MaintenanceResult& result) {
    const auto removed = sweeper_.Sweep(entry.database, entry.name);
    if (!removed) {
      spdlog::warn("table '{}': removing orphan files failed, will be tried again: {}", entry.name,
                   removed.error().message);
      return;
    }
    result.orphans += *removed;
    if (options_.metrics == nullptr) return;
    options_.metrics
        ->Counter("ticklake_maintenance_orphans_total",
                  "Objects removed that no snapshot refers to", {{"table", entry.name}})
        .Add(static_cast<double>(*removed));
  }

  Result<void> Tend(const catalog::Table& entry, const std::stop_token& stop,
                    MaintenanceResult& result) {
    auto loaded = tables_.Load(entry.database, entry.name);
    if (!loaded && loaded.error().code == Code::kUnsupported) return {};  // somebody else's
    TL_ASSIGN(TableState state, std::move(loaded));
    if (!state.metadata->properties.contains(kTopicKey)) return {};
    TL_ASSIGN(auto live, tables_.LiveFiles(state));
    LeaveOut(state.metadata->table_uuid, live);
    for (const auto& plan :
         PlanMerges(live,
                    {.default_spec_id = state.metadata->default_spec_id,
                     .last_sequence_number = state.metadata->last_sequence_number},
                    options_)) {
      if (stop.stop_requested()) return {};
      TL_ASSIGN(const Merged merged,
                MergeFiles(tables_, state, plan, {.max_bytes = options_.max_bytes, .stop = stop}));
      state = merged.state;
      too_large_[state.metadata->table_uuid].insert(merged.too_large.begin(),
                                                    merged.too_large.end());
      if (!merged.files.empty()) Count(merged.files, entry.name, result);
    }
    return {};
  }

  /// Small files whose rows are large; those that are no longer live are forgotten.
  void LeaveOut(const std::string& table, std::vector<iceberg::DataFile>& live) {
    std::set<std::string> still;
    for (const iceberg::DataFile& file : live) {
      if (too_large_[table].contains(file.path)) still.insert(file.path);
    }
    std::erase_if(live, [&](const auto& file) { return still.contains(file.path); });
    too_large_[table] = std::move(still);
  }

  void Count(const std::vector<iceberg::DataFile>& plan, const std::string& table,
             MaintenanceResult& result) const {
    ++result.merges;
    ++result.files_after;
    result.files_before += std::ssize(plan);
    for (const iceberg::DataFile& file : plan) result.rows += file.record_count;
    if (options_.metrics == nullptr) return;
    options_.metrics
        ->Counter("ticklake_maintenance_merged_files_total", "Small files merged into greater ones",
                  {{"table", table}})
        .Add(static_cast<double>(plan.size()));
  }

  TableStore& tables_;
  const Clock& clock_;
  const MaintenanceOptions options_;
  OrphanSweeper sweeper_;
  Nanos next_sweep_;
  std::map<std::string, std::set<std::string>> too_large_;  ///< by table: paths
  Background thread_;
};

Maintainer::Maintainer(TableStore& tables, const Clock& clock, const MaintenanceOptions& options)
    : impl_(std::make_unique<Impl>(tables, clock, options)) {}

Maintainer::~Maintainer() = default;

void Maintainer::Start() { impl_->Start(); }
void Maintainer::Stop() { impl_->Stop(); }
Result<MaintenanceResult> Maintainer::RunOnce() { return impl_->RunOnce({}); }

}  // namespace ticklake::lake
