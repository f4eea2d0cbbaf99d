// Produces ready-made record batches to any Kafka broker with next to no CPU of its own.
//
//   replay_produce_bench BOOTSTRAP TOPIC [--records N] [--size BYTES] [--batch RECORDS]
//                        [--connections C] [--in-flight K] [--acks -1|0|1] [--rate RECORDS/S]
//                        [--partitions P]
//
// The topic has P partitions and is empty. One request, with a batch for each of them, is made once
// and sent over and over on C connections: with K unanswered on each, as fast as they are answered;
// or, with --rate, on time, whatever is unanswered, so that a broker that stalls is charged for all
// who would have waited. Every answer must be free of errors, the base offsets must tile [0, N),
// and the log must end at N, in each partition alike. Prints one JSON line: rate in records/s, and
// the time from when a request was due (or sent) to its answer in milliseconds, of the first one
// also alone.
#include <algorithm>
#include <memory>

#include <CLI/CLI.hpp>

#include "kafka/batch_builder.h"
#include "kafka/protocol/fetch.h"
#include "kafka/protocol/produce.h"
#include "wire_client.h"

namespace {

using namespace ticklake;         // NOLINT(google-build-using-namespace): a program of one file
using namespace ticklake::bench;  // NOLINT(google-build-using-namespace)
namespace protocol = kafka::protocol;
using Clock = std::chrono::steady_clock;
using protocol::ErrorCode;

constexpr int16_t kProduceVersion = 11;
constexpr int16_t kListOffsetsVersion = 7;

struct Options {
  std::string bootstrap;
  std::string topic;
  int64_t records = 1'000'000;
  size_t size = 100;
  int32_t batch = 150;  ///< about Kafka's default of 16 KiB, with records of 100 bytes
  size_t connections = 1;
  size_t in_flight = 5;  ///< Kafka's default
  int16_t acks = -1;
  double rate = 0;  ///< records/s; 0: as fast as it goes
  int32_t partitions = 1;

  int64_t request_records() const { return int64_t{batch} * partitions; }
};

std::string MakeBatch(const Options& options) {
  kafka::BatchBuilder builder;
  std::string value(options.size, 'x');
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const int64_t ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  for (int32_t i = 0; i < options.batch; ++i) {
    std::memcpy(value.data(), &i, std::min(sizeof i, value.size()));
    builder.Add({.key = std::nullopt, .value = value, .timestamp_ms = ms, .headers = {}});
  }
  return OrDie(builder.Build());
}

Frame MakeRequest(const Options& options, const std::string& batch) {
  protocol::ProduceRequest request;
  request.acks = options.acks;
  request.timeout_ms = 30'000;
  auto& topic = request.topics.emplace_back();
  topic.name = options.topic;
  for (int32_t i = 0; i < options.partitions; ++i) {
    auto& partition = topic.partitions.emplace_back();
    partition.index = i;
    partition.records.slices.push_back({batch, nullptr});
  }
  return Frame::Of(request, kProduceVersion);
}

/// One run: what is to be sent, what is in flight, what was answered.
class Replay {
 public:
  explicit Replay(const Options& options)
      : options_(options),
        requests_(options.records / options.request_records()),
        request_(MakeRequest(options, MakeBatch(options))),
        seen_(static_cast<size_t>(requests_ * options.partitions)) {
    for (size_t i = 0; i < options.connections; ++i) {
      lanes_.push_back(std::make_unique<Lane>(options.bootstrap));
    }
    latencies_.reserve(static_cast<size_t>(requests_));
  }

  void Run() {
    const double cpu = CpuSeconds();
    start_ = Clock::now();
    while (answered_ < requests_) {
      SendWhatIsDue();
      WaitForAny();
      for (const auto& lane : lanes_) {
        lane->client.Flush();
        if (lane->client.Receive()) TakeAnswers(*lane);
      }
    }
    seconds_ = std::chrono::duration<double>(Clock::now() - start_).count();
    cpu_ = CpuSeconds() - cpu;
    CheckEnd();
  }

  void Print() {
    const double first = latencies_.front();
    std::ranges::sort(latencies_);
    const auto at = [&](double share) {
      const auto index = static_cast<size_t>(share * static_cast<double>(latencies_.size()));
      return latencies_[std::min(index, latencies_.size() - 1)];
    };
    const int64_t records = requests_ * options_.request_records();
    fmt::print(
        "{{\"records\":{},\"batch_bytes\":{},\"seconds\":{:.4f},\"rate\":{:.0f},\"client_cpu\":{:."
        "3f},\"first_ms\":{:.3f},"
        "\"p50_ms\":{:.3f},\"p99_ms\":{:.3f},\"p999_ms\":{:.3f},\"max_ms\":{:.3f}}}\n",
        records, request_.bytes.size(), seconds_, static_cast<double>(records) / seconds_, cpu_,
        first, at(0.5), at(0.99), at(0.999), latencies_.back());
  }

 private:
  struct Lane {
    explicit Lane(const std::string& bootstrap) : client(bootstrap) {}
    WireClient client;
    std::deque<Clock::time_point> since;  ///< of the requests in flight
  };

  Clock::time_point DueAt(int64_t request) const {
    const double seconds =
        static_cast<double>(request * options_.request_records()) / options_.rate;
    return start_ +
           std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  }

