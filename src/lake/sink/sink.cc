#include "lake/sink/sink.h"

#include <algorithm>
#include <utility>

#include "lake/sink/sink_impl.h"

namespace ticklake::lake {
namespace {

Result<void> Check(const SinkParts& parts, const SinkOptions& options) {
  if (parts.tables == nullptr || parts.clock == nullptr) {
    return Fail(Code::kInternal, "sink: made without a table store or a clock");
  }
  if (options.flush_rows < 1 || options.flush_bytes < 1 || options.memory_budget < 1 ||
      options.read_bytes < 1 || options.flush_interval.count() < 1) {
    return Fail(Code::kInvalid, "sink: flush limits, memory budget and read size must be above 0");
  }
  if (options.decode_threads < 1 || options.commit_threads < 1) {
    return Fail(Code::kInvalid, "sink: it needs at least one decode and one commit thread");
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Sink>> Sink::Make(const SinkParts& parts, const SinkOptions& options) {
  TL_TRY(Check(parts, options));
  std::string cluster_id;
  if (parts.reader != nullptr) {
    TL_ASSIGN(cluster_id, parts.reader->ClusterId());
  }
  return std::unique_ptr<Sink>(
      new Sink(std::make_unique<Impl>(parts, options, std::move(cluster_id))));
}

Sink::Sink(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Sink::~Sink() = default;

Result<void> Sink::Start() { return impl_->Start(); }
Result<void> Sink::Stop(std::chrono::milliseconds patience) { return impl_->Stop(patience); }
Result<void> Sink::DrainToEnd() { return impl_->DrainToEnd(); }
std::vector<TableStatus> Sink::Status() const { return impl_->Status(); }
Result<std::vector<std::string>> Sink::Databases() { return impl_->views().Databases(); }
Result<std::vector<std::string>> Sink::Tables(const std::string& database) {
  return impl_->views().Tables(database);
}
Result<TableView> Sink::View(const std::string& database, const std::string& table,
                             const Patience& patience) {
  return impl_->views().View(database, table, patience);
}

}  // namespace ticklake::lake
