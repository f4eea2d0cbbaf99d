// A settings file of any content: it is taken, or refused with the place of the mistake.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "cli/settings.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ticklake::cli::Settings settings;
  const auto added = settings.AddFile({reinterpret_cast<const char*>(data), size}, "ticklake.toml");
  if (!added && !added.error().message.starts_with("ticklake.toml: line ")) std::abort();
  return 0;
}
