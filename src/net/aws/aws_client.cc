#include "net/aws/aws_client.h"

#include "net/aws/error_answer.h"
#include "net/aws/signed_request.h"

namespace ticklake::net {
namespace {

HttpsOptions ToServices(HttpsOptions options, const AwsConfig& config) {
  if (!config.ca_bundle.empty()) options.ca_bundle = config.ca_bundle;
  return options;
}

HttpsOptions ToThisMachine() {
  HttpsOptions options;
  options.connect_timeout = std::chrono::milliseconds(1'000);
  options.use_proxy = false;
  options.max_idle = 1;
  return options;
}

/// Whether the attempt may be repeated, and is worth it.
bool MayRepeat(const AwsRequest& request, const Result<HttpsAnswer>& answer) {
  if (!answer) {
    const Code code = answer.error().code;
    if (code == Code::kUnavailable) return true;
    return !request.once && (code == Code::kTimeout || code == Code::kOutcomeUnknown);
  }
  if (answer->status < 400) return false;
  return IsThrottling(ReadFailure(*answer)) || (!request.once && IsRetryable(answer->status));
}

}  // namespace

AwsClient::AwsClient(FileSystem& fs, const Clock& clock, AwsClientOptions options, AwsConfig config)
    : clock_(clock),
      policy_(options.retry),
      config_(std::move(config)),
      http_(ToServices(options.http, config_)),
      local_(ToThisMachine()),
      credentials_({.environment = std::move(options.environment),
                    .config = &config_,
                    .fs = &fs,
                    .clock = &clock,
                    .http = &http_,
                    .local = &local_}) {}

Result<std::unique_ptr<AwsClient>> AwsClient::Open(FileSystem& fs, const Clock& clock,
                                                   AwsClientOptions options) {
  TL_ASSIGN(AwsConfig config, LoadAwsConfig(options.environment, fs));
  return std::unique_ptr<AwsClient>(
      new AwsClient(fs, clock, std::move(options), std::move(config)));
}

std::string AwsClient::Region() const {
  return config_.region.empty() ? "us-east-1" : config_.region;
}

Result<std::string> AwsClient::EndpointOf(const std::string& service) const {
  std::string endpoint = config_.EndpointOf(service);
  if (!endpoint.empty()) return endpoint;
  return Fail(Code::kInvalid,
              "AWS {}: no region is known; set AWS_REGION, or `region` of the profile '{}', or "
              "AWS_ENDPOINT_URL for another service",
              service, config_.profile);
}

Result<HttpsAnswer> AwsClient::SendOnce(const AwsRequest& request,
                                        const AwsCredentials& credentials) {
  return http_.Send(SignedRequest(request, credentials, {Region(), clock_.Now()}));
}

Result<HttpsAnswer> AwsClient::Send(const AwsRequest& request) {
  Retrier retrier(policy_, clock_, budget_);
  bool renewed = false;
  while (true) {
    TL_ASSIGN(const AwsCredentials credentials, credentials_.Get());
    Result<HttpsAnswer> answer = SendOnce(request, credentials);
    if (answer && answer->status < 400) {
      budget_.Earn();
      return answer;
    }
    if (answer && !renewed && IsExpired(ReadFailure(*answer))) {
      renewed = true;
      credentials_.Forget(credentials);
      continue;
    }
    if (!MayRepeat(request, answer)) return answer;
    const auto wait = answer ? RetryAfter(answer->headers, clock_) : std::nullopt;
    if (!retrier.Again(wait)) return answer;
  }
}

}  // namespace ticklake::net
