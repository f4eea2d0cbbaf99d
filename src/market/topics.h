// Which topic carries which kind of event: stated here once.
#pragma once

#include <array>
#include <string_view>

#include "market/event.h"

namespace ticklake::market {

/// In the order of Event's alternatives.
inline constexpr std::array<std::string_view, 2> kTopics = {"trades", "quotes"};
static_assert(kTopics.size() == std::variant_size_v<Event>);

/// The topic, and so the table, of an event.
inline std::string_view TopicOf(const Event& event) { return kTopics[event.index()]; }

}  // namespace ticklake::market
