// Event times: whatever is recognised can be read (or is out of range), and what is read as ISO
// 8601 is written back as the same moment.

#include <cstdlib>
#include <string_view>

#include "market/replay/event_time.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ticklake;
  using namespace ticklake::market;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto format = RecogniseTime(text);
  for (const auto each : {TimeFormat::kIso, TimeFormat::kSeconds, TimeFormat::kMillis,
                          TimeFormat::kMicros, TimeFormat::kNanos}) {
    const auto time = ParseTime(text, each);
    if (format && *format && **format == each && !time) std::abort();
    if (time && ParseUtc(FormatUtc(*time)).value_or(*time + 1) != *time) std::abort();
  }
  return 0;
}
