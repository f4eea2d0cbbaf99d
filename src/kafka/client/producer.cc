#include "kafka/client/producer.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <map>

#include "kafka/client/rdkafka_handle.h"

namespace ticklake::kafka {
namespace {

constexpr int kPollEvery = 1024;  // records between looks at the delivery reports
constexpr int kWaitForRoomMs = 5;

RdKafkaHandle::Properties PropertiesFor(const ProducerOptions& o) {
  return {
      {"enable.idempotence", o.idempotent ? "true" : "false"},
      {"acks", "all"},
      {"linger.ms", std::to_string(o.linger.count())},
      {"compression.type", o.compression},
      {"queue.buffering.max.kbytes", std::to_string(std::max<size_t>(1, o.queue_bytes >> 10))},
      {"queue.buffering.max.messages", "0"},  // memory alone decides
      {"message.timeout.ms", std::to_string(o.delivery_timeout.count())},
      {"delivery.report.only.error", "true"},
  };
}

}  // namespace

class Producer::Impl {
 public:
  Impl(std::shared_ptr<RdKafkaHandle> handle, std::stop_token stop)
      : handle_(std::move(handle)), stop_(std::move(stop)) {}

  ~Impl() {
    // What is still queued was not waited for: whoever cares has called Flush.
    rd_kafka_purge(rk(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    for (const auto& [name, topic] : topics_) rd_kafka_topic_destroy(topic);
  }

  Result<void> Produce(const OutgoingRecord& record) {
    TL_ASSIGN(rd_kafka_topic_t * topic, Topic(record.topic));
    if (++since_poll_ >= kPollEvery) Poll(0);
    for (;;) {
      const rd_kafka_resp_err_t err = Send(topic, record);
      if (err == RD_KAFKA_RESP_ERR_NO_ERROR) break;
      if (err != RD_KAFKA_RESP_ERR__QUEUE_FULL) return Fail(Describe(err, record));
      if (stop_.stop_requested()) return Fail(Code::kCancelled, "producing: stopped");
      Poll(kWaitForRoomMs);
    }
    produced_.fetch_add(1, std::memory_order_relaxed);
    return {};
  }

  Result<void> Flush(std::chrono::milliseconds deadline) {
    if (rd_kafka_flush(rk(), static_cast<int>(deadline.count())) == RD_KAFKA_RESP_ERR_NO_ERROR) {
      return {};
    }
    return Fail(Code::kTimeout,
                "Kafka at {}: {} records are not acknowledged after {} ms; they may or may not "
                "have arrived",
                handle_->options().bootstrap, rd_kafka_outq_len(rk()), deadline.count());
  }

  Result<void> Check() {
    Poll(0);
    if (failed() == 0) return {};
    return Fail(Code::kUnavailable, "{} records were not delivered to {}; the first: {}", failed(),
                handle_->options().bootstrap, handle_->first_failure());
  }

  int64_t produced() const { return produced_.load(std::memory_order_relaxed); }
  int64_t acknowledged() const {
    return std::max<int64_t>(0, produced() - rd_kafka_outq_len(rk()) - failed());
  }
  int64_t failed() const { return handle_->failed_deliveries(); }

 private:
  rd_kafka_t* rk() const { return handle_->get(); }

  void Poll(int timeout_ms) {
    rd_kafka_poll(rk(), timeout_ms);
    since_poll_ = 0;
  }

  Result<rd_kafka_topic_t*> Topic(std::string_view name) {
    const auto found = topics_.find(name);
    if (found != topics_.end()) return found->second;
    const std::string text(name);
    rd_kafka_topic_t* topic = rd_kafka_topic_new(rk(), text.c_str(), nullptr);
    if (topic == nullptr)
      return Fail(handle_->ErrorFor(rd_kafka_last_error(), "topic '" + text + "'"));
    topics_.emplace(text, topic);
    return topic;
  }

  rd_kafka_resp_err_t Send(rd_kafka_topic_t* topic, const OutgoingRecord& r) {
    const std::string_view key = r.key.value_or(std::string_view());
    const std::string_view value = r.value.value_or(std::string_view());
    // An empty key or value is not a missing one: the pointer tells them apart.
    const auto pointer = [](const auto& bytes) {
      const char* p = !bytes ? nullptr : bytes->empty() ? "" : bytes->data();
      return const_cast<char*>(p);  // librdkafka copies, but asks for void*
    };
    rd_kafka_vu_t fields[6];
    fields[0].vtype = RD_KAFKA_VTYPE_RKT;
    fields[0].u.rkt = topic;
    fields[1].vtype = RD_KAFKA_VTYPE_PARTITION;
    fields[1].u.i32 = r.partition;
    fields[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    fields[2].u.i = RD_KAFKA_MSG_F_COPY;
    fields[3].vtype = RD_KAFKA_VTYPE_KEY;
    fields[3].u.mem = {pointer(r.key), key.size()};
    fields[4].vtype = RD_KAFKA_VTYPE_VALUE;
    fields[4].u.mem = {pointer(r.value), value.size()};
    fields[5].vtype = RD_KAFKA_VTYPE_TIMESTAMP;
    fields[5].u.i64 = r.timestamp_ms;
    rd_kafka_error_t* error = rd_kafka_produceva(rk(), fields, std::size(fields));
    if (error == nullptr) return RD_KAFKA_RESP_ERR_NO_ERROR;
    const rd_kafka_resp_err_t code = rd_kafka_error_code(error);
    rd_kafka_error_destroy(error);
    return code;
  }

  Error Describe(rd_kafka_resp_err_t err, const OutgoingRecord& record) {
    const std::string thing =
        fmt::format("topic '{}' partition {}", record.topic, record.partition);
    char why[512];
    if (err == RD_KAFKA_RESP_ERR__FATAL) {
      const auto fatal = rd_kafka_fatal_error(rk(), why, sizeof why);
      return handle_->ErrorFor(fatal, thing, why);
    }
    return handle_->ErrorFor(err, thing);
  }

  std::shared_ptr<RdKafkaHandle> handle_;
  std::stop_token stop_;
  std::map<std::string, rd_kafka_topic_t*, std::less<>> topics_;
  std::atomic<int64_t> produced_{0};
  int since_poll_ = 0;
};

Result<std::unique_ptr<Producer>> Producer::Open(const ProducerOptions& options) {
  TL_ASSIGN(auto handle, RdKafkaHandle::Create(RdKafkaHandle::Type::kProducer, options.client,
                                               PropertiesFor(options)));
  TL_TRY(handle->Connect());
  return std::unique_ptr<Producer>(
      new Producer(std::make_unique<Impl>(std::move(handle), options.stop)));
}

Producer::Producer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Producer::~Producer() = default;

Result<void> Producer::Produce(const OutgoingRecord& record) { return impl_->Produce(record); }
Result<void> Producer::Check() { return impl_->Check(); }
Result<void> Producer::Flush(std::chrono::milliseconds deadline) { return impl_->Flush(deadline); }
int64_t Producer::produced() const { return impl_->produced(); }
int64_t Producer::acknowledged() const { return impl_->acknowledged(); }
int64_t Producer::failed() const { return impl_->failed(); }

}  // namespace ticklake::kafka
