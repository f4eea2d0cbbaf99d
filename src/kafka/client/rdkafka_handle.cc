#include "kafka/client/rdkafka_handle.h"

#include <librdkafka/rdkafka.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>

namespace ticklake::kafka {
namespace {

using SteadyClock = std::chrono::steady_clock;

// Refused connections are tried again for so long: a broker may be starting.
constexpr std::chrono::milliseconds kPatience{2'000};
constexpr int kSliceMs = 250;

void OnLog(const rd_kafka_t* rk, int, const char* facility, const char* text) {
  spdlog::debug("librdkafka: {}: {}: {}", rd_kafka_name(rk), facility, text);
}

void OnDelivery(rd_kafka_t*, const rd_kafka_message_t* message, void* self) {
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  static_cast<RdKafkaHandle*>(self)->CountFailure(
      fmt::format("{} [{}]: {}", rd_kafka_topic_name(message->rkt), message->partition,
                  rd_kafka_err2str(message->err)));
}

Code CodeFor(int err) {
  switch (err) {
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT: return Code::kUnavailable;
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_ID:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET: return Code::kNotFound;
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR__BAD_COMPRESSION:
    case RD_KAFKA_RESP_ERR_INVALID_MSG: return Code::kCorrupt;
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__SSL:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED: return Code::kAuth;
    case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS: return Code::kAlreadyExists;
    case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
    case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR__INVALID_ARG: return Code::kInvalid;
    case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION: return Code::kUnsupported;
    default: return Code::kIo;
  }
}

const char* AdviceFor(Code code) {
  switch (code) {
    case Code::kUnavailable: return "; is a broker running there, and can it be reached?";
    case Code::kAuth: return "; check the credentials and the topic's access list";
    case Code::kUnsupported: return "; the broker is too old for this";
    default: return "";
  }
}

}  // namespace

Result<std::shared_ptr<RdKafkaHandle>> RdKafkaHandle::Create(Type type,
                                                             const ClientOptions& options,
                                                             const Properties& ours) {
  std::shared_ptr<RdKafkaHandle> handle(new RdKafkaHandle(options));
  std::unique_ptr<rd_kafka_conf_t, Free<&rd_kafka_conf_destroy>> conf(rd_kafka_conf_new());
  TL_TRY(Configure(conf.get(), {{"bootstrap.servers", options.bootstrap},
                                {"client.id", "ticklake"},
                                {"log_level", "6"},
                                {"reconnect.backoff.max.ms", "1000"}}));
  TL_TRY(Configure(conf.get(), ours));
  TL_TRY(Configure(conf.get(), options.properties));
  rd_kafka_conf_set_opaque(conf.get(), handle.get());
  rd_kafka_conf_set_log_cb(conf.get(), OnLog);
  rd_kafka_conf_set_error_cb(conf.get(), OnError);
  if (type == Type::kProducer) rd_kafka_conf_set_dr_msg_cb(conf.get(), OnDelivery);

  char why[512];
  const auto kind = type == Type::kProducer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER;
  handle->rk_ = rd_kafka_new(kind, conf.get(), why, sizeof why);
  if (handle->rk_ == nullptr) return Fail(Code::kInvalid, "Kafka client: {}", why);
  static_cast<void>(conf.release());  // now librdkafka's
  return handle;
}

RdKafkaHandle::~RdKafkaHandle() {
  if (rk_ != nullptr) rd_kafka_destroy(rk_);
}

Result<void> RdKafkaHandle::Configure(rd_kafka_conf_t* conf, const Properties& properties) {
  char why[512];
  for (const auto& [name, value] : properties) {
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), why, sizeof why) != RD_KAFKA_CONF_OK) {
      return Fail(Code::kInvalid, "Kafka client property {}={}: {}", name, value, why);
    }
  }
  return {};
}

