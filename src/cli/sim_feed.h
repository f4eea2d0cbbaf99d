// RunSimFeed: the simulated market, published to Kafka; for `feed sim`, `up --feed sim` and
// `demo`.
//
// What is published depends on the market's options and the topics' partitions alone: pace,
// threads and batching decide only when. Record: topic by kind of event, key = symbol,
// partition = murmur2(key) as Java does, timestamp = ts_event in milliseconds.
// Threading: runs on the caller's thread until it has published `count` or stop is asked for.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "kafka/client/client_options.h"
#include "market/simulator/simulator.h"
#include "market/topics.h"

namespace ticklake::cli {

struct SimFeedOptions {
  kafka::ClientOptions client;
  market::SimulatorOptions market;  ///< start 0: now, once connected
  /// Records per second of wall clock, on average; 0: as fast as they are taken. Event time
  /// runs density / rate times as fast as the wall clock.
  double rate = 1000;
  int64_t count = 0;       ///< records in all; 0: no end
  int32_t partitions = 4;  ///< of topics that don't exist yet
  std::string compression = "lz4";
};

struct FeedProgress {
  int64_t published = 0;
  int64_t acknowledged = 0;
  Nanos event_time = 0;  ///< of the last record
};

struct FeedSummary {
  std::array<int64_t, market::kTopics.size()> published{};  ///< as in market::kTopics
  int64_t acknowledged = 0;
  Nanos elapsed = 0;
  Nanos event_time = 0;  ///< of the last record

  int64_t total() const { return published[0] + published[1]; }
};

/// Makes missing topics, publishes, and waits until all is acknowledged. `progress` (may be
/// empty) is called about five times a second. kUnavailable when no broker answers; any lost
/// record is an error, for a market with holes would not be the one that was asked for.
Result<FeedSummary> RunSimFeed(const SimFeedOptions& options, const std::stop_token& stop,
                               const std::function<void(const FeedProgress&)>& progress);

}  // namespace ticklake::cli
