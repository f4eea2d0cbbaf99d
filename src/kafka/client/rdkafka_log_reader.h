// A LogReader on librdkafka: for Apache Kafka and any other cluster.
//
// Where the brokers' listener is plain, a log is read in whole batches (bulk_fetch.h), which are
// unpacked a chunk at a time. Otherwise, and for a while after trouble of any kind, librdkafka
// reads it ahead in the background, within `prefetch_bytes`, and unpacks all that one answer has; a
// log that nobody reads for a minute is let go. What was read counts only after the broker has
// confirmed that the topic still is the same incarnation, so that a topic deleted and made anew
// under the same name can never be taken for the old one. EnsureDurable does nothing: how safely a
// cluster keeps what it has acknowledged is the cluster's configuration. Threading and errors: as
// LogReader; kUnavailable names the brokers when they can't be reached within the timeout. Does
// not: join groups, store or reset offsets.
#pragma once

#include <memory>

#include "kafka/client/client_options.h"
#include "kafka/log_reader.h"

namespace ticklake::kafka {

struct RdKafkaLogReaderOptions {
  ClientOptions client;
  size_t prefetch_bytes = 16 << 20;  ///< per log
  /// Read in whole batches. With properties of the user's own (TLS, SASL, proxies, …) it never is:
  /// only librdkafka knows them all.
  bool in_bulk = true;
};

/// Connects; kUnavailable when no broker answers.
Result<std::unique_ptr<LogReader>> OpenRdKafkaLogReader(const RdKafkaLogReaderOptions& options);

}  // namespace ticklake::kafka