void RdKafkaHandle::OnError(rd_kafka_s*, int err, const char* reason, void* self) {
  auto& handle = *static_cast<RdKafkaHandle*>(self);
  spdlog::debug("librdkafka: {}", reason);
  const std::lock_guard lock(handle.mutex_);
  if (err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
    handle.all_down_ = true;  // its reason says only how many
    return;
  }
  // Without librdkafka's "(after 0ms in state CONNECT, …)".
  handle.trouble_ = std::string_view(reason).substr(0, std::string_view(reason).find(" (after "));
  handle.trouble_code_ = err;
}

std::string RdKafkaHandle::LastTrouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

Result<void> RdKafkaHandle::Connect() {
  const auto start = SteadyClock::now();
  for (;;) {
    const rd_kafka_metadata_t* metadata = nullptr;
    const auto err = rd_kafka_metadata(rk_, 0, nullptr, &metadata, kSliceMs);
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      rd_kafka_metadata_destroy(metadata);
      return {};
    }
    rd_kafka_poll(rk_, 0);  // lets OnError know
    const auto waited = SteadyClock::now() - start;
    const std::lock_guard lock(mutex_);
    const Code code = CodeFor(trouble_code_);
    const bool hopeless = code == Code::kAuth || (all_down_ && waited > kPatience);
    if (!hopeless && waited < options_.timeout) continue;
    const Code shown = code == Code::kAuth ? code : Code::kUnavailable;
    return Fail(shown, "Kafka at {}: {}{}", options_.bootstrap,
                trouble_.empty() ? rd_kafka_err2str(err) : trouble_.c_str(), AdviceFor(shown));
  }
}

int RdKafkaHandle::Metadata(bool all_topics, rd_kafka_topic_s* topic,
                            const struct rd_kafka_metadata** found) const {
  constexpr std::chrono::milliseconds kFirstPiece{1'000};
  constexpr std::chrono::milliseconds kCancelWithin{2'000};
  // librdkafka cannot be told to give up: who may want to asks in pieces. The first is short, since
  // an end most often follows the trouble at once; slow clusters have time in the others.
  auto piece = options_.cancel.stop_possible() ? kFirstPiece : options_.timeout;
  const auto end = SteadyClock::now() + options_.timeout;
  auto left = options_.timeout;
  int err = RD_KAFKA_RESP_ERR__TIMED_OUT;
  while (left.count() > 0 && !cancelled()) {
    err = rd_kafka_metadata(rk_, all_topics ? 1 : 0, topic, found,
                            static_cast<int>(std::min(piece, left).count()));
    if (err != RD_KAFKA_RESP_ERR__TIMED_OUT && err != RD_KAFKA_RESP_ERR__TRANSPORT) break;
    piece = std::max(piece, kCancelWithin);
    left = std::chrono::duration_cast<std::chrono::milliseconds>(end - SteadyClock::now());
  }
  return err;
}

Error RdKafkaHandle::ErrorFor(int err, std::string_view thing, std::string_view detail) const {
  const auto known = static_cast<rd_kafka_resp_err_t>(err);
  const Code code = CodeFor(err);
  std::string cause(detail.empty() ? rd_kafka_err2str(known) : detail);
  if (code == Code::kUnavailable) {
    const std::string trouble = LastTrouble();
    cause +=
        fmt::format(" (brokers {}{}{})", options_.bootstrap, trouble.empty() ? "" : ": ", trouble);
  }
  return {code, fmt::format("{}: {}{}", thing, cause, AdviceFor(code))};
}

int64_t RdKafkaHandle::failed_deliveries() const {
  const std::lock_guard lock(mutex_);
  return failed_deliveries_;
}

std::string RdKafkaHandle::first_failure() const {
  const std::lock_guard lock(mutex_);
  return first_failure_;
}

void RdKafkaHandle::CountFailure(std::string_view what) {
  const std::lock_guard lock(mutex_);
  if (failed_deliveries_++ == 0) first_failure_ = what;
}

}  // namespace ticklake::kafka
