#include "base/log.h"

#include <iterator>

#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>

namespace ticklake {

void InitLog(std::string_view level) {
  auto logger = spdlog::stderr_color_mt("ticklake");
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v", spdlog::pattern_time_type::utc);
  logger->set_level(spdlog::level::from_str(std::string(level)));
  spdlog::set_default_logger(std::move(logger));
}

std::string LogText(std::string_view text) {
  constexpr size_t kLongest = 100;
  std::string shown;
  for (const char c : text.substr(0, kLongest)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || c == '\'') {
      fmt::format_to(std::back_inserter(shown), "\\x{:02x}", byte);
    } else {
      shown += c;
    }
  }
  if (text.size() > kLongest)
    fmt::format_to(std::back_inserter(shown), "… ({} bytes)", text.size());
  return shown;
}

}  // namespace ticklake
