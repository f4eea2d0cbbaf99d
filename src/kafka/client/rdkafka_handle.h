// A librdkafka instance with its manners: its log in ours, its errors as Error.
//
// Private to this room: librdkafka's header is for the .cc files, here its types are only
// declared. Threading: safe from any thread, as librdkafka itself.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "kafka/client/client_options.h"

struct rd_kafka_s;
struct rd_kafka_conf_s;
struct rd_kafka_metadata;  // NOLINT(readability-identifier-naming): librdkafka's
struct rd_kafka_topic_s;

namespace ticklake::kafka {

/// librdkafka's destroy functions as deleters: std::unique_ptr<T, Free<&rd_kafka_x_destroy>>.
template <auto Destroy>
struct Free {
  template <class T>
  void operator()(T* p) const {
    Destroy(p);
  }
};

class RdKafkaHandle {
 public:
  using Properties = std::vector<std::pair<std::string, std::string>>;
  enum class Type { kProducer, kConsumer };

  /// Makes an instance, without waiting for a broker. `ours` are set before the user's
  /// properties. kInvalid when librdkafka refuses a property.
  static Result<std::shared_ptr<RdKafkaHandle>> Create(Type type, const ClientOptions& options,
                                                       const Properties& ours);
  ~RdKafkaHandle();
  RdKafkaHandle(const RdKafkaHandle&) = delete;
  RdKafkaHandle& operator=(const RdKafkaHandle&) = delete;

  /// Waits until a broker answers; kUnavailable, naming the address and the cause, when none
  /// does in time or all refuse. kAuth when one refuses the credentials.
  Result<void> Connect();

  rd_kafka_s* get() const { return rk_; }
  const ClientOptions& options() const { return options_; }
  int timeout_ms() const { return static_cast<int>(options_.timeout.count()); }
  bool cancelled() const { return options_.cancel.stop_requested(); }
  /// rd_kafka_metadata within the timeout, or until cancelled. Returns librdkafka's code.
  int Metadata(bool all_topics, rd_kafka_topic_s* topic,
               const struct rd_kafka_metadata** found) const;

  /// An Error for librdkafka's code (rd_kafka_resp_err_t) on `thing`.
  Error ErrorFor(int err, std::string_view thing, std::string_view detail = {}) const;

  // Producers only: counts of delivery reports that say failed.
  int64_t failed_deliveries() const;
  std::string first_failure() const;
  void CountFailure(std::string_view what);

 private:
  explicit RdKafkaHandle(const ClientOptions& options) : options_(options) {}
  static Result<void> Configure(rd_kafka_conf_s* conf, const Properties& properties);
  static void OnError(rd_kafka_s* rk, int err, const char* reason, void* self);
  /// What was wrong last, in words.
  std::string LastTrouble() const;

  const ClientOptions options_;
  rd_kafka_s* rk_ = nullptr;

  mutable std::mutex mutex_;
  std::string trouble_;
  int trouble_code_ = 0;
  bool all_down_ = false;
  int64_t failed_deliveries_ = 0;
  std::string first_failure_;
};

}  // namespace ticklake::kafka
