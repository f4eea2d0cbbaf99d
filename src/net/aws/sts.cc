#include "net/aws/sts.h"

#include <pugixml.hpp>

#include "net/aws/error_answer.h"
#include "net/aws/signed_request.h"
#include "net/url.h"

namespace ticklake::net {
namespace {

constexpr std::chrono::milliseconds kTimeout{10'000};
constexpr int kAttempts = 3;
constexpr char kFormType[] = "application/x-www-form-urlencoded; charset=utf-8";

using Form = std::map<std::string, std::string>;

Form FormOf(const Role& role, const char* action) {
  Form form{{"Action", action},
            {"Version", "2011-06-15"},
            {"RoleArn", role.arn},
            {"RoleSessionName", role.session},
            {"DurationSeconds", std::to_string(role.duration_seconds)}};
  if (!role.external_id.empty()) form["ExternalId"] = role.external_id;
  return form;
}

std::string Encode(const Form& form) {
  std::string text;
  for (const auto& [name, value] : form) {
    if (!text.empty()) text += '&';
    text += name + '=' + PercentEncode(value);
  }
  return text;
}

Result<AwsCredentials> ReadAnswer(const HttpsAnswer& answer, const std::string& what,
                                  const std::string& action) {
  if (answer.status != 200) {
    Error error = ToError(ReadFailure(answer), what);
    if (error.code == Code::kInvalid) error.code = Code::kAuth;
    return Fail(std::move(error));
  }
  pugi::xml_document document;
  document.load_buffer(answer.body.data(), answer.body.size());
  const pugi::xml_node found =
      document.document_element().child((action + "Result").c_str()).child("Credentials");
  AwsCredentials credentials{.access_key = found.child_value("AccessKeyId"),
                             .secret_key = found.child_value("SecretAccessKey"),
                             .session_token = found.child_value("SessionToken")};
  if (credentials.access_key.empty() || credentials.secret_key.empty()) {
    return Fail(Code::kAuth, "{}: the answer of STS has no credentials", what);
  }
  TL_ASSIGN(credentials.expires, ParseUtc(found.child_value("Expiration")));
  return credentials;
}

struct StsCall {
  Form form;
  std::string what;
  const AwsCredentials* source = nullptr;  ///< none: unsigned
};

Result<HttpsAnswer> Ask(const CredentialParts& parts, const StsCall& call) {
  const AwsConfig& config = *parts.config;
  const std::string region = config.region.empty() ? "us-east-1" : config.region;
  const std::string endpoint = config.EndpointOf("sts");
  const std::string body = Encode(call.form);
  const AwsRequest request{.service = "sts",
                           .method = "POST",
                           .origin = endpoint.empty() ? "https://sts.amazonaws.com" : endpoint,
                           .headers = {{"content-type", kFormType}},
                           .body = body,
                           .timeout = kTimeout};
  for (int attempt = 1;; ++attempt) {
    HttpsRequest sent{.method = request.method,
                      .url = request.origin + "/",
                      .headers = request.headers,
                      .body = body,
                      .timeout = kTimeout};
    if (call.source != nullptr) {
      sent = SignedRequest(request, *call.source, {region, parts.clock->Now()});
    }
    auto answer = parts.http->Send(sent);
    const bool again = answer ? answer->status >= 500 : answer.error().code != Code::kAuth;
    if (!again || attempt == kAttempts) return answer;
    parts.clock->SleepFor(std::chrono::milliseconds(200 * attempt));
  }
}

}  // namespace

Result<AwsCredentials> AssumeRole(const CredentialParts& parts, const Role& role,
                                  const AwsCredentials& source) {
  const std::string what = "assuming role " + role.arn;
  TL_ASSIGN(const HttpsAnswer answer, Ask(parts, {FormOf(role, "AssumeRole"), what, &source}));
  return ReadAnswer(answer, what, "AssumeRole");
}

Result<AwsCredentials> AssumeRoleWithWebIdentity(const CredentialParts& parts, const Role& role) {
  const std::string what = "assuming role " + role.arn + " by the token in " + role.token_file;
  Form form = FormOf(role, "AssumeRoleWithWebIdentity");
  TL_ASSIGN(form["WebIdentityToken"], ReadTokenFile(parts, role.token_file));
  TL_ASSIGN(const HttpsAnswer answer, Ask(parts, {std::move(form), what}));
  return ReadAnswer(answer, what, "AssumeRoleWithWebIdentity");
}

}  // namespace ticklake::net
