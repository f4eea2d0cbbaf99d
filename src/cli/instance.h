// Instance: everything in one process, wired together: broker, sink, maintenance, SQL, HTTP.
//
// `up` runs one on a durable directory, `demo` on a temporary one. Parts start in the order in
// which they depend on each other and stop in the opposite one.
// Threading: Start and Stop from one thread; the rest from any. Invariants: while it runs it
// holds the data directory's lock and up.json names its addresses.
// Does not: print, parse flags, or handle signals.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "base/result.h"
#include "cli/data_dir.h"
#include "cli/lake_place.h"
#include "cli/sink_settings.h"
#include "lake/sink/options.h"
#include "query/engine.h"

namespace ticklake::cli {

/// Where the clients of LocalStack, too, expect AWS.
inline constexpr char kAwsDefault[] = "127.0.0.1:4566";

struct InstanceOptions {
  std::string data;
  LakePlace place = {};
  std::string kafka_listen = "127.0.0.1:9092";  ///< port 0: any free one
  std::string http_listen = "127.0.0.1:8080";
  std::string aws_listen = "off";  ///< HOST:PORT; "auto": kAwsDefault unless that is taken; "off"
  bool durable_acks = true;  ///< false: Kafka's own weaker default, acked before it is on disk
  bool sink = true;          ///< false: a broker only
  SinkSettings sink_settings = {};
  /// Kafka's own broker settings by name ("log.retention.hours", "num.partitions").
  std::vector<std::pair<std::string, std::string>> broker_settings;
};

class Instance {
 public:
  static Result<std::unique_ptr<Instance>> Start(const InstanceOptions& options);
  ~Instance();  ///< stops

  /// Ends everything cleanly: no new records, a last commit, then the log. Idempotent.
  Result<void> Stop();
  /// Ends the process, if a query that cannot be interrupted still runs in this stopped instance:
  /// nothing can be destroyed under it.
  void ExitIfBusy(int status) const;

  const std::string& data() const;
  std::string kafka_address() const;
  std::string http_address() const;
  std::string aws_address() const;  ///< "": there are no AWS doors
  std::vector<lake::TableStatus> Tables() const;
  query::Engine& engine();
  Metrics& metrics();

 private:
  struct Parts;
  explicit Instance(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace ticklake::cli
