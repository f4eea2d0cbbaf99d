#include "cli/instance.h"

#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>

#include <boost/json.hpp>

#include "base/log.h"
#include "base/proc_facts.h"
#include "broker/broker.h"
#include "cli/aws_doors.h"
#include "cli/failpoint_io.h"
#include "cli/lake_dir.h"
#include "cli/sink_view.h"
#include "lake/maintenance/maintainer.h"
#include "lake/sink/sink.h"
#include "net/address.h"
#include "net/http_server.h"
#include "web/ops.h"

namespace ticklake::cli {

// In the order of construction; destroyed in the opposite one.
struct Instance::Parts {
  Parts(IoParts used, DataDirectory opened) : io(std::move(used)), directory(std::move(opened)) {}

  IoParts io;
  DataDirectory directory;
  Metrics metrics;
  std::atomic<bool> ready{false};
  std::unique_ptr<FileLock> lock;
  aws::KeyStore keys{io.fs(), directory.KeysPath()};
  LakeDir lake;
  std::unique_ptr<broker::Broker> broker;
  std::unique_ptr<GroupReporter> group;
  std::unique_ptr<lake::Sink> sink;
  std::unique_ptr<lake::ExternalTables> tables;
  std::unique_ptr<lake::Maintainer> maintainer;
  std::unique_ptr<query::Engine> engine;
  std::unique_ptr<AwsDoors> aws;
  std::unique_ptr<net::HttpServer> http;
  std::string http_host;
  bool stopped = false;
  bool busy = false;  // a query does not heed that it was cancelled

