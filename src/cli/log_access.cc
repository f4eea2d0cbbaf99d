#include "cli/log_access.h"

#include <utility>

#include "broker/log/segment_log_reader.h"
#include "kafka/client/rdkafka_log_reader.h"

namespace ticklake::cli {

Result<std::unique_ptr<kafka::LogReader>> OpenOwnSegments(const DataDirectory& directory,
                                                          FileSystem& fs) {
  TL_ASSIGN(const bool exists, fs.Exists(directory.BrokerPath()));
  if (!exists) return nullptr;
  return broker::OpenOffline(fs, directory.BrokerPath());
}

Result<std::unique_ptr<kafka::LogReader>> OpenLog(const DataDirectory& directory, FileSystem& fs,
                                                  const std::string& brokers,
                                                  std::stop_token cancel) {
  kafka::ClientOptions client{.bootstrap = brokers};
  client.cancel = std::move(cancel);
  if (const auto running = directory.FindRunning(); running && client.bootstrap.empty()) {
    client.bootstrap = running->kafka;
  }
  if (client.bootstrap.empty()) return OpenOwnSegments(directory, fs);
  return kafka::OpenRdKafkaLogReader({.client = std::move(client)});
}

}  // namespace ticklake::cli
