// Which names a topic may have: Kafka's own rules.
#pragma once

#include <string_view>

#include "base/result.h"

namespace ticklake::kafka {

inline constexpr size_t kMaxTopicName = 249;

/// 1 to 249 of [a-zA-Z0-9._-], neither "." nor "..". kInvalid names the rule that is broken.
Result<void> CheckTopicName(std::string_view name);

/// Kafka's own bookkeeping topics, which never become tables.
bool IsInternalTopic(std::string_view name);

}  // namespace ticklake::kafka
