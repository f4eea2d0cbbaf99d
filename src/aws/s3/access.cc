#include "aws/s3/access.h"

#include "aws/s3/operations.h"

namespace ticklake::aws::s3 {
namespace {

struct Scope {
  std::string_view bucket;
  std::string_view prefix;  // "": the whole bucket
};

Scope ScopeOf(const Caller& caller) {
  const std::string_view scope = *caller.scope;
  const size_t slash = scope.find('/');
  if (slash == std::string_view::npos) return {scope, ""};
  return {scope.substr(0, slash), scope.substr(slash + 1)};
}

std::unexpected<AwsError> Denied(const Caller& caller, std::string_view what) {
  return AwsFail(403, "AccessDenied",
                 "Access Denied: {} is outside of what key {} may touch, {}; use another key", what,
                 caller.access_key, caller.scope.value_or("everything"));
}

bool Holds(std::string_view prefix, std::string_view key) {
  if (prefix.empty()) return true;
  if (!key.starts_with(prefix)) return false;
  return prefix.ends_with('/') || key.size() == prefix.size() || key[prefix.size()] == '/';
}

// What lists: bounded by its prefix, which must end the scope's last folder.
AwsResult<void> CheckList(const Call& call, std::string_view prefix) {
  const std::string asked = call.QueryOr("prefix", "");
  const bool whole = prefix.ends_with('/') || asked != prefix;
  if (Holds(prefix, asked) && whole) return {};
  return Denied(call.request.caller,
                fmt::format("listing prefix '{}' of bucket {}", asked, call.bucket));
}

AwsResult<void> CheckBucketAccess(const Call& call) {
  const Scope scope = ScopeOf(call.request.caller);
  if (scope.bucket != call.bucket) {
    return Denied(call.request.caller, fmt::format("bucket {}", call.bucket));
  }
  if (scope.prefix.empty()) return {};
  const std::string_view name = call.operation->name;
  if (name.starts_with("ListObject") || name == "ListMultipartUploads") {
    return CheckList(call, scope.prefix);
  }
  // Their keys stand in the body, and are looked at one by one.
  if (name == "DeleteObjects" || name == "PostObject") return {};
  if (call.operation->access == Access::kRead) return {};
  return Denied(call.request.caller, fmt::format("bucket {} as a whole", call.bucket));
}

}  // namespace

bool MaySeeBucket(const Caller& caller, std::string_view bucket) {
  return !caller.scope || ScopeOf(caller).bucket == bucket;
}

AwsResult<void> CheckObjectAccess(const Caller& caller, std::string_view bucket,
                                  std::string_view key) {
  if (!caller.scope) return {};
  const Scope scope = ScopeOf(caller);
  if (scope.bucket == bucket && Holds(scope.prefix, key)) return {};
  return Denied(caller, fmt::format("{}/{}", bucket, key));
}

AwsResult<void> CheckAccess(const Call& call) {
  const Caller& caller = call.request.caller;
  if (caller.read_only && call.operation->access == Access::kWrite) {
    return AwsFail(403, "AccessDenied",
                   "Access Denied: {} changes something, and key {} may only read; use another key",
                   call.operation->name, caller.access_key);
  }
  if (!caller.scope || call.operation->level == Level::kService) return {};
  if (call.operation->level == Level::kBucket) return CheckBucketAccess(call);
  return CheckObjectAccess(caller, call.bucket, call.key);
}

}  // namespace ticklake::aws::s3
