// CSV to JSON: no file upsets the reader, what it reads does not depend on how it arrives, and
// every object it writes is JSON with as many fields as the header.

#include <boost/json.hpp>

#include <cstdlib>

#include "market/replay/csv_json.h"

namespace {

using namespace ticklake;
using namespace ticklake::market;

std::vector<std::string> Convert(const std::string& text, size_t piece) {
  CsvReader reader(TextSource(text, piece), {.max_record_bytes = 4096});
  CsvRecord record;
  std::vector<std::string> out;
  if (!reader.Next(record).value_or(false)) return out;
  const auto json = CsvJson::Create(record);
  if (!json) return out;
  for (auto more = reader.Next(record); more && *more; more = reader.Next(record)) {
    std::string line = json->Problem(record);
    if (line.empty()) {
      json->Write(record, line);
      boost::json::error_code error;
      const boost::json::value value = boost::json::parse(line, error);
      if (error || value.as_object().size() != json->names().size()) std::abort();
    }
    out.push_back(std::to_string(record.line) + ": " + line);
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (Convert(text, 5) != Convert(text, SIZE_MAX)) std::abort();
  return 0;
}
