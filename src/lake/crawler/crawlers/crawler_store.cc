#include "lake/crawler/crawlers/crawler_store.h"

#include <boost/json.hpp>

#include <algorithm>

#include "base/json.h"

namespace ticklake::lake::crawler {
namespace {

namespace json = boost::json;
using catalog::Fact;
using catalog::FactKey;
using catalog::FactWrite;

constexpr char kCrawler[] = "crawler";
constexpr char kRecord[] = "crawl";
constexpr char kExplanation[] = "crawl explanation";
constexpr char kClassifier[] = "classifier";

FactKey KeyOf(const char* kind, std::string name) { return {kind, "", "", std::move(name)}; }

// Names are single lines.
std::string RecordName(const std::string& crawler, const std::string& id) {
  return crawler + "\n" + id;
}

Result<json::object> Parse(const Fact& fact) {
  boost::system::error_code failed;
  json::value value = ParseJson(fact.json, failed);
  if (!failed && value.is_object()) return std::move(value.as_object());
  return Fail(Code::kCorrupt, "catalog: {} '{}' is no JSON object", fact.key.kind, fact.key.name);
}

int64_t NumberOf(const json::object& object, std::string_view key) {
  const json::value* member = object.if_contains(key);
  return member != nullptr && member->is_int64() ? member->as_int64() : 0;
}

std::string TextOf(const json::object& object, std::string_view key) {
  const json::value* member = object.if_contains(key);
  return member != nullptr && member->is_string() ? std::string(member->as_string()) : "";
}

json::object ObjectOf(const json::object& object, std::string_view key) {
  const json::value* member = object.if_contains(key);
  return member != nullptr && member->is_object() ? member->as_object() : json::object();
}

Result<StoredCrawler> CrawlerOf(const Fact& fact) {
  TL_ASSIGN(const json::object object, Parse(fact));
  const json::value* scheduled = object.if_contains("scheduled");
  return StoredCrawler{ObjectOf(object, "definition"), NumberOf(object, "version"),
                       scheduled != nullptr && scheduled->is_bool() && scheduled->as_bool(),
                       fact.create_time, NumberOf(object, "updated")};
}

constexpr std::pair<const char*, int64_t CrawlRecord::*> kNumbers[] = {
    {"started", &CrawlRecord::started},
    {"ended", &CrawlRecord::ended},
    {"tables_created", &CrawlRecord::tables_created},
    {"tables_updated", &CrawlRecord::tables_updated},
    {"tables_deleted", &CrawlRecord::tables_deleted},
    {"partitions_added", &CrawlRecord::partitions_added},
    {"partitions_updated", &CrawlRecord::partitions_updated},
    {"partitions_deleted", &CrawlRecord::partitions_deleted},
    {"files", &CrawlRecord::files}};

Result<CrawlRecord> RecordOf(const Fact& fact) {
  TL_ASSIGN(const json::object object, Parse(fact));
  CrawlRecord record;
  const size_t end = fact.key.name.rfind('\n');
  if (end == std::string::npos) return Fail(Code::kCorrupt, "catalog: a crawl without its crawler");
  record.crawler = fact.key.name.substr(0, end);
  record.id = fact.key.name.substr(end + 1);
  record.status = TextOf(object, "status");
  record.message = TextOf(object, "message");
  for (const auto& [name, number] : kNumbers) record.*number = NumberOf(object, name);
  return record;
}

}  // namespace

Result<std::vector<Fact>> CrawlerStore::All(const std::string& kind,
                                            const std::string& prefix) const {
  std::vector<Fact> all;
  catalog::FactQuery query{{kind, "", "", prefix}};
  while (true) {
    TL_ASSIGN(std::vector<Fact> page, catalog_.ListFacts(query));
    if (page.empty()) return all;
    query.after = page.back().key.name;
    std::ranges::move(page, std::back_inserter(all));
  }
}

Result<void> CrawlerStore::Put(const std::string& name, const StoredCrawler& crawler,
                               FactWrite write) {
  const json::object object = {{"definition", crawler.definition},
                               {"version", crawler.version},
                               {"updated", crawler.updated},
                               {"scheduled", crawler.scheduled}};
  return catalog_.PutFact({KeyOf(kCrawler, name), json::serialize(object)}, write);
}

Result<StoredCrawler> CrawlerStore::Get(const std::string& name) const {
  TL_ASSIGN(const Fact fact, catalog_.GetFact(KeyOf(kCrawler, name)));
  return CrawlerOf(fact);
}

Result<std::vector<StoredCrawler>> CrawlerStore::List() const {
  TL_ASSIGN(const std::vector<Fact> facts, All(kCrawler, ""));
  std::vector<StoredCrawler> crawlers;
  for (const Fact& fact : facts) {
    TL_ASSIGN(StoredCrawler crawler, CrawlerOf(fact));
    crawlers.push_back(std::move(crawler));
  }
  return crawlers;
}

Result<void> CrawlerStore::Delete(const std::string& name) {
  TL_TRY(catalog_.DeleteFact(KeyOf(kCrawler, name)));
  TL_ASSIGN(const std::vector<Fact> records, All(kRecord, name + "\n"));
  for (const Fact& record : records) TL_TRY(catalog_.DeleteFact(record.key));
  const auto deleted = catalog_.DeleteFact(KeyOf(kExplanation, name));
  if (!deleted && deleted.error().code != Code::kNotFound) return deleted;
  return {};
}

Result<void> CrawlerStore::PutRecord(const CrawlRecord& record) {
  json::object object = {{"status", record.status}, {"message", record.message}};
  for (const auto& [name, number] : kNumbers) object[name] = record.*number;
  TL_TRY(catalog_.PutFact(
      {KeyOf(kRecord, RecordName(record.crawler, record.id)), json::serialize(object)},
      FactWrite::kEither));
  TL_ASSIGN(const std::vector<Fact> facts, All(kRecord, record.crawler + "\n"));
  for (size_t i = 0; i + kMostRecords < facts.size(); ++i) {
    TL_TRY(catalog_.DeleteFact(facts[i].key));
  }
  return {};
}

Result<std::vector<CrawlRecord>> CrawlerStore::Records(const std::string& crawler) const {
  TL_ASSIGN(const std::vector<Fact> facts, All(kRecord, crawler + "\n"));
  std::vector<CrawlRecord> records;
  for (const Fact& fact : facts) {
    TL_ASSIGN(CrawlRecord record, RecordOf(fact));
    records.push_back(std::move(record));
  }
  std::ranges::reverse(records);
  return records;
}

Result<std::vector<CrawlRecord>> CrawlerStore::RunningRecords() const {
  TL_ASSIGN(const std::vector<Fact> facts, All(kRecord, ""));
  std::vector<CrawlRecord> records;
  for (const Fact& fact : facts) {
    TL_ASSIGN(CrawlRecord record, RecordOf(fact));
    if (record.status == "RUNNING") records.push_back(std::move(record));
  }
  return records;
}

Result<std::string> CrawlerStore::Explanation(const std::string& crawler) const {
  TL_ASSIGN(const Fact fact, catalog_.GetFact(KeyOf(kExplanation, crawler)));
  return fact.json;
}

Result<void> CrawlerStore::PutExplanation(const std::string& crawler, const std::string& json) {
  return catalog_.PutFact({KeyOf(kExplanation, crawler), json}, FactWrite::kEither);
}

Result<void> CrawlerStore::PutClassifier(const std::string& name,
                                         const StoredClassifier& classifier, FactWrite write) {
  const json::object object = {{"definition", classifier.definition},
                               {"version", classifier.version},
                               {"updated", classifier.updated}};
  return catalog_.PutFact({KeyOf(kClassifier, name), json::serialize(object)}, write);
}

Result<StoredClassifier> CrawlerStore::GetClassifier(const std::string& name) const {
  TL_ASSIGN(const Fact fact, catalog_.GetFact(KeyOf(kClassifier, name)));
  TL_ASSIGN(const json::object object, Parse(fact));
  return StoredClassifier{ObjectOf(object, "definition"), NumberOf(object, "version"),
                          fact.create_time, NumberOf(object, "updated")};
}

Result<std::vector<StoredClassifier>> CrawlerStore::ListClassifiers() const {
  TL_ASSIGN(const std::vector<Fact> facts, All(kClassifier, ""));
  std::vector<StoredClassifier> classifiers;
  for (const Fact& fact : facts) {
    TL_ASSIGN(StoredClassifier classifier, GetClassifier(fact.key.name));
    classifiers.push_back(std::move(classifier));
  }
  return classifiers;
}

Result<void> CrawlerStore::DeleteClassifier(const std::string& name) {
  return catalog_.DeleteFact(KeyOf(kClassifier, name));
}

}  // namespace ticklake::lake::crawler
