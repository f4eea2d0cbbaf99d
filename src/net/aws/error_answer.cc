#include "net/aws/error_answer.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <boost/json.hpp>
#include <pugixml.hpp>

namespace ticklake::net {
namespace {

/// "com.amazonaws.glue#EntityNotFoundException:http://…" is EntityNotFoundException.
std::string Bare(std::string_view code) {
  code = code.substr(0, code.find(':'));
  if (const size_t hash = code.rfind('#'); hash != std::string_view::npos) {
    code.remove_prefix(hash + 1);
  }
  return std::string(code);
}

void ReadJson(std::string_view text, AwsFailure& failure) {
  boost::system::error_code error;
  const boost::json::value parsed = boost::json::parse(text, error);
  const auto* object = error ? nullptr : parsed.if_object();
  if (object == nullptr) return;
  for (const auto& [name, value] : *object) {
    if (!value.is_string()) continue;
    if (name == "__type") failure.code = Bare(std::string(value.as_string()));
    if (name == "message" || name == "Message") failure.message = value.as_string();
  }
}

void ReadXml(const std::string& text, AwsFailure& failure) {
  pugi::xml_document document;
  if (!document.load_buffer(text.data(), text.size())) return;
  const pugi::xml_node root = document.document_element();
  const std::string_view name = root.name();
  const pugi::xml_node error = name == "Error" ? root : root.child("Error");
  failure.code = error.child_value("Code");
  failure.message = error.child_value("Message");
}

constexpr std::array kThrottling = {"SlowDown",
                                    "Throttling",
                                    "ThrottlingException",
                                    "ThrottledException",
                                    "RequestThrottled",
                                    "RequestThrottledException",
                                    "TooManyRequestsException",
                                    "RequestLimitExceeded",
                                    "BandwidthLimitExceeded",
                                    "ProvisionedThroughputExceededException"};
constexpr std::array kExpired = {"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"};

bool Has(const auto& codes, const std::string& code) {
  return std::ranges::find(codes, code) != codes.end();
}

/// What to do about a code that says little by itself.
std::string_view Advice(const AwsFailure& failure) {
  if (failure.code == "SignatureDoesNotMatch") return "; check the secret key";
  if (failure.code == "RequestTimeTooSkewed") return "; set this machine's clock";
  if (failure.code == "InvalidAccessKeyId") return "; check AWS_ACCESS_KEY_ID or the profile";
  if (failure.code == "NoSuchBucket") return "; make it first, or correct its name";
  if (failure.status == 301 || failure.code == "AuthorizationHeaderMalformed") {
    return "; set AWS_REGION to the bucket's region";
  }
  if (failure.status == 401 || failure.status == 403) {
    return "; allow it to these credentials (`aws sts get-caller-identity` says whose they are)";
  }
  return "";
}

}  // namespace

AwsFailure ReadFailure(const HttpsAnswer& answer) {
  AwsFailure failure{.status = answer.status, .code = "", .message = ""};
  const size_t first = answer.body.find_first_not_of(" \t\r\n");
  if (first != std::string::npos && answer.body[first] == '<') ReadXml(answer.body, failure);
  if (first != std::string::npos && answer.body[first] == '{') ReadJson(answer.body, failure);
  const auto type = answer.headers.find("x-amzn-errortype");
  if (failure.code.empty() && type != answer.headers.end()) failure.code = Bare(type->second);
  return failure;
}

bool IsThrottling(const AwsFailure& failure) {
  return failure.status == 429 || Has(kThrottling, failure.code);
}

bool IsExpired(const AwsFailure& failure) { return Has(kExpired, failure.code); }

Error ToError(const AwsFailure& failure, const std::string& what) {
  Code code = Code::kInvalid;
  if (IsThrottling(failure) || failure.status >= 500 || failure.status == 408) {
    code = Code::kUnavailable;
  } else if (failure.status == 404) {
    code = Code::kNotFound;
  } else if (failure.status == 401 || failure.status == 403 || IsExpired(failure)) {
    code = Code::kAuth;
  }
  const std::string said = failure.code.empty()      ? fmt::format("HTTP status {}", failure.status)
                           : failure.message.empty() ? failure.code
                                                     : failure.code + ": " + failure.message;
  return {code, fmt::format("{}: {}{}", what, said, Advice(failure))};
}

}  // namespace ticklake::net
