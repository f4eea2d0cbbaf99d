// Requests to Glue, a name and a body each, one after the other: the answer is JSON or an error
// that blames the request, and what was stored can be listed.

#include <boost/json.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "aws/glue/data_catalog.h"
#include "aws/glue/glue_service.h"
#include "base/memory_fs.h"
#include "catalog/memory_catalog.h"

namespace {

using namespace ticklake;
using namespace ticklake::aws::glue;

void Ask(const GlueService& service, std::string_view operation, std::string_view body) {
  const aws::Caller caller{"AKID", "arn:aws:iam::000000000000:user/a", "AIDA", false, std::nullopt};
  const auto answer = service.Answer(operation, body, caller);
  if (answer) {
    if (!boost::json::parse(*answer).is_object()) std::abort();
  } else if (answer.error().status >= 500 || answer.error().message.empty()) {
    std::abort();
  }
}

}  // namespace

// The input is lines: an operation, its body, an operation, its body …
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const ManualClock clock(1);
  catalog::MemoryCatalog catalog(clock);
  MemoryFileSystem fs;
  const auto lake = store::OpenDirectoryStore(fs, "/lake", {"s3://ticklake/"});
  if (!lake) std::abort();
  store::StoreSet files({lake->get()});
  DataCatalog data_catalog({&catalog, lake->get(), "s3://ticklake/", &files, &clock});
  const GlueService service(data_catalog.Operations());
  const auto line = [&text] {
    const std::string_view taken = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), taken.size() + 1));
    return taken;
  };
  while (!text.empty()) {
    const std::string_view operation = line();
    Ask(service, operation, line());
  }
  Ask(service, "GetDatabases", "{}");
  Ask(service, "SearchTables", "{}");
  return 0;
}
