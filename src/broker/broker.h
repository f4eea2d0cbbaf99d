// Broker: the embedded single-node Kafka broker: topics on disk behind a Kafka protocol listener.
//
// One instance owns its directory (exclusive lock). Acked means on disk unless durable_acks is off;
// the high watermark is the durable offset, and no fetch passes it. What is spoken, and where it
// differs from a cluster: docs/kafka-api.md.
// Threading: Start and Stop from one thread; everything else from any.
// Does not: replicate, know transactions (yet), authenticate. Binding beyond loopback is the
// caller's decision.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/fs.h"
#include "base/metrics.h"
#include "base/result.h"
#include "kafka/group_offset.h"
#include "kafka/log_reader.h"

namespace ticklake::broker {

struct BrokerOptions {
  std::string directory;                  ///< all of the broker's files: DIR/broker
  std::string listen = "127.0.0.1:9092";  ///< host:port; port 0: a free one
  /// host[:port] that clients are told to connect to; empty: `listen`, or this machine's host name
  /// where that is a wildcard.
  std::string advertised;
  bool durable_acks = true;  ///< false: acked at once, flushed soon after, as Kafka's default
  int io_threads = 2;
  /// Broker settings by Kafka's own names, "num.partitions" → "3"; docs/kafka-api.md lists them.
  std::vector<std::pair<std::string, std::string>> settings;
  FileSystem* fs = &PosixFileSystem();
  const Clock* clock = &SystemClock();
  Metrics* metrics = nullptr;  ///< may be null
};

class Broker {
 public:
  /// Recovers the logs, then listens. Errors: kConflict (another process has the directory), kIo
  /// (port in use, disk), kCorrupt, kUnsupported (a newer format), kInvalid (a setting).
  static Result<std::unique_ptr<Broker>> Start(BrokerOptions options);
  ~Broker();  ///< stops
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;

  /// Takes no further requests and answers what has begun. The logs stay readable. Idempotent.
  void StopListening();
  /// StopListening, then flushes everything, closes the logs and leaves the mark of a clean end.
  /// Idempotent.
  Result<void> Stop();

  uint16_t port() const;
  /// Where clients in this process or on this machine connect: "127.0.0.1:9092".
  std::string address() const;
  const std::string& cluster_id() const;

  /// Reads the logs in process, without a network hop; valid until Stop.
  kafka::LogReader& reader();

  /// Errors: kAlreadyExists, kInvalid (name, count), kIo.
  Result<void> CreateTopic(const std::string& name, int32_t partitions);
  /// Errors: kNotFound, kIo.
  Result<void> DeleteTopic(const std::string& name);

  /// Commits a group's offsets as an administrator does, and waits until they are durable.
  /// Partitions of topics that are gone are left out. Errors: kConflict (the group has members),
  /// kIo.
  Result<void> CommitGroupOffsets(const std::string& group,
                                  const std::vector<kafka::GroupOffset>& offsets);

 private:
  struct Parts;
  explicit Broker(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace ticklake::broker
