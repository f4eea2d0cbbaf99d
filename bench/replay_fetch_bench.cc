// Fetches whole topics from any Kafka broker with next to no CPU of its own.
//
//   replay_fetch_bench BOOTSTRAP TOPIC [--records N] [--partitions P] [--max-bytes BYTES]
//
// One connection for each partition, one request in flight on each, from offset 0 to the end. Of
// every batch the CRC is checked, and that offsets follow on; N records must come in all.
// Prints one JSON line: records/s, bytes of batches, requests.
#include <algorithm>
#include <memory>

#include <CLI/CLI.hpp>

#include "kafka/protocol/fetch.h"
#include "kafka/record_batch.h"
#include "wire_client.h"

namespace {

using namespace ticklake;         // NOLINT(google-build-using-namespace): a program of one file
using namespace ticklake::bench;  // NOLINT(google-build-using-namespace)
namespace protocol = kafka::protocol;

/// With topic names; later versions have ids.
constexpr int16_t kFetchVersion = 12;
constexpr int16_t kListOffsetsVersion = 7;

struct Options {
  std::string bootstrap;
  std::string topic;
  int64_t records = 0;
  int32_t partitions = 1;
  int32_t max_bytes = 1 << 20;
};

/// The reading of one partition.
class PartitionFetch {
 public:
  PartitionFetch(const Options& options, int32_t partition)
      : options_(options), partition_(partition), client_(options.bootstrap), end_(End()) {}

  bool done() const { return offset_ >= end_; }
  int64_t records() const { return records_; }
  int64_t bytes() const { return bytes_; }
  int64_t requests() const { return requests_; }
  const WireClient& client() const { return client_; }

  void Ask() {
    protocol::FetchRequest request;
    request.max_wait_ms = 500;
    request.min_bytes = 1;
    request.max_bytes = options_.max_bytes;
    auto& partition = request.topics.emplace_back().partitions.emplace_back();
    request.topics[0].name = options_.topic;
    partition.index = partition_;
    partition.fetch_offset = offset_;
    partition.max_bytes = options_.max_bytes;
    frame_ = Frame::Of(request, kFetchVersion);
    client_.Send(frame_);
    ++requests_;
  }

  /// Takes what has arrived, and asks for the next if that was an answer.
  void Go() {
    client_.Flush();
    while (client_.Receive()) {
      const auto body = client_.Next();
      if (!body) continue;
      Take(OrDie(protocol::Decode<protocol::FetchResponse>(*body, kFetchVersion)));
      if (!done()) Ask();
      return;
    }
  }

 private:
  int64_t End() {
    protocol::ListOffsetsRequest request;
    auto& partition = request.topics.emplace_back().partitions.emplace_back();
    request.topics[0].name = options_.topic;
    partition.index = partition_;
    partition.timestamp = protocol::kLatestTimestamp;
    const auto answer = client_.Call<protocol::ListOffsetsResponse>(request, kListOffsetsVersion);
    return answer.topics.at(0).partitions.at(0).offset;
  }

  void Take(const protocol::FetchResponse& answer) {
    if (answer.error != protocol::ErrorCode::kNone || answer.topics.size() != 1 ||
        answer.topics[0].partitions.size() != 1) {
      Die("the fetch failed");
    }
    const auto& partition = answer.topics[0].partitions[0];
    if (partition.error != protocol::ErrorCode::kNone) {
      Die(fmt::format("fetch at offset {}: error {}", offset_, static_cast<int>(partition.error)));
    }
    for (const protocol::Slice& slice : partition.records.slices) TakeBatches(slice.data);
  }

  void TakeBatches(std::string_view data) {
    while (data.size() >= kafka::kBatchHeaderSize) {
      const auto length = static_cast<size_t>(LoadBig<int32_t>(data.data() + kafka::kLengthAt));
      if (length + kafka::kLengthOverhead > data.size()) return;  // the last one may be cut short
      const kafka::RecordBatch batch = OrDie(kafka::FirstBatch(data));
      if (auto intact = batch.CheckCrc(); !intact) Die(intact.error().message);
      data.remove_prefix(batch.size());
      if (batch.next_offset() <= offset_) continue;
      if (batch.base_offset() != offset_) {
        Die(fmt::format("a batch at {} where {} was to come", batch.base_offset(), offset_));
      }
      offset_ = batch.next_offset();
      records_ += batch.record_count();
      bytes_ += static_cast<int64_t>(batch.size());
    }
  }

  const Options& options_;
  const int32_t partition_;
  WireClient client_;
  const int64_t end_;
  Frame frame_;
  int64_t offset_ = 0;
  int64_t records_ = 0;
  int64_t bytes_ = 0;
  int64_t requests_ = 0;
};

void Run(const Options& options) {
  std::vector<std::unique_ptr<PartitionFetch>> fetches;
  fetches.reserve(static_cast<size_t>(options.partitions));
  for (int32_t i = 0; i < options.partitions; ++i) {
    fetches.push_back(std::make_unique<PartitionFetch>(options, i));
  }
  const double cpu = CpuSeconds();
  const auto start = std::chrono::steady_clock::now();
  for (const auto& fetch : fetches) {
    if (!fetch->done()) fetch->Ask();
  }
  const auto open = [](const auto& fetch) { return !fetch->done(); };
  std::vector<pollfd> polls;
  while (std::ranges::any_of(fetches, open)) {
    polls.clear();
    for (const auto& fetch : fetches) {
      if (!fetch->done()) polls.push_back(fetch->client().Poll());
    }
    poll(polls.data(), polls.size(), 60'000);
    for (const auto& fetch : fetches) {
      if (!fetch->done()) fetch->Go();
    }
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const double used = CpuSeconds() - cpu;
  int64_t records = 0;
  int64_t bytes = 0;
  int64_t requests = 0;
  for (const auto& fetch : fetches) {
    records += fetch->records();
    bytes += fetch->bytes();
    requests += fetch->requests();
  }
  if (records != options.records) {
    Die(fmt::format("{} records came, not {}", records, options.records));
  }
  fmt::print(
      "{{\"records\":{},\"bytes\":{},\"requests\":{},\"seconds\":{:.4f},\"rate\":{:.0f},"
      "\"client_cpu\":{:.3f}}}\n",
      records, bytes, requests, seconds, static_cast<double>(records) / seconds, used);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Fetches whole topics from a Kafka broker");
  app.add_option("bootstrap", options.bootstrap, "IPv4:PORT")->required();
  app.add_option("topic", options.topic)->required();
  app.add_option("--records", options.records, "How many there are")->required();
  app.add_option("--partitions", options.partitions)->check(CLI::PositiveNumber);
  app.add_option("--max-bytes", options.max_bytes, "Of one fetch")->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  Run(options);
  return 0;
}
