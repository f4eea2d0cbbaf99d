#include "net/aws/aws_config.h"
#include "base/ascii.h"

#include <algorithm>
#include <cstdlib>

namespace ticklake::net {
namespace {

constexpr std::string_view kBlank = " \t\r";

std::string WithoutSlash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

std::string HomeFile(const Environment& environment, const char* variable, const char* name) {
  if (const auto path = environment(variable)) return *path;
  const auto home = environment("HOME");
  return home ? JoinPath(*home, name) : "";
}

using Sections = std::map<std::string, ProfileSettings>;

Result<Sections> ReadAwsFile(FileSystem& fs, const std::string& path) {
  if (path.empty()) return Sections();
  TL_ASSIGN(const bool exists, fs.Exists(path));
  if (!exists) return Sections();
  TL_ASSIGN(const std::string text, fs.ReadFile(path));
  return ParseAwsFile(text, path);
}

/// The name of a section's profile; "" for what is none ("services x", "sso-session x").
std::string ProfileName(const std::string& section, bool config_file) {
  if (!config_file || section == "default") return section;
  constexpr std::string_view kProfile = "profile ";
  if (!section.starts_with(kProfile)) return "";
  return std::string(Trimmed(std::string_view(section).substr(kProfile.size())));
}

constexpr std::string_view kEndpointUrl = "endpoint_url";

void AddEndpoints(const Environment& environment, const Sections& file, AwsConfig& config) {
  const bool ignored =
      AsciiLower(environment("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").value_or("")) == "true";
  if (ignored) return;
  const auto set = [&config](const std::string& service, const std::string& url) {
    if (!url.empty()) config.endpoints[service] = WithoutSlash(url);
  };
  set("", config.Setting(config.profile, std::string(kEndpointUrl)));
  const auto services = file.find("services " + config.Setting(config.profile, "services"));
  for (const std::string service : {"s3", "glue", "sts"}) {
    if (services != file.end()) {
      const auto found = services->second.find(service + "." + std::string(kEndpointUrl));
      if (found != services->second.end()) set(service, found->second);
    }
  }
  const std::string all = environment("AWS_ENDPOINT_URL").value_or("");
  if (!all.empty()) config.endpoints.clear();  // the environment goes before the files
  set("", all);
  set("s3", environment("AWS_ENDPOINT_URL_S3").value_or(""));
  set("glue", environment("AWS_ENDPOINT_URL_GLUE").value_or(""));
  set("sts", environment("AWS_ENDPOINT_URL_STS").value_or(""));
}

}  // namespace

Environment ProcessEnvironment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr || *value == '\0') return std::nullopt;
    return value;
  };
}

std::string AwsConfig::Setting(const std::string& of_profile, const std::string& name) const {
  const auto settings = profiles.find(of_profile);
  if (settings == profiles.end()) return "";
  const auto found = settings->second.find(name);
  return found == settings->second.end() ? "" : found->second;
}

bool AwsConfig::HasEndpoint(const std::string& service) const {
  return endpoints.contains(service) || endpoints.contains("");
}

std::string AwsConfig::EndpointOf(const std::string& service) const {
  for (const std::string& name : {service, std::string()}) {
    if (const auto found = endpoints.find(name); found != endpoints.end()) return found->second;
  }
  if (region.empty()) return "";
  const bool china = region.starts_with("cn-");
  return fmt::format("https://{}.{}.amazonaws.com{}", service, region, china ? ".cn" : "");
}

Result<Sections> ParseAwsFile(std::string_view text, const std::string& path) {
  Sections sections;
  ProfileSettings* section = nullptr;
  std::string outer;  // of a nested block
  int number = 0;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    ++number;
    const std::string_view content = Trimmed(line);
    if (content.empty() || content.front() == '#' || content.front() == ';') continue;
    if (content.front() == '[' && content.back() == ']') {
      section = &sections[std::string(Trimmed(content.substr(1, content.size() - 2)))];
      outer.clear();
      continue;
    }
    const size_t equals = content.find('=');
    if (equals == std::string_view::npos || equals == 0 || section == nullptr) {
      // Without the line itself, which may be half of a secret.
      return Fail(Code::kInvalid, "{}: line {}: no NAME = VALUE below a [section]; correct it",
                  path, number);
    }
    const std::string name = AsciiLower(Trimmed(content.substr(0, equals)));
    const std::string value(Trimmed(content.substr(equals + 1)));
    const bool nested = kBlank.find(line.front()) != std::string_view::npos && !outer.empty();
    if (!nested) outer = value.empty() ? name : "";
    (*section)[nested ? outer + "." + name : name] = value;
  }
  return sections;
}

Result<AwsConfig> LoadAwsConfig(const Environment& environment, FileSystem& fs) {
  const std::string config_path = HomeFile(environment, "AWS_CONFIG_FILE", ".aws/config");
  const std::string credentials_path =
      HomeFile(environment, "AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials");
  TL_ASSIGN(const Sections file, ReadAwsFile(fs, config_path));
  TL_ASSIGN(const Sections credentials, ReadAwsFile(fs, credentials_path));
  AwsConfig config;
  for (const bool config_file : {true, false}) {
    for (const auto& [section, settings] : config_file ? file : credentials) {
      const std::string name = ProfileName(section, config_file);
      if (name.empty()) continue;
      for (const auto& [key, value] : settings) config.profiles[name][key] = value;
    }
  }
  const auto named = environment("AWS_PROFILE");
  config.profile_named = named.has_value();
  config.profile = named.value_or("default");
  if (named && !config.profiles.contains(*named)) {
    return Fail(Code::kInvalid,
                "AWS_PROFILE '{}': neither {} nor {} has that profile; see `aws "
                "configure list-profiles`",
                *named, config_path, credentials_path);
  }
  const auto first = [&](const char* one, const char* other, const char* setting) {
    if (const auto value = environment(one)) return *value;
    if (const auto value = environment(other)) return *value;
    return config.Setting(config.profile, setting);
  };
  config.region = first("AWS_REGION", "AWS_DEFAULT_REGION", "region");
  config.ca_bundle = first("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "ca_bundle");
  AddEndpoints(environment, file, config);
  return config;
}

}  // namespace ticklake::net
