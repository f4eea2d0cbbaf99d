#include "lake/crawler/entry.h"

#include "lake/crawler/plan.h"
#include "lake/table/hive_types.h"

namespace ticklake::lake::crawler {
namespace {

using catalog::Parameters;

struct Statistics {
  uint64_t files;
  uint64_t bytes;
  int64_t records;
};

void SetStatistics(const Statistics& statistics, Parameters& parameters) {
  parameters["objectCount"] = fmt::format("{}", statistics.files);
  parameters["sizeKey"] = fmt::format("{}", statistics.bytes);
  parameters["recordCount"] = fmt::format("{}", statistics.records);
  const auto records = static_cast<uint64_t>(statistics.records);
  parameters["averageRecordSize"] =
      fmt::format("{}", records == 0 ? 0 : statistics.bytes / records);
}

hive::Layout LayoutFor(const FoundTable& table) {
  hive::Layout layout;
  layout.format = table.reading.format;
  layout.compression = table.reading.compression;
  layout.csv = table.reading.csv;
  layout.json = table.reading.json;
  layout.json_path = table.reading.json_path;
  layout.avro_schema = table.reading.avro_schema;
  layout.grok = table.reading.grok;
  layout.xml = table.reading.xml;
  for (const ColumnFacts& column : table.reading.schema) {
    layout.columns.push_back({column.name, TypeOf(column), column.key});
  }
  for (const Level& level : table.levels) layout.partition_keys.push_back({level.column, {}, ""});
  return layout;
}

void FillIceberg(const IcebergFacts& facts, catalog::Table& entry) {
  entry.storage.location = facts.metadata.location;
  entry.storage.columns = HiveColumns(facts.metadata.CurrentSchema());
  entry.partition_keys.clear();
  entry.parameters["table_type"] = "ICEBERG";
  const auto before = entry.parameters.find(catalog::kMetadataLocation);
  if (before != entry.parameters.end() && before->second != facts.metadata_uri) {
    entry.parameters[catalog::kPreviousMetadataLocation] = before->second;
  }
  entry.parameters[catalog::kMetadataLocation] = facts.metadata_uri;
}

}  // namespace

void FillEntry(const FoundTable& table, const store::ObjectStore& store, const std::string& crawler,
               catalog::Table& entry) {
  entry.parameters[kUpdatedByCrawler] = crawler;
  entry.parameters["CrawlerSchemaSerializerVersion"] = "1.0";
  entry.parameters["CrawlerSchemaDeserializerVersion"] = "1.0";
  if (table.iceberg) return FillIceberg(*table.iceberg, entry);
  for (const char* iceberg :
       {"table_type", catalog::kMetadataLocation, catalog::kPreviousMetadataLocation}) {
    entry.parameters.erase(iceberg);
  }
  entry.storage.location = store.UriOf(table.root);
  entry.storage.buckets = -1;
  hive::Describe(LayoutFor(table), entry);
  for (Parameters* parameters : {&entry.parameters, &entry.storage.parameters}) {
    (*parameters)["typeOfData"] = "file";
    SetStatistics({table.files, table.bytes, table.records}, *parameters);
  }
  if (table.exclusions.empty()) {
    entry.parameters.erase(hive::kExclusions);
  } else {
    std::vector<std::string> globs;
    globs.reserve(table.exclusions.size());
    for (const std::string& glob : table.exclusions) globs.push_back(store.UriOf(glob));
    entry.parameters[hive::kExclusions] = hive::ExclusionsText(globs);
  }
}

std::vector<catalog::Partition> PartitionsOf(const FoundTable& table,
                                             const store::ObjectStore& store) {
  const std::string columns_of_table = Fingerprint(table.reading.schema);
  std::vector<catalog::Partition> partitions;
  partitions.reserve(table.parts.size());
  for (const Part& part : table.parts) {
    catalog::Partition& partition = partitions.emplace_back();
    partition.values = part.values;
    partition.storage.location = store.UriOf(part.folder);
    SetStatistics({part.files, part.bytes, part.records}, partition.parameters);
    if (Fingerprint(*part.schema) == columns_of_table) continue;
    for (const ColumnFacts& column : *part.schema) {
      partition.storage.columns.push_back({column.name, hive::ToText(TypeOf(column)), "", {}});
    }
  }
  return partitions;
}

}  // namespace ticklake::lake::crawler
