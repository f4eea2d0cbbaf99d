#include "cli/sim_feed.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>

#include "kafka/client/admin.h"
#include "kafka/client/producer.h"
#include "kafka/partitioner.h"
#include "market/json.h"
#include "market/pacer.h"

namespace ticklake::cli {
namespace {

constexpr Nanos kProgressEvery = 200 * kNanosPerMilli;
constexpr int64_t kLookEvery = 1024;  // records between looks at the clock
constexpr std::chrono::milliseconds kFlushWithin{30'000};
constexpr std::chrono::milliseconds kFlushWhenStopped{5'000};

class SimFeed {
 public:
  SimFeed(const SimFeedOptions& options, std::stop_token stop)
      : options_(options), market_(options.market), stop_(std::move(stop)) {}

  Result<void> Open() {
    TL_ASSIGN(const auto admin, kafka::Admin::Open(options_.client));
    for (size_t i = 0; i < partitions_.size(); ++i) {
      TL_ASSIGN(partitions_[i],
                admin->EnsureTopic(std::string(market::kTopics[i]), options_.partitions));
    }
    TL_ASSIGN(producer_,
              kafka::Producer::Open(
                  {.client = options_.client, .compression = options_.compression, .stop = stop_}));
    if (market_.start == 0) market_.start = SystemClock().Now();
    TL_ASSIGN(simulator_, market::Simulator::Create(market_));
    // `rate` records a second of the wall clock, of `density` a second of the market's.
    const double speed = options_.rate / static_cast<double>(market_.density);
    if (options_.rate > 0) pacer_.emplace(SystemClock(), speed, stop_);
    return {};
  }

  Result<FeedSummary> Run(const std::function<void(const FeedProgress&)>& progress) {
    start_ = now_ = next_look_ = SystemClock().Monotonic();
    if (pacer_) pacer_->Start(market_.start);
    while (options_.count == 0 || summary_.total() < options_.count) {
      const market::Event& event = simulator_->Next();
      if (pacer_ && !pacer_->WaitUntil(market::EventTime(event))) break;
      if (pacer_) now_ = std::max(now_, pacer_->now());
      auto published = Publish(event);
      if (!published && published.error().code == Code::kCancelled) break;
      TL_TRY(published);
      if (summary_.total() % kLookEvery == 0) now_ = SystemClock().Monotonic();
      if (now_ < next_look_) continue;
      next_look_ = now_ + kProgressEvery;
      if (stop_.stop_requested()) break;
      TL_TRY(producer_->Check());
      if (progress) progress({summary_.total(), producer_->acknowledged(), summary_.event_time});
    }
    return Finish();
  }

 private:
  Result<void> Publish(const market::Event& event) {
    market::WriteJson(event, json_);
    const std::string& symbol = market::EventSymbol(event);
    const size_t topic = event.index();
    summary_.event_time = market::EventTime(event);
    TL_TRY(producer_->Produce({
        .topic = market::kTopics[topic],
        .partition = kafka::PartitionForKey(symbol, partitions_[topic]),
        .key = symbol,
        .value = json_,
        .timestamp_ms = summary_.event_time / kNanosPerMilli,
    }));
    ++summary_.published[topic];
    return {};
  }

  Result<FeedSummary> Finish() {
    TL_TRY(producer_->Flush(stop_.stop_requested() ? kFlushWhenStopped : kFlushWithin));
    TL_TRY(producer_->Check());
    summary_.acknowledged = producer_->acknowledged();
    summary_.elapsed = SystemClock().Monotonic() - start_;
    return summary_;
  }

  const SimFeedOptions& options_;
  market::SimulatorOptions market_;
  const std::stop_token stop_;
  std::unique_ptr<market::Simulator> simulator_;
  std::unique_ptr<kafka::Producer> producer_;
  std::optional<market::Pacer> pacer_;
  std::array<int32_t, market::kTopics.size()> partitions_{};
  std::string json_;
  FeedSummary summary_;
  Nanos start_ = 0;
  Nanos now_ = 0;
  Nanos next_look_ = 0;
};

}  // namespace

Result<FeedSummary> RunSimFeed(const SimFeedOptions& options, const std::stop_token& stop,
                               const std::function<void(const FeedProgress&)>& progress) {
  SimFeed feed(options, stop);
  TL_TRY(feed.Open());
  return feed.Run(progress);
}

}  // namespace ticklake::cli
