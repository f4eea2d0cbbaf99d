#include "cli/log_access.h"

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
                                                  const std::string& brokers) {
  if (!brokers.empty()) return kafka::OpenRdKafkaLogReader({.client = {.bootstrap = brokers}});
  if (const auto running = directory.FindRunning()) {
    return kafka::OpenRdKafkaLogReader({.client = {.bootstrap = running->kafka}});
  }
  return OpenOwnSegments(directory, fs);
}

}  // namespace ticklake::cli
