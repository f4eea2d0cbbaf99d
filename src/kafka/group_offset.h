// GroupOffset: where a consumer group stands in one partition. A plain value.
//
// Committed by the sink for lag monitors, without being a member of the group.
#pragma once

#include <cstdint>
#include <string>

#include "base/uuid.h"

namespace ticklake::kafka {

struct GroupOffset {
  std::string topic;
  Uuid topic_id;  ///< the incarnation it is a position in
  int32_t partition = 0;
  int64_t offset = 0;  ///< the next record to read
};

}  // namespace ticklake::kafka
