#include "cli/replay_feed.h"

#include <algorithm>
#include <chrono>
#include <memory>

#include "base/fs.h"
#include "kafka/client/admin.h"
#include "kafka/client/producer.h"
#include "kafka/partitioner.h"
#include "market/pacer.h"

namespace ticklake::cli {
namespace {

constexpr Nanos kProgressEvery = 100 * kNanosPerMilli;
constexpr int64_t kLookEvery = 512;   // records between looks at the clock
constexpr int64_t kMostReports = 20;  // of lines left out; a file of another kind has millions
constexpr int64_t kPatience = 100;    // records whose time is none, before giving up
constexpr std::chrono::milliseconds kFlushWithin{30'000};
constexpr std::chrono::milliseconds kFlushWhenStopped{5'000};

class Replay {
 public:
  Replay(const ReplayOptions& options, const std::stop_token& stop, const ReplayListener& listener,
         ReplaySummary& summary)
      : options_(options),
        stop_(stop),
        listener_(listener),
        summary_(summary),
        time_format_(options.time_format) {
    if (options.speed > 0) pacer_.emplace(SystemClock(), options.speed, stop);
  }

  Result<void> Open() {
    TL_ASSIGN(auto source, market::OpenSource(PosixFileSystem(), options_.file, stop_));
    auto records = market::OpenRecords(std::move(source), options_.records);
    if (!records) return Fail(records.error().Within(options_.file));
    records_ = std::move(*records);
    has_time_ = !records_->TimePlace().empty();
    if (!has_time_ && (pacer_ || options_.from || options_.to)) {
      return Fail(Code::kInvalid,
                  "{}: --speed, --from and --to go by event time; say where it "
                  "stands: --time COLUMN",
                  options_.file);
    }
    for (const std::string& note : records_->Notes()) SayAt(1, note);
    TL_ASSIGN(const auto admin, kafka::Admin::Open(options_.client));
    TL_ASSIGN(partitions_, admin->EnsureTopic(options_.topic, options_.partitions));
    TL_ASSIGN(producer_,
              kafka::Producer::Open(
                  {.client = options_.client, .compression = options_.compression, .stop = stop_}));
    Say(fmt::format("{}: {}, to topic '{}' at {}", options_.file, records_->Title(), options_.topic,
                    options_.client.bootstrap));
    return {};
  }

  // What was published counts even where the file turns out to be damaged later on.
  Result<void> Run() {
    start_ = SystemClock().Monotonic();
    const Result<void> read = ReadAll();
    const auto patience = stop_.stop_requested() ? kFlushWhenStopped : kFlushWithin;
    const Result<void> flushed = producer_->Flush(patience);
    summary_.elapsed = SystemClock().Monotonic() - start_;
    TL_TRY(producer_->Check());
    TL_TRY(flushed);
    return read;
  }

 private:
  Result<void> ReadAll() {
    while (!stop_.stop_requested()) {
      const auto more = records_->Next(record_);
      if (!more && more.error().code == Code::kCancelled) break;
      if (!more) return Fail(more.error().Within(options_.file));
      if (!*more) break;
      TL_TRY(Take());
      if (++since_look_ >= kLookEvery) TL_TRY(Look(0));
    }
    return {};
  }

  Result<void> Take() {
    if (!record_.problem.empty()) return LeaveOut(record_.problem);
    if (!has_time_) return Publish();
    TL_ASSIGN(const std::optional<Nanos> time, EventTime());
    if (!time) return {};
    if ((options_.from && *time < *options_.from) || (options_.to && *time >= *options_.to)) {
      ++summary_.outside;
      return {};
    }
    TL_ASSIGN(const bool due, Wait(*time));
    if (!due) return {};
    if (*time < latest_) ++summary_.disordered;
    latest_ = std::max(latest_, *time);
    return Publish(time);
  }

  // Until the event's time has come; false when stop was asked for.
  Result<bool> Wait(Nanos time) {
    if (!pacer_) return true;
    Result<void> looked;
    const bool due = pacer_->WaitUntil(time, [&](Nanos left) {
      looked = Look(left);
      return looked.has_value();
    });
    TL_TRY(looked);
    return due;
  }

  // The record's time; nullopt when it was left out for having none.
  Result<std::optional<Nanos>> EventTime() {
    if (record_.time.empty()) {
      TL_TRY(LeaveOut(fmt::format("no time in {}", records_->TimePlace())));
      return std::nullopt;
    }
    if (!time_format_) TL_TRY(ChooseTimeFormat());
    if (time_format_) {
      const auto time = market::ParseTime(record_.time, *time_format_);
      if (time) return *time;
      TL_TRY(LeaveOut(time.error().message));
      return std::nullopt;
    }
    if (++unrecognised_ < kPatience) {
      TL_TRY(LeaveOut(fmt::format("'{}' is no time", record_.time.substr(0, 64))));
      return std::nullopt;
    }
    return Fail(Code::kInvalid,
                "{}: {} holds no time in the first {} records, for instance '{}' in line {}; times "
                "are ISO 8601 (2024-11-22T18:26:40.5Z, 2024-11-22) or epoch numbers",
                options_.file, records_->TimePlace(), kPatience, record_.time.substr(0, 64),
                record_.line);
  }

  Result<void> ChooseTimeFormat() {
    const auto format = market::RecogniseTime(record_.time);
    if (!format) {
      return Fail(format.error().Within(
          fmt::format("{}: line {}: {}", options_.file, record_.line, records_->TimePlace())));
    }
    time_format_ = *format;
    if (!time_format_) return {};
    TL_ASSIGN(const Nanos time, market::ParseTime(record_.time, *time_format_));
    const bool zoneless =
        *time_format_ == market::TimeFormat::kIso && market::IsZoneless(record_.time);
    Say(fmt::format("{}: time: {}, {}: '{}' is {}{}", options_.file, records_->TimePlace(),
                    market::TimeFormatTitle(*time_format_), record_.time, FormatUtc(time),
                    zoneless ? "; without a zone it is UTC" : ""));
    return {};
  }

  Result<void> Publish(std::optional<Nanos> time = std::nullopt) {
    kafka::OutgoingRecord out{.topic = options_.topic, .key = record_.key, .value = record_.value};
    out.partition = record_.key ? kafka::PartitionForKey(*record_.key, partitions_)
                                : static_cast<int32_t>(summary_.published % partitions_);
    if (time) {
      // Kafka knows no time before 1970, and librdkafka takes 0 for now.
      out.timestamp_ms = std::max<int64_t>(*time / kNanosPerMilli, 1);
    }
    const auto produced = producer_->Produce(out);
    if (!produced && produced.error().code == Code::kCancelled) return {};
    if (!produced && produced.error().code == Code::kInvalid) {
      return LeaveOut(produced.error().message);
    }
    TL_TRY(produced);
    ++summary_.published;
    summary_.last_line = record_.line;
    summary_.last_time = time;
    if (!record_.key && !options_.records.key.empty()) ++summary_.keyless;
    return {};
  }

  Result<void> LeaveOut(std::string_view why) {
    if (++summary_.malformed <= kMostReports) SayAt(record_.line, fmt::format("left out: {}", why));
    if (summary_.malformed == kMostReports) {
      Say(fmt::format("{}: further lines that are left out are only counted", options_.file));
    }
    return {};
  }

  void Say(const std::string& text) const {
    if (listener_.say) listener_.say(text);
  }
  void SayAt(int64_t line, std::string_view what) const {
    Say(fmt::format("{}: line {}: {}", options_.file, line, what));
  }

  // Deliveries and progress, now and then.
  Result<void> Look(Nanos waiting) {
    since_look_ = 0;
    const Nanos now = SystemClock().Monotonic();
    if (now < next_progress_) return {};
    next_progress_ = now + kProgressEvery;
    TL_TRY(producer_->Check());
    const market::ByteSource& source = records_->source();
    if (listener_.progress) {
      listener_.progress({summary_, source.consumed(), source.total(), waiting});
    }
    return {};
  }

  const ReplayOptions& options_;
  const std::stop_token& stop_;
  const ReplayListener& listener_;
  ReplaySummary& summary_;
  std::unique_ptr<market::RecordReader> records_;
  std::unique_ptr<kafka::Producer> producer_;
  std::optional<market::Pacer> pacer_;
  std::optional<market::TimeFormat> time_format_;
  bool has_time_ = false;
  int32_t partitions_ = 1;
  market::Record record_;
  Nanos latest_ = INT64_MIN;
  int64_t unrecognised_ = 0;
  int64_t since_look_ = 0;
  Nanos start_ = 0;
  Nanos next_progress_ = 0;
};

}  // namespace

Result<void> RunReplay(const ReplayOptions& options, const std::stop_token& stop,
                       const ReplayListener& listener, ReplaySummary& summary) {
  Replay replay(options, stop, listener, summary);
  const auto opened = replay.Open();
  if (!opened && opened.error().code == Code::kCancelled) return {};
  TL_TRY(opened);
  return replay.Run();
}

}  // namespace ticklake::cli
