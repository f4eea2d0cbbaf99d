// AwsClient: signed requests to services that speak AWS's protocols, tried again where that is
// safe.
//
// Reads where to send and who sends from the standard variables and files (aws_config.h,
// credentials.h). Threading: Send from any number of threads. Invariants: what may be done only
// once (`once`) is sent again only after an answer that says that nothing was done. Does not: know
// what a service does, or its answers' form.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/fs.h"
#include "base/result.h"
#include "net/aws/aws_config.h"
#include "net/aws/credentials.h"
#include "net/https_client.h"
#include "net/retry.h"

namespace ticklake::net {

struct AwsRequest {
  std::string service;  ///< of the signature: "s3", "glue"
  std::string method = "GET";
  std::string origin;                        ///< "https://bucket.s3.eu-west-1.amazonaws.com"
  std::string path = "/";                    ///< not escaped
  std::map<std::string, std::string> query;  ///< not escaped
  std::vector<std::pair<std::string, std::string>> headers;
  std::string_view body;  ///< the caller's
  bool once = false;      ///< may be done only once: never sent again when the outcome is not known
  std::chrono::milliseconds timeout{0};  ///< of one attempt; 0: none
};

struct AwsClientOptions {
  Environment environment = ProcessEnvironment();
  RetryPolicy retry;
  HttpsOptions http;
};

class AwsClient {
 public:
  /// `fs` (the AWS files) and `clock` outlive it. kInvalid: a setting that is wrong, by name.
  static Result<std::unique_ptr<AwsClient>> Open(FileSystem& fs, const Clock& clock,
                                                 AwsClientOptions options = {});
  AwsClient(const AwsClient&) = delete;
  AwsClient& operator=(const AwsClient&) = delete;

  const AwsConfig& config() const { return config_; }
  const Clock& clock() const { return clock_; }
  /// The region of signatures; us-east-1 where only an endpoint is set.
  std::string Region() const;
  /// config().EndpointOf; kInvalid with advice where neither endpoint nor region is known.
  Result<std::string> EndpointOf(const std::string& service) const;

  /// The answer, whatever its status, once trying again does not help. Errors: kAuth
  /// (credentials), kUnavailable (nothing was sent), kTimeout and kOutcomeUnknown (it was).
  Result<HttpsAnswer> Send(const AwsRequest& request);

 private:
  AwsClient(FileSystem& fs, const Clock& clock, AwsClientOptions options, AwsConfig config);
  Result<HttpsAnswer> SendOnce(const AwsRequest& request, const AwsCredentials& credentials);

  const Clock& clock_;
  const RetryPolicy policy_;
  const AwsConfig config_;
  HttpsClient http_;
  HttpsClient local_;
  RetryBudget budget_;
  CredentialChain credentials_;
};

}  // namespace ticklake::net
