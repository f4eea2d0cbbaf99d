// Where a partition's leader listens.
//
// Private to this room. Threading: safe from any thread.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "kafka/client/rdkafka_handle.h"
#include "net/address.h"

namespace ticklake::kafka {

/// Asks the cluster. kNotFound without such a partition, kUnavailable while it has no leader.
Result<net::HostPort> TopicLeader(const RdKafkaHandle& handle, const std::string& topic,
                                  int32_t partition);

}  // namespace ticklake::kafka