  void SendWhatIsDue() {
    if (options_.rate > 0) {
      for (const auto now = Clock::now(); sent_ < requests_ && DueAt(sent_) <= now;) {
        SendOn(*lanes_[static_cast<size_t>(sent_) % lanes_.size()], DueAt(sent_));
      }
      return;
    }
    for (const auto& lane : lanes_) {
      while (sent_ < requests_ && lane->since.size() < options_.in_flight) {
        SendOn(*lane, Clock::now());
      }
    }
  }

  void SendOn(Lane& lane, Clock::time_point since) {
    lane.since.push_back(since);
    lane.client.Send(request_);
    ++sent_;
  }

  void WaitForAny() const {
    std::chrono::nanoseconds timeout = std::chrono::seconds(60);
    if (options_.rate > 0 && sent_ < requests_) {
      timeout = std::max(std::chrono::nanoseconds(0),
                         std::chrono::nanoseconds(DueAt(sent_) - Clock::now()));
    }
    std::vector<pollfd> polls;
    polls.reserve(lanes_.size());
    for (const auto& lane : lanes_) polls.push_back(lane->client.Poll());
    const timespec spec{static_cast<time_t>(timeout.count() / 1'000'000'000),
                        timeout.count() % 1'000'000'000};
    ppoll(polls.data(), polls.size(), &spec, nullptr);
  }

  void TakeAnswers(Lane& lane) {
    while (const auto body = lane.client.Next()) {
      const auto now = Clock::now();
      const auto answer =
          OrDie(protocol::Decode<protocol::ProduceResponse>(*body, kProduceVersion));
      if (answer.topics.size() != 1 ||
          answer.topics[0].partitions.size() != static_cast<size_t>(options_.partitions)) {
        Die("a strange answer");
      }
      for (const auto& partition : answer.topics[0].partitions) {
        if (partition.error != ErrorCode::kNone) {
          Die(fmt::format("error {}: {}", static_cast<int>(partition.error),
                          partition.error_message.value_or("")));
        }
        Book(partition.index, partition.base_offset);
      }
      const std::chrono::duration<double, std::milli> took = now - lane.since.front();
      latencies_.push_back(took.count());
      lane.since.pop_front();
      ++answered_;
    }
  }

  /// Base offsets must tile the log: each multiple of the batch once.
  void Book(int32_t partition, int64_t base_offset) {
    const int64_t index = base_offset / options_.batch;
    const auto seen = static_cast<size_t>(partition * requests_ + index);
    if (partition < 0 || partition >= options_.partitions || base_offset < 0 ||
        base_offset % options_.batch != 0 || index >= requests_ || seen_[seen]) {
      Die(fmt::format("base offset {} of partition {} is none that a batch can have now",
                      base_offset, partition));
    }
    seen_[seen] = true;
  }

  /// Where acks do not wait for the disk, the high watermark follows a little later.
  void CheckEnd() {
    protocol::ListOffsetsRequest request;
    auto& topic = request.topics.emplace_back();
    topic.name = options_.topic;
    for (int32_t i = 0; i < options_.partitions; ++i) {
      auto& partition = topic.partitions.emplace_back();
      partition.index = i;
      partition.timestamp = protocol::kLatestTimestamp;
    }
    const int64_t acked = requests_ * options_.batch;
    int64_t end = -1;
    for (int tries = 0; tries < 100 && end != acked; ++tries) {
      if (tries > 0) poll(nullptr, 0, 100);
      const auto answer =
          lanes_[0]->client.Call<protocol::ListOffsetsResponse>(request, kListOffsetsVersion);
      const auto& partitions = answer.topics.at(0).partitions;
      const auto strange =
          std::ranges::find_if(partitions, [&](const auto& each) { return each.offset != acked; });
      end = strange == partitions.end() ? acked : strange->offset;
    }
    if (end != acked) {
      Die(fmt::format("{} records were acked, but the log ends at {}", acked, end));
    }
  }

  const Options options_;
  const int64_t requests_;
  const Frame request_;
  std::vector<bool> seen_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  Clock::time_point start_;
  int64_t sent_ = 0;
  int64_t answered_ = 0;
  std::vector<double> latencies_;
  double seconds_ = 0;
  double cpu_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Produces ready-made record batches to a Kafka broker");
  app.add_option("bootstrap", options.bootstrap, "IPv4:PORT")->required();
  app.add_option("topic", options.topic, "An empty topic")->required();
  app.add_option("--records", options.records, "How many, a multiple of --batch is sent");
  app.add_option("--size", options.size, "Bytes of a record's value");
  app.add_option("--batch", options.batch, "Records of a batch")->check(CLI::PositiveNumber);
  app.add_option("--connections", options.connections)->check(CLI::PositiveNumber);
  app.add_option("--in-flight", options.in_flight, "Requests")->check(CLI::PositiveNumber);
  app.add_option("--acks", options.acks, "-1 or 1")->check(CLI::IsMember({-1, 1}));
  app.add_option("--rate", options.rate, "Records/s; 0: as fast as they are answered");
  app.add_option("--partitions", options.partitions, "Of the topic; all get a batch a request")
      ->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  if (options.records < options.request_records()) {
    Die("--records must be at least --batch for each partition");
  }
  Replay replay(options);
  replay.Run();
  replay.Print();
  return 0;
}
