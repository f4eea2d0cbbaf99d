// Credentials of a profile in ~/.aws/config and ~/.aws/credentials.

#include <sys/wait.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <set>

#include "net/aws/credential_sources.h"
#include "net/aws/sts.h"

namespace ticklake::net {
namespace {

constexpr size_t kMostOutput = 1 << 20;

/// One profile on the way along source_profile.
class ProfileReader {
 public:
  explicit ProfileReader(const CredentialParts& parts) : parts_(parts) {}

  MaybeCredentials Read(const std::string& profile) {
    if (!seen_.insert(profile).second) {
      return Fail(Code::kAuth, "AWS profile '{}': its source_profile leads back to it", profile);
    }
    const auto setting = [&](const char* name) { return parts_.config->Setting(profile, name); };
    const std::string role = setting("role_arn");
    // A profile that names itself as its source means its own keys.
    if (!role.empty() && setting("source_profile") != profile) return Assume(profile, role);
    if (!role.empty()) {
      TL_ASSIGN(const auto own, Keys(profile));
      return AssumeWith(profile, role, own);
    }
    TL_ASSIGN(auto keys, Keys(profile));
    if (keys) return keys;
    if (const std::string command = setting("credential_process"); !command.empty()) {
      return FromProcess(profile, command);
    }
    if (!setting("sso_session").empty() || !setting("sso_start_url").empty()) {
      return Fail(Code::kAuth,
                  "AWS profile '{}': is an SSO profile, which is not supported; give "
                  "another one credential_process = aws configure export-credentials --profile {}",
                  profile, profile);
    }
    return std::nullopt;
  }

 private:
  MaybeCredentials Keys(const std::string& profile) const {
    const auto setting = [&](const char* name) { return parts_.config->Setting(profile, name); };
    const std::string access = setting("aws_access_key_id");
    if (access.empty()) return std::nullopt;
    if (setting("aws_secret_access_key").empty()) {
      return Fail(Code::kAuth,
                  "AWS profile '{}': has aws_access_key_id, but no "
                  "aws_secret_access_key",
                  profile);
    }
    return AwsCredentials{.access_key = access,
                          .secret_key = setting("aws_secret_access_key"),
                          .session_token = setting("aws_session_token")};
  }

  MaybeCredentials Assume(const std::string& profile, const std::string& role) {
    const auto setting = [&](const char* name) { return parts_.config->Setting(profile, name); };
    if (const std::string file = setting("web_identity_token_file"); !file.empty()) {
      Role wanted = RoleOf(profile, role);
      wanted.token_file = file;
      return AssumeRoleWithWebIdentity(parts_, wanted);
    }
    if (!setting("mfa_serial").empty()) {
      return Fail(Code::kAuth,
                  "AWS profile '{}': needs an MFA code, which cannot be asked for here; "
                  "use credential_process",
                  profile);
    }
    if (const std::string source = setting("source_profile"); !source.empty()) {
      TL_ASSIGN(const auto keys, Read(source));
      return AssumeWith(profile, role, keys);
    }
    const std::string source = setting("credential_source");
    std::optional<AwsCredentials> keys;
    if (source == "Environment") {
      TL_ASSIGN(keys, FromVariables(parts_));
    } else if (source == "EcsContainer") {
      TL_ASSIGN(keys, FromContainer(parts_));
    } else if (source == "Ec2InstanceMetadata") {
      TL_ASSIGN(keys, FromInstance(parts_));
    } else {
      return Fail(Code::kAuth,
                  "AWS profile '{}': role_arn needs source_profile, or "
                  "credential_source = Environment, EcsContainer or Ec2InstanceMetadata",
                  profile);
    }
    return AssumeWith(profile, role, keys);
  }

  MaybeCredentials AssumeWith(const std::string& profile, const std::string& role,
                              const std::optional<AwsCredentials>& source) const {
    if (!source) {
      return Fail(Code::kAuth, "AWS profile '{}': there are no credentials to assume {} with",
                  profile, role);
    }
    return AssumeRole(parts_, RoleOf(profile, role), *source);
  }

  Role RoleOf(const std::string& profile, const std::string& arn) const {
    Role role{.arn = arn, .external_id = parts_.config->Setting(profile, "external_id")};
    const std::string session = parts_.config->Setting(profile, "role_session_name");
    if (!session.empty()) role.session = session;
    const std::string duration = parts_.config->Setting(profile, "duration_seconds");
    int seconds = 0;
    std::from_chars(duration.data(), duration.data() + duration.size(), seconds);
    if (seconds > 0) role.duration_seconds = seconds;
    return role;
  }

  /// Standard error stays the user's, for what the command has to say.
  static MaybeCredentials FromProcess(const std::string& profile, const std::string& command) {
    const std::string place = "AWS profile '" + profile + "': credential_process";
    FILE* pipe = ::popen(command.c_str(), "re");
    if (pipe == nullptr) return Fail(Code::kAuth, "{}: cannot be started", place);
    std::string output;
    std::array<char, 4096> piece;
    while (const size_t size = std::fread(piece.data(), 1, piece.size(), pipe)) {
      if (output.size() < kMostOutput) output.append(piece.data(), size);
    }
    const int status = ::pclose(pipe);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
      return Fail(Code::kAuth, "{}: ended with exit code {}; run it by hand to see why", place,
                  WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    }
    TL_ASSIGN(auto credentials, CredentialsFromJson(output, "SessionToken", place));
    return credentials;
  }

  const CredentialParts& parts_;
  std::set<std::string> seen_;
};

}  // namespace

MaybeCredentials FromProfile(const CredentialParts& parts) {
  return ProfileReader(parts).Read(parts.config->profile);
}

}  // namespace ticklake::net
