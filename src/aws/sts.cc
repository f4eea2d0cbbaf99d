#include "aws/sts.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "aws/aws_try.h"
#include "aws/sessions.h"
#include "aws/xml_writer.h"
#include "net/url.h"

namespace ticklake::aws {
namespace {

constexpr size_t kMaxForm = 64 << 10;  // bytes
constexpr char kNamespace[] = "https://sts.amazonaws.com/doc/2011-06-15/";

std::string ValueOf(const std::map<std::string, std::string>& form, const std::string& name) {
  const auto found = form.find(name);
  return found == form.end() ? "" : found->second;
}

std::unexpected<AwsError> Invalid(std::string_view name, std::string_view value,
                                  std::string_view why) {
  return AwsFail(400, "ValidationError", "Value '{}' at '{}' failed to satisfy constraint: {}",
                 value, name, why);
}

// What AWS allows in names of roles (from 1 character on) and sessions (from 2).
bool IsName(std::string_view text, size_t least) {
  constexpr std::string_view kMarks = "_+=,.@-";
  return text.size() >= least && text.size() <= 64 && std::ranges::all_of(text, [&](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  kMarks.contains(c);
         });
}

// "arn:aws:iam::000000000000:role/path/NAME"
struct Role {
  std::string account;
  std::string name;
};

AwsResult<Role> RoleOf(const std::string& arn) {
  const auto wrong = [&arn] {
    return Invalid("roleArn", arn, "an ARN like arn:aws:iam::000000000000:role/NAME");
  };
  const size_t account = arn.find(":iam::");
  const size_t role = arn.find(":role/");
  if (!arn.starts_with("arn:") || account == std::string::npos || role == std::string::npos ||
      role < account + 6 || arn.size() > 2048) {
    return wrong();
  }
  Role result{.account = arn.substr(account + 6, role - account - 6),
              .name = arn.substr(arn.rfind('/') + 1)};
  if (result.account.size() != 12 || !IsName(result.name, 1)) return wrong();
  return result;
}

// The same for the same role, always.
std::string RoleId(const Role& role) {
  std::string id = net::Sha256Hex(role.account + "/" + role.name).substr(0, 17);
  std::ranges::transform(id, id.begin(), [](unsigned char c) { return std::toupper(c); });
  return "AROA" + id;
}

}  // namespace

AwsResult<void> StsService::Credentials(const Form& form, const Caller& caller,
                                        const Caller& session, XmlWriter& xml) {
  constexpr int64_t kDefault = 3600;
  constexpr int64_t kLeast = 900;
  constexpr int64_t kMost = 129'600;
  int64_t seconds = kDefault;
  const std::string asked = ValueOf(form, "DurationSeconds");
  if (!asked.empty()) {
    const auto [end, error] = std::from_chars(asked.data(), asked.data() + asked.size(), seconds);
    if (error != std::errc() || end != asked.data() + asked.size() || seconds < kLeast ||
        seconds > kMost) {
      return Invalid("durationSeconds", asked,
                     fmt::format("a number from {} to {}", kLeast, kMost));
    }
  }
  // Whole seconds, as the answer tells it.
  const Nanos now = clock_.Now() / kNanosPerSecond * kNanosPerSecond;
  const Session facts{.access_key = NewKeyId("ASIA"),
                      .parent = caller.access_key,
                      .arn = session.arn,
                      .user_id = session.user_id,
                      .expires = now + seconds * kNanosPerSecond};
  const SessionCredentials made = MakeSession(auth_.SessionKey(), facts);
  xml.Open("Credentials").Text("AccessKeyId", facts.access_key);
  xml.Text("SecretAccessKey", made.secret).Text("SessionToken", made.token);
  xml.Text("Expiration", FormatUtc(facts.expires)).Close();
  return {};
}

AwsResult<void> StsService::AssumeRole(const Form& form, const Caller& caller, XmlWriter& xml) {
  for (const auto& [name, value] : form) {
    if (name != "Policy" && !name.starts_with("PolicyArns.")) continue;
    return AwsFail(400, "PackedPolicyTooLarge",
                   "{}: session policies are not enforced here, so they are refused; make a key "
                   "that may do less with `ticklake keys create --scope`, or leave it out",
                   name);
  }
  AWS_ASSIGN(const Role role, RoleOf(ValueOf(form, "RoleArn")));
  const std::string name = ValueOf(form, "RoleSessionName");
  if (!IsName(name, 2)) {
    return Invalid("roleSessionName", name, "2 to 64 of A-Z, a-z, 0-9 and _+=,.@-");
  }
  Caller session;
  session.arn = fmt::format("arn:aws:sts::{}:assumed-role/{}/{}", role.account, role.name, name);
  session.user_id = fmt::format("{}:{}", RoleId(role), name);
  AWS_TRY(Credentials(form, caller, session, xml));
  xml.Open("AssumedRoleUser").Text("AssumedRoleId", session.user_id).Text("Arn", session.arn);
  xml.Close().Number("PackedPolicySize", 0);
  return {};
}

AwsResult<void> StsService::Do(const std::string& action, const Form& form, const Caller& caller,
                               XmlWriter& xml) {
  if (action == "GetCallerIdentity") {
    xml.Text("Arn", caller.arn).Text("UserId", caller.user_id).Text("Account", kAccount);
    return {};
  }
  if (action == "GetAccessKeyInfo") {
    xml.Text("Account", kAccount);
    return {};
  }
  if (action != "AssumeRole" && action != "GetSessionToken") {
    return AwsFail(400, "InvalidAction",
                   "Could not find operation {} for version 2011-06-15: here are "
                   "GetCallerIdentity, AssumeRole, GetSessionToken and GetAccessKeyInfo",
                   action);
  }
  if (caller.access_key.starts_with("ASIA")) {
    return AwsFail(403, "AccessDenied",
                   "{} cannot be called with the credentials of a session: use the key itself",
                   action);
  }
  return action == "AssumeRole" ? AssumeRole(form, caller, xml)
                                : Credentials(form, caller, caller, xml);
}

void StsService::Serve(const Request& request, net::HttpReply& reply) {
  const auto answer = [&]() -> AwsResult<std::string> {
    AWS_ASSIGN(const std::string text, ReadAll(request.payload, kMaxForm));
    const auto parsed = net::ParseTarget("/?" + text);
    if (!parsed) return AwsFail(400, "MalformedQueryString", "{}", parsed.error().message);
    Form form = request.http.query;
    for (const auto& [name, value] : parsed->query) form[name] = value;
    const std::string action = ValueOf(form, "Action");
    XmlWriter xml(action + "Response", kNamespace);
    xml.Open(action + "Result");
    AWS_TRY(Do(action, form, request.caller, xml));
    xml.Close().Open("ResponseMetadata").Text("RequestId", request.id);
    return xml.Finish();
  }();
  if (!answer) return Refuse(request.http, answer.error(), request.id, reply);
  reply.AddField("x-amzn-RequestId", request.id);
  reply.Send(200, "text/xml", *answer);
}

void StsService::Refuse(const net::HttpRequest& /*http*/, const AwsError& error,
                        const std::string& id, net::HttpReply& reply) {
  reply.AddField("x-amzn-RequestId", id);
  XmlWriter xml("ErrorResponse", kNamespace);
  xml.Open("Error").Text("Type", error.status < 500 ? "Sender" : "Receiver");
  xml.Text("Code", error.code).Text("Message", error.message).Close().Text("RequestId", id);
  reply.Send(error.status, "text/xml", xml.Finish());
}

}  // namespace ticklake::aws
