#include "aws/glue/glue_service.h"

#include <boost/json.hpp>

#include "aws/glue/members.h"
#include "base/ascii.h"
#include "base/json.h"
#include "base/log.h"

namespace ticklake::aws::glue {
namespace {

namespace json = boost::json;

constexpr char kContentType[] = "application/x-amz-json-1.1";
constexpr char kTargetPrefix[] = "AWSGlue.";
// The catalog keeps what is extra some levels deeper, and reads 32 of them.
constexpr size_t kMaxDepth = 24;

AwsResult<json::object> ParseInput(std::string_view body) {
  json::parse_options options;
  options.max_depth = kMaxDepth;
  boost::system::error_code error;
  json::value value = ParseJson(body.empty() ? "{}" : body, error, options);
  if (error) {
    return AwsFail(400, "SerializationException", "the request's body is no JSON: {}",
                   error.message());
  }
  if (!value.is_object()) {
    return AwsFail(400, "SerializationException", "the request's body is no JSON object");
  }
  return std::move(value.get_object());
}

std::string TextOf(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

// The database that an operation is about; "" if it is about none.
std::string DatabaseOf(const Operation& operation, const json::object& input) {
  const std::string named = TextOf(input, "DatabaseName");
  if (!named.empty()) return AsciiLower(named);
  if (!operation.name.ends_with("Database")) return "";
  const std::string name = TextOf(input, "Name");
  if (!name.empty()) return AsciiLower(name);
  const json::value* database = input.if_contains("DatabaseInput");
  if (database == nullptr || !database->is_object()) return "";
  return AsciiLower(TextOf(database->get_object(), "Name"));
}

// Lists show a key of one database only that.
bool IsFilteredByScope(std::string_view operation) {
  return operation == "GetDatabases" || operation == "SearchTables" ||
         operation == "GetUserDefinedFunctions";
}

void SetCatalog(json::value& entry, const std::string& id) {
  if (!entry.is_object()) return;
  json::object& object = entry.get_object();
  if (object.contains("CatalogId")) object["CatalogId"] = id;
  if (json::value* table = object.if_contains("Table")) SetCatalog(*table, id);  // of a version
}

// There is one catalog, whatever clients call it; they find its entries under the name they use.
void ShowCatalogAs(const std::string& id, json::object& answer) {
  if (id.empty() || id == kAccount) return;
  for (auto& member : answer) {
    SetCatalog(member.value(), id);
    if (!member.value().is_array()) continue;
    for (json::value& entry : member.value().get_array()) SetCatalog(entry, id);
  }
}

AwsResult<> CheckAccess(const Operation& operation, const Call& call) {
  const Caller& caller = call.caller;
  if (caller.read_only && operation.access == Access::kWrite) {
    return AwsFail(400, "AccessDeniedException",
                   "User: {} is not authorized to perform: glue:{}: its key only reads; ask for "
                   "one that writes",
                   caller.arn, operation.name);
  }
  if (!caller.scope) return {};
  const std::string database = DatabaseOf(operation, call.input);
  if (database == *caller.scope) return {};
  if (database.empty() && IsFilteredByScope(operation.name)) return {};
  return AwsFail(400, "AccessDeniedException",
                 "User: {} is not authorized to perform: glue:{}: its key is for database '{}' "
                 "only",
                 caller.arn, operation.name, *caller.scope);
}

}  // namespace

GlueService::GlueService(std::vector<Operation> operations) {
  std::vector<Operation> refused = RefusedOperations();
  for (Operation& operation : refused) {
    operations_.emplace(operation.name, std::move(operation));
  }
  for (Operation& operation : operations) {
    operations_.insert_or_assign(operation.name, std::move(operation));
  }
}

AwsResult<std::string> GlueService::Answer(std::string_view target, std::string_view body,
                                           const Caller& caller) const {
  if (target.starts_with(kTargetPrefix)) target.remove_prefix(sizeof kTargetPrefix - 1);
  const auto at = operations_.find(target);
  if (at == operations_.end()) {
    return AwsFail(400, "UnknownOperationException", "'{}': is no operation of AWS Glue", target);
  }
  const Operation& operation = at->second;
  if (!operation.handler) {
    return AwsFail(400, "OperationNotSupportedException", "glue:{}: {}", operation.name,
                   operation.why);
  }
  TL_ASSIGN(const json::object input, ParseInput(body));
  const Call call{caller, input};
  TL_TRY(CheckAccess(operation, call));
  TL_ASSIGN(json::object answer, operation.handler(call));
  ShowCatalogAs(TextOf(input, "CatalogId"), answer);
  return json::serialize(answer);
}

void GlueService::Serve(const Request& request, net::HttpReply& reply) {
  const auto target = request.http.headers.find("x-amz-target");
  const std::string name = target == request.http.headers.end() ? "" : target->second;
  const auto body = ReadAll(request.payload, kMaxBody);
  if (!body) return Refuse(request.http, body.error(), request.id, reply);
  const auto answer = Answer(name, *body, request.caller);
  if (!answer) return Refuse(request.http, answer.error(), request.id, reply);
  reply.AddField("x-amzn-RequestId", request.id);
  reply.Send(200, kContentType, *answer);
}

void GlueService::Refuse(const net::HttpRequest&, const AwsError& error, const std::string& id,
                         net::HttpReply& reply) {
  if (error.status >= 500) spdlog::warn("Glue: request {}: {}", id, error.message);
  reply.AddField("x-amzn-RequestId", id);
  reply.AddField("x-amzn-ErrorType", error.code);
  reply.Send(error.status, kContentType,
             json::serialize(json::object{{"__type", error.code}, {"Message", error.message}}));
}

}  // namespace ticklake::aws::glue
