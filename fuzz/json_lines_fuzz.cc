// JSON lines to records: no file upsets the reader, what it reads does not depend on how it
// arrives, and every record it lets through is one JSON object, as it stood in the file.

#include <boost/json.hpp>
#include <cstdlib>

#include "market/replay/records.h"

namespace {

using namespace ticklake;
using namespace ticklake::market;

std::vector<std::string> Read(const std::string& text, size_t piece) {
  std::vector<std::string> out;
  const RecordOptions options{.key = "k", .time = "t", .max_bytes = 4096};
  const auto reader = OpenRecords(TextSource(text, piece), options);
  if (!reader) return {reader.error().message};
  const bool json = (*reader)->Title().starts_with("JSON");
  Record record;
  for (auto more = (*reader)->Next(record); more && *more; more = (*reader)->Next(record)) {
    if (json && record.problem.empty()) {
      if (text.find(record.value) == std::string::npos) std::abort();
      boost::json::error_code error;
      const boost::json::parse_options deep{.max_depth = 500};
      if (!boost::json::parse(record.value, error, {}, deep).is_object() || error) std::abort();
    }
    out.push_back(fmt::format("{} {} {} {} {}", record.line, record.problem, record.value,
                              record.key.value_or("-"), record.time));
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (Read(text, 5) != Read(text, SIZE_MAX)) std::abort();
  return 0;
}
