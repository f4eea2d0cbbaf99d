// Tags, resource policies, partition indexes, and what never changes: kept or told, not acted on.

#include <boost/json.hpp>

#include <limits>

#include "aws/glue/data_catalog.h"
#include "aws/glue/shapes.h"
#include "aws/glue/tag_key.h"
#include "base/ascii.h"
#include "base/hash.h"

namespace ticklake::aws::glue {
namespace {

namespace json = boost::json;

constexpr size_t kMaxTags = 50;
constexpr char kIndexKind[] = "partition_index";
constexpr size_t kMaxIndexes = 3;
constexpr TextLimits kPolicyText{2, 10'240, true};

// The policy of one resource, or of the catalog.
catalog::FactKey PolicyKey(const Members& input) {
  const std::string arn = input.Text("ResourceArn", {0, 10'240});
  return {"policy", "", "", arn.empty() ? "catalog" : arn};
}

std::string PolicyText(const catalog::Fact& fact) {
  return std::string(ParseExtra(fact.json)["PolicyInJson"].as_string());
}

}  // namespace

std::vector<DataCatalog::Row> DataCatalog::FactRows() {
  using C = DataCatalog;
  return {{"TagResource", Access::kWrite, &C::TagResource},
          {"UntagResource", Access::kWrite, &C::UntagResource},
          {"GetTags", Access::kRead, &C::GetTags},
          {"PutResourcePolicy", Access::kWrite, &C::PutResourcePolicy},
          {"GetResourcePolicy", Access::kRead, &C::GetResourcePolicy},
          {"DeleteResourcePolicy", Access::kWrite, &C::DeleteResourcePolicy},
          {"CreatePartitionIndex", Access::kWrite, &C::CreatePartitionIndex},
          {"GetPartitionIndexes", Access::kRead, &C::GetPartitionIndexes},
          {"DeletePartitionIndex", Access::kWrite, &C::DeletePartitionIndex},
          {"GetCatalogImportStatus", Access::kRead, &C::GetCatalogImportStatus},
          {"GetDataCatalogEncryptionSettings", Access::kRead, &C::GetDataCatalogEncryptionSettings},
          {"GetConnections", Access::kRead, &C::GetConnections}};
}

AwsResult<catalog::Parameters> DataCatalog::TagsOf(const std::string& arn) {
  TL_ASSIGN(const catalog::FactKey key, TagKey(arn));
  const auto fact = catalog_.GetFact(key);
  if (!fact && fact.error().code == Code::kNotFound) return catalog::Parameters();
  TL_TRY(Checked(fact));
  return json::value_to<catalog::Parameters>(json::value(ParseExtra(fact->json)));
}

AwsResult<> DataCatalog::SaveTags(const std::string& arn, const catalog::Parameters& tags) {
  TL_ASSIGN(const catalog::FactKey key, TagKey(arn));
  if (tags.size() > kMaxTags) {
    return AwsFail(400, "InvalidInputException", "'{}': has more than {} tags", arn, kMaxTags);
  }
  return Checked(catalog_.PutFact({key, json::serialize(json::value_from(tags))},
                                  catalog::FactWrite::kEither));
}

DataCatalog::Answer DataCatalog::TagResource(const Call& call) {
  const Members input(call.input);
  const std::string arn = input.Required("ResourceArn", {1, 10'240});
  const catalog::Parameters added = input.Map("TagsToAdd");
  TL_TRY(input.Check());
  const std::lock_guard lock(facts_);
  TL_ASSIGN(catalog::Parameters tags, TagsOf(arn));
  for (const auto& [name, value] : added) tags[name] = value;
  TL_TRY(SaveTags(arn, tags));
  return json::object();
}

DataCatalog::Answer DataCatalog::UntagResource(const Call& call) {
  const Members input(call.input);
  const std::string arn = input.Required("ResourceArn", {1, 10'240});
  const auto removed = input.Strings("TagsToRemove", kMaxTags);
  TL_TRY(input.Check());
  const std::lock_guard lock(facts_);
  TL_ASSIGN(catalog::Parameters tags, TagsOf(arn));
  for (const std::string& name : removed) tags.erase(name);
  TL_TRY(SaveTags(arn, tags));
  return json::object();
}

DataCatalog::Answer DataCatalog::GetTags(const Call& call) {
  const Members input(call.input);
  const std::string arn = input.Required("ResourceArn", {1, 10'240});
  TL_TRY(input.Check());
  TL_ASSIGN(const catalog::Parameters tags, TagsOf(arn));
  return json::object{{"Tags", json::value_from(tags)}};
}

DataCatalog::Answer DataCatalog::PutResourcePolicy(const Call& call) {
  const Members input(call.input);
  const catalog::FactKey key = PolicyKey(input);
  const std::string text = input.Required("PolicyInJson", kPolicyText);
  const std::string hash = input.Text("PolicyHashCondition");
  const std::string condition = input.Text("PolicyExistsCondition");
  TL_TRY(input.Check());
  const std::lock_guard lock(facts_);
  const auto stored = catalog_.GetFact(key);
  if (condition == "MUST_EXIST" && !stored) {
    return AwsFail(400, "EntityNotFoundException", "Policy not found.");
  }
  if ((condition == "NOT_EXIST" && stored) ||
      (!hash.empty() && (!stored || hash != Md5Hex(PolicyText(*stored))))) {
    return AwsFail(400, "ConditionCheckFailureException",
                   "the policy is not as the condition says; read it again");
  }
  const json::object kept{{"PolicyInJson", text}};
  TL_TRY(Checked(catalog_.PutFact({key, json::serialize(kept)}, catalog::FactWrite::kEither)));
  return json::object{{"PolicyHash", Md5Hex(text)}};
}

DataCatalog::Answer DataCatalog::GetResourcePolicy(const Call& call) {
  const Members input(call.input);
  const catalog::FactKey key = PolicyKey(input);
  TL_TRY(input.Check());
  const auto fact = catalog_.GetFact(key);
  if (!fact && fact.error().code == Code::kNotFound) {
    return AwsFail(400, "EntityNotFoundException", "Policy not found.");
  }
  TL_TRY(Checked(fact));
  const std::string text = PolicyText(*fact);
  return json::object{{"PolicyInJson", text},
                      {"PolicyHash", Md5Hex(text)},
                      {"CreateTime", Seconds(fact->create_time)},
                      {"UpdateTime", Seconds(fact->update_time)}};
}

DataCatalog::Answer DataCatalog::DeleteResourcePolicy(const Call& call) {
  const Members input(call.input);
  const catalog::FactKey key = PolicyKey(input);
  const std::string hash = input.Text("PolicyHashCondition");
  TL_TRY(input.Check());
  const std::lock_guard lock(facts_);
  const auto stored = catalog_.GetFact(key);
  if (!stored) return AwsFail(400, "EntityNotFoundException", "Policy not found.");
  if (!hash.empty() && hash != Md5Hex(PolicyText(*stored))) {
    return AwsFail(400, "ConditionCheckFailureException",
                   "the policy is not as the condition says; read it again");
  }
  TL_TRY(Checked(catalog_.DeleteFact(key)));
  return json::object();
}

AwsResult<> DataCatalog::SavePartitionIndex(const catalog::Table& table, const Members& index) {
  const std::string name = index.Required("IndexName");
  const auto keys = index.Strings("Keys", 100);
  TL_TRY(index.Check());
  json::array elements;
  for (const std::string& wanted : keys) {
    const auto named = [&](const auto& key) { return AsciiLower(key.name) == AsciiLower(wanted); };
    const auto at = std::ranges::find_if(table.partition_keys, named);
    if (at == table.partition_keys.end()) {
      return AwsFail(400, "InvalidInputException", "'{}': is no partition key of '{}.{}'", wanted,
                     table.database, table.name);
    }
    elements.push_back(json::object{{"Name", at->name}, {"Type", at->type}});
  }
  const std::lock_guard lock(facts_);
  TL_ASSIGN(const auto indexes, FactsOf({{kIndexKind, table.database, table.name, ""}}));
  if (indexes.size() >= kMaxIndexes) {
    return AwsFail(400, "ResourceNumberLimitExceededException",
                   "table '{}.{}': has {} partition indexes already", table.database, table.name,
                   kMaxIndexes);
  }
  const json::object kept{{"Keys", std::move(elements)}};
  const auto made =
      catalog_.PutFact({{kIndexKind, table.database, table.name, name}, json::serialize(kept)},
                       catalog::FactWrite::kNew);
  if (!made && made.error().code == Code::kAlreadyExists) {
    return AwsFail(400, "AlreadyExistsException", "Partition index already exists.");
  }
  return Checked(made);
}

DataCatalog::Answer DataCatalog::CreatePartitionIndex(const Call& call) {
  const Members input(call.input);
  const Members index = input.RequiredObject("PartitionIndex");
  TL_ASSIGN(const catalog::Table table, TableOf(input));
  TL_TRY(SavePartitionIndex(table, index));
  return json::object();
}

DataCatalog::Answer DataCatalog::GetPartitionIndexes(const Call& call) {
  TL_ASSIGN(const catalog::Table table, TableOf(Members(call.input)));
  TL_ASSIGN(const auto indexes, FactsOf({{kIndexKind, table.database, table.name, ""}}));
  json::array shown;
  for (const catalog::Fact& fact : indexes) {
    json::object index = ParseExtra(fact.json);
    index["IndexName"] = fact.key.name;
    index["IndexStatus"] = "ACTIVE";
    shown.push_back(std::move(index));
  }
  return json::object{{"PartitionIndexDescriptorList", std::move(shown)}};
}

DataCatalog::Answer DataCatalog::DeletePartitionIndex(const Call& call) {
  const Members input(call.input);
  const std::string name = input.Required("IndexName");
  TL_ASSIGN(const catalog::Table table, TableOf(input));
  const auto deleted = catalog_.DeleteFact({kIndexKind, table.database, table.name, name});
  if (!deleted && deleted.error().code == Code::kNotFound) {
    return AwsFail(400, "EntityNotFoundException", "Partition index {} not found.", name);
  }
  TL_TRY(Checked(deleted));
  return json::object();
}

DataCatalog::Answer DataCatalog::GetCatalogImportStatus(const Call&) {
  return json::object{{"ImportStatus", json::object{{"ImportCompleted", true}}}};
}

DataCatalog::Answer DataCatalog::GetDataCatalogEncryptionSettings(const Call&) {
  return json::object{
      {"DataCatalogEncryptionSettings",
       json::object{
           {"EncryptionAtRest", json::object{{"CatalogEncryptionMode", "DISABLED"}}},
           {"ConnectionPasswordEncryption",
            json::object{{"ReturnConnectionPasswordEncrypted", false}}},
       }}};
}

DataCatalog::Answer DataCatalog::GetConnections(const Call&) {
  return json::object{{"ConnectionList", json::array()}};
}

}  // namespace ticklake::aws::glue