  Result<void> StartBroker(const InstanceOptions& options);
  Result<void> StartLake(const InstanceOptions& options);
  Result<void> StartAws(const std::string& listen);
  Result<void> StartHttp(const net::HostPort& listen);
  std::string StatusJson() const;
};

namespace {

/// DuckDB looks at its interrupt between pieces of work, one of which may take hours.
constexpr std::chrono::seconds kQueryPatience{3};

}  // namespace

Result<void> Instance::Parts::StartBroker(const InstanceOptions& options) {
  broker::BrokerOptions broker_options;
  broker_options.directory = directory.BrokerPath();
  broker_options.listen = options.kafka_listen;
  broker_options.durable_acks = options.durable_acks;
  broker_options.settings = options.broker_settings;
  broker_options.fs = &io.fs();
  broker_options.metrics = &metrics;
  TL_ASSIGN(broker, broker::Broker::Start(std::move(broker_options)));
  return {};
}

Result<void> Instance::Parts::StartLake(const InstanceOptions& options) {
  TL_ASSIGN(lake, OpenLakeDir(directory, {.fs = &io.fs(),
                                          .clock = &SystemClock(),
                                          .place = options.place,
                                          .failpoints = io.failpoints.get()}));
  lake::SinkOptions sink_options;
  sink_options.flush_interval = options.sink_settings.FlushInterval();
  sink_options.memory_budget = options.sink_settings.MemoryBudget();
  sink_options.metrics = &metrics;
  if (options.sink && options.sink_settings.group != kNoGroup) {
    group = std::make_unique<GroupReporter>(
        options.sink_settings.group,
        [this](const std::string& name, const std::vector<kafka::GroupOffset>& at) {
          return broker->CommitGroupOffsets(name, at);
        });
    sink_options.on_committed = [this](const auto& offsets) { group->Report(offsets); };
  }
  kafka::LogReader* reader = options.sink ? &broker->reader() : nullptr;
  TL_ASSIGN(sink, lake::Sink::Make({lake.tables.get(), reader, &SystemClock()}, sink_options));
  TL_TRY(sink->Start());
  maintainer = std::make_unique<lake::Maintainer>(
      *lake.tables, SystemClock(),
      lake::MaintenanceOptions{.interval = options.sink_settings.MergeInterval(),
                               .max_bytes = options.sink_settings.MergeMemory(),
                               .metrics = &metrics});
  if (options.sink) maintainer->Start();
  tables = WithExternalTables(lake, *sink, SystemClock());
  engine = std::make_unique<query::Engine>(
      *tables, query::EngineOptions{.lake_root = directory.LakePath(),
                                    .temp_dir = JoinPath(directory.path(), "tmp"),
                                    .metrics = &metrics});
  return {};
}

Result<void> Instance::Parts::StartAws(const std::string& listen) {
  if (listen == "off") return {};
  const bool may_lack = listen == "auto";
  TL_ASSIGN(const Nanos made, directory.MadeAt());
  auto opened = AwsDoors::Open({.listen = may_lack ? kAwsDefault : listen,
                                .ready = [this] { return ready.load(); },
                                .fs = &io.fs(),
                                .uploads = directory.UploadsPath(),
                                .lake_made = made,
                                .keys = &keys,
                                .metrics = &metrics,
                                .data = directory.path()},
                               lake);
  if (opened) {
    aws = std::move(*opened);
    return {};
  }
  if (!may_lack || opened.error().code != Code::kIo) return Fail(std::move(opened).error());
  spdlog::warn("no AWS doors: {}; --aws-listen 127.0.0.1:0 takes any free port",
               opened.error().message);
  return {};
}

Result<void> Instance::Parts::StartHttp(const net::HostPort& listen) {
  net::HttpServerOptions options;
  options.listen = listen;
  options.listen_option = "--http-listen";
  web::AddOps({.engine = engine.get(),
               .metrics = &metrics,
               .ready = [this] { return ready.load(); },
               .status = [this] { return StatusJson(); }},
              options);
  TL_ASSIGN(http, net::HttpServer::Start(std::move(options)));
  http_host = listen.host;
  return {};
}

std::string Instance::Parts::StatusJson() const {
  boost::json::object status = SinkStatusJson(sink->Status(), metrics);
  status["data"] = directory.path();
  status["kafka"] = broker->address();
  if (aws) status["aws"] = aws->address();
  status["pid"] = static_cast<int64_t>(::getpid());
  return boost::json::serialize(status);
}

Result<std::unique_ptr<Instance>> Instance::Start(const InstanceOptions& options) {
  TL_ASSIGN(const auto listen, net::ParseHostPort(options.http_listen));
  TL_ASSIGN(IoParts io, IoParts::FromEnvironment());
  TL_ASSIGN(auto directory, DataDirectory::Open(io.fs(), options.data));
  auto parts = std::make_unique<Parts>(std::move(io), std::move(directory));
  TL_ASSIGN(parts->lock, parts->directory.LockForRunning());
  TL_TRY(parts->StartBroker(options));
  TL_TRY(parts->StartLake(options));
  TL_TRY(parts->StartAws(options.aws_listen));
  TL_TRY(parts->StartHttp(listen));
  parts->metrics.OnRead("ticklake_resident_bytes", "Memory of this process that is in RAM, bytes",
                        [] { return static_cast<double>(ResidentBytes()); });
  auto instance = std::unique_ptr<Instance>(new Instance(std::move(parts)));
  TL_TRY(instance->parts_->directory.WriteRunning(
      {::getpid(), instance->kafka_address(), instance->http_address(), instance->aws_address()}));
  instance->parts_->ready = true;
  return instance;
}

Instance::Instance(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Instance::~Instance() {
  if (const auto stopped = Stop(); !stopped) {
    spdlog::error("{}: did not stop cleanly: {}", data(), stopped.error().message);
  }
}

Result<void> Instance::Stop() {
  Parts& parts = *parts_;
  if (parts.stopped) return {};
  parts.stopped = true;
  parts.ready = false;
  Result<void> outcome;
  const auto keep_first = [&outcome](Result<void> step) {
    if (!step && outcome) outcome = std::move(step);
  };
  parts.busy = !parts.http->StopWithin(kQueryPatience) || parts.engine->left() > 0;
  if (parts.busy) spdlog::warn("a query cannot be interrupted: not waiting for its end");
  if (parts.aws) parts.aws->Stop();
  parts.maintainer->Stop();
  keep_first(parts.sink->Stop());
  if (parts.group != nullptr) parts.group->Stop();
  keep_first(parts.broker->Stop());
  keep_first(parts.directory.RemoveRunning());
  return outcome;
}

void Instance::ExitIfBusy(int status) const {
  if (!parts_->busy) return;
  std::fflush(nullptr);
  spdlog::default_logger()->flush();
  std::_Exit(status);
}

const std::string& Instance::data() const { return parts_->directory.path(); }
std::string Instance::kafka_address() const { return parts_->broker->address(); }
std::string Instance::http_address() const {
  return net::HostPort{parts_->http_host, parts_->http->port()}.ToString();
}
std::string Instance::aws_address() const { return parts_->aws ? parts_->aws->address() : ""; }
std::vector<lake::TableStatus> Instance::Tables() const { return parts_->sink->Status(); }
query::Engine& Instance::engine() { return *parts_->engine; }
Metrics& Instance::metrics() { return parts_->metrics; }

}  // namespace ticklake::cli
