#include "catalog/glue_client.h"

#include "base/json.h"
#include "net/aws/error_answer.h"

namespace ticklake::catalog {
namespace {

constexpr std::chrono::milliseconds kTimeout{60'000};
constexpr char kType[] = "application/x-amz-json-1.1";

Error ErrorOf(const GlueCall& call, const net::HttpsAnswer& answer) {
  const net::AwsFailure failure = net::ReadFailure(answer);
  const std::string what = fmt::format("Glue {}: {}", call.operation, call.what);
  Error error = net::ToError(failure, what);
  const bool throttled = net::IsThrottling(failure);
  if (!throttled && failure.status < 500) error.code = CodeOfGlue(failure.code);
  // It may have been done before it failed.
  const bool in_doubt = failure.status >= 500 || failure.code == "OperationTimeoutException";
  if (call.once && !throttled && in_doubt) error.code = Code::kOutcomeUnknown;
  return error;
}

}  // namespace

Code CodeOfGlue(std::string_view code) {
  if (code == "EntityNotFoundException") return Code::kNotFound;
  if (code == "AlreadyExistsException") return Code::kAlreadyExists;
  if (code == "ConcurrentModificationException" || code == "VersionMismatchException") {
    return Code::kConflict;
  }
  if (code == "AccessDeniedException" || code == "UnrecognizedClientException" ||
      code == "InvalidSignatureException" || code == "MissingAuthenticationTokenException" ||
      code == "IncompleteSignatureException" || code == "ExpiredTokenException") {
    return Code::kAuth;
  }
  if (code == "OperationTimeoutException" || code == "InternalServiceException") {
    return Code::kUnavailable;
  }
  return Code::kInvalid;
}

const boost::json::object& ObjectIn(const boost::json::object& parent, std::string_view name) {
  static const boost::json::object kNone;
  const boost::json::value* value = parent.if_contains(name);
  return value != nullptr && value->is_object() ? value->get_object() : kNone;
}

const boost::json::array& ArrayIn(const boost::json::object& parent, std::string_view name) {
  static const boost::json::array kNone;
  const boost::json::value* value = parent.if_contains(name);
  return value != nullptr && value->is_array() ? value->get_array() : kNone;
}

Result<GlueClient> GlueClient::Open(net::AwsClient& client) {
  TL_ASSIGN(std::string origin, client.EndpointOf("glue"));
  return GlueClient(client, std::move(origin));
}

Result<boost::json::object> GlueClient::Call(const GlueCall& call,
                                             const boost::json::object& input) {
  const std::string body = boost::json::serialize(input);
  auto answer = client_->Send(
      {.service = "glue",
       .method = "POST",
       .origin = origin_,
       .headers = {{"content-type", kType}, {"x-amz-target", "AWSGlue." + call.operation}},
       .body = body,
       .once = call.once,
       .timeout = kTimeout});
  if (!answer) {
    Error error = answer.error().Within(fmt::format("Glue {}: {}", call.operation, call.what));
    if (call.once && error.code == Code::kTimeout) error.code = Code::kOutcomeUnknown;
    return Fail(std::move(error));
  }
  if (answer->status >= 300) return Fail(ErrorOf(call, *answer));
  boost::system::error_code error;
  const boost::json::value parsed = ParseJson(answer->body, error);
  if (!error && parsed.is_object()) return parsed.get_object();
  if (answer->body.empty()) return boost::json::object();
  return Fail(call.once ? Code::kOutcomeUnknown : Code::kCorrupt,
              "Glue {}: {}: the answer is no JSON object; is the address that of Glue?",
              call.operation, call.what);
}

}  // namespace ticklake::catalog
