// The crawler's classifiers: whatever a file holds, the answer is a table that can be written to
// the catalog and read back, or a reason.

#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "lake/crawler/classify.h"
#include "lake/crawler/parquet_classifier.h"
#include "lake/crawler/xml_classifier.h"

namespace {

using namespace ticklake::lake;
using namespace ticklake::lake::crawler;

void Check(const std::expected<Classified, Rejection>& found) {
  if (!found) {
    if (found.error().reason.empty()) std::abort();
    return;
  }
  const Schema& schema = found->reading.schema;
  if (schema.empty() || schema.size() > kMaxColumns || found->records < 0) std::abort();
  std::set<std::string> names;
  for (const ColumnFacts& column : schema) {
    if (!IsUsableName(column.name)) std::abort();
    if (!names.insert(column.name).second) std::abort();
    const auto read = hive::ParseType(hive::ToText(TypeOf(column)));
    if (!read || *read != TypeOf(column)) std::abort();
  }
  Schema twice = schema;
  MergeSchemas(twice, schema);
  if (Fingerprint(twice) != Fingerprint(schema) || Similarity(schema, schema) != 1) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Check(ClassifyText(text, size));
  Check(ClassifyText(text, size + 1));  // the beginning of a longer file
  Check(ClassifyFooter(text));
  for (const bool whole : {true, false}) Check(ClassifyXml(text, whole, {"feed", "t"}));
  return 0;
}
