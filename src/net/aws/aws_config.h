// AwsConfig: what the standard AWS_* variables and the files ~/.aws/config and ~/.aws/credentials
// say: profile, region, endpoints, CA bundle.
//
// The variables go before the files, as for AWS's own tools. Threading: plain values. Does not:
// find credentials (credentials.h), or know what a service is.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/fs.h"
#include "base/result.h"

namespace ticklake::net {

/// The value of an environment variable that is set and not empty.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// This process's.
Environment ProcessEnvironment();

/// One profile's settings, by name; those of a nested block as "s3.endpoint_url".
using ProfileSettings = std::map<std::string, std::string>;

struct AwsConfig {
  std::string profile;  ///< AWS_PROFILE, else "default"
  bool profile_named = false;
  std::string region;  ///< "" where nothing says it
  std::string ca_bundle;
  /// By profile; what the credentials file says goes before the config file.
  std::map<std::string, ProfileSettings> profiles;
  std::map<std::string, std::string> endpoints;  ///< by service ("s3"); "" is that of all others

  /// The setting of a profile, "" where there is none.
  std::string Setting(const std::string& of_profile, const std::string& name) const;
  /// The URL to send to, without a final '/': the endpoint that was set for the service, or for
  /// all, else AWS's in `region`. "": AWS's, and no region is known.
  std::string EndpointOf(const std::string& service) const;
  /// Some endpoint was set, so that requests do not go to AWS itself.
  bool HasEndpoint(const std::string& service) const;
};

/// kInvalid names file and line of what is no setting, or the AWS_PROFILE that no file has. Missing
/// files are fine.
Result<AwsConfig> LoadAwsConfig(const Environment& environment, FileSystem& fs);

/// The sections of such a file: "[default]", "[profile NAME]", "[services NAME]", "[NAME]".
Result<std::map<std::string, ProfileSettings>> ParseAwsFile(std::string_view text,
                                                            const std::string& path);

}  // namespace ticklake::net
