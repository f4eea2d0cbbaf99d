#include "lake/crawler/orc_classifier.h"

#include <arrow/adapters/orc/adapter.h>
#include <arrow/memory_pool.h>
#include <arrow/type.h>
#include <utility>

#include "lake/crawler/arrow_types.h"
#include "lake/parquet/store_file.h"

namespace ticklake::lake::crawler {
namespace {

Rejection Damaged(std::string detail) { return {"damaged ORC", std::move(detail)}; }

}  // namespace

std::expected<Classified, Rejection> ClassifyOrc(store::ObjectStore& store,
                                                 const store::ObjectInfo& file) {
  const auto source = OpenStoreFile(store, file.key, file.size);
  auto opened = arrow::adapters::orc::ORCFileReader::Open(source, arrow::default_memory_pool());
  if (!opened.ok()) return std::unexpected(Damaged(opened.status().message()));
  const auto schema = (*opened)->ReadSchema();
  if (!schema.ok()) return std::unexpected(Damaged(schema.status().message()));
  auto columns = ColumnsOf(**schema, "ORC");
  if (!columns) return std::unexpected(columns.error());
  Classified found;
  found.reading.format = hive::Format::kOrc;
  found.reading.schema = std::move(*columns);
  found.reading.certainty = 1;
  found.reading.why.push_back("ORC by its first bytes; columns from its footer");
  found.records = (*opened)->NumberOfRows();
  if (found.records < 0) return std::unexpected(Damaged("its footer claims fewer rows than none"));
  found.whole = true;
  return found;
}

}  // namespace ticklake::lake::crawler
