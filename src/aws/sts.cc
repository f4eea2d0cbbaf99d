#include "aws/sts.h"

#include "net/url.h"

namespace ticklake::aws {
namespace {

constexpr size_t kMaxForm = 64 << 10;  // bytes
constexpr char kNamespace[] = "https://sts.amazonaws.com/doc/2011-06-15/";

// A form's value; "" if it has none of that name.
std::string ValueOf(const std::string& form, const std::string& name) {
  const auto parsed = net::ParseTarget("/?" + form);
  if (!parsed) return "";
  const auto found = parsed->query.find(name);
  return found == parsed->query.end() ? "" : found->second;
}

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      default: out += c;
    }
  }
  return out;
}

}  // namespace

void StsService::Serve(const Request& request, net::HttpReply& reply) {
  const auto form = ReadAll(request.payload, kMaxForm);
  if (!form) return Refuse(request.http, form.error(), request.id, reply);
  const std::string action = ValueOf(*form, "Action");
  if (action != "GetCallerIdentity") {
    return Refuse(
        request.http,
        {400, "InvalidAction", fmt::format("{}: STS has no such operation here", action), {}},
        request.id, reply);
  }
  reply.Send(200, "text/xml",
             fmt::format("<GetCallerIdentityResponse xmlns=\"{}\"><GetCallerIdentityResult>"
                         "<Arn>{}</Arn><UserId>{}</UserId><Account>{}</Account>"
                         "</GetCallerIdentityResult><ResponseMetadata><RequestId>{}</RequestId>"
                         "</ResponseMetadata></GetCallerIdentityResponse>",
                         kNamespace, Escaped(request.caller.arn), Escaped(request.caller.user_id),
                         kAccount, request.id));
}

void StsService::Refuse(const net::HttpRequest& /*http*/, const AwsError& error,
                        const std::string& id, net::HttpReply& reply) {
  reply.Send(error.status, "text/xml",
             fmt::format("<ErrorResponse xmlns=\"{}\"><Error><Type>{}</Type><Code>{}</Code>"
                         "<Message>{}</Message></Error><RequestId>{}</RequestId></ErrorResponse>",
                         kNamespace, error.status < 500 ? "Sender" : "Receiver", error.code,
                         Escaped(error.message), id));
}

}  // namespace ticklake::aws
