#include "aws/s3/call.h"

#include "aws/s3/operations.h"
#include "aws/s3/xml_reader.h"

namespace ticklake::aws::s3 {
namespace {

std::optional<std::string> Find(const std::map<std::string, std::string>& map,
                                std::string_view name) {
  const auto it = map.find(std::string(name));
  if (it == map.end()) return std::nullopt;
  return it->second;
}

}  // namespace

std::optional<std::string> Call::Header(std::string_view name) const {
  return Find(request.http.headers, name);
}

std::optional<std::string> Call::Query(std::string_view name) const {
  return Find(request.http.query, name);
}

std::string Call::QueryOr(std::string_view name, std::string_view otherwise) const {
  return Query(name).value_or(std::string(otherwise));
}

AwsResult<store::BucketStore*> StoreOf(const Call& call, const std::string& bucket) {
  if (bucket == kLakeBucket && call.s3.lake != nullptr) return call.s3.lake;
  if (call.s3.buckets != nullptr) return call.s3.buckets;
  constexpr std::string_view kThere =
      "the lake of this instance is on S3, and so are all buckets but the view of the lake, "
      "ticklake: leave AWS_ENDPOINT_URL out to reach them";
  if (call.operation->name == "CreateBucket") {
    return AwsFail(501, "NotImplemented", "bucket {}: {}", bucket, kThere);
  }
  AwsError missing = NoSuchBucket(bucket);
  missing.message = fmt::format("{}: {}", missing.message, kThere);
  return std::unexpected(std::move(missing));
}

AwsError FromStore(const Error& error, std::string_view missing) {
  if (IsOfFullDisk(error)) {
    return {kInsufficientStorage, "InsufficientStorage", error.message, {}};
  }
  switch (error.code) {
    case Code::kNotFound: return {404, std::string(missing), error.message, {}};
    case Code::kConflict:
      return {412,
              "PreconditionFailed",
              "At least one of the pre-conditions you specified did not hold: " + error.message,
              {}};
    case Code::kAuth: return {403, "AccessDenied", "Access Denied: " + error.message, {}};
    case Code::kInvalid: return {400, "InvalidRequest", error.message, {}};
    case Code::kUnsupported: return {501, "NotImplemented", error.message, {}};
    case Code::kUnavailable: return {503, "ServiceUnavailable", error.message, {}};
    default: return {500, "InternalError", error.message, {}};
  }
}

AwsError NoSuchBucket(std::string_view bucket) {
  return {404,
          "NoSuchBucket",
          "The specified bucket does not exist",
          {{"BucketName", std::string(bucket)}}};
}

AwsError NoSuchKey(std::string_view key) {
  return {404, "NoSuchKey", "The specified key does not exist.", {{"Key", std::string(key)}}};
}

std::unexpected<AwsError> InvalidArgument(std::string_view name, std::string_view value,
                                          std::string_view why) {
  auto failure = AwsFail(400, "InvalidArgument", "{}", why);
  failure.error().details = {{"ArgumentName", std::string(name)},
                             {"ArgumentValue", std::string(value)}};
  return failure;
}

AwsResult<uint64_t> QueryNumber(const Call& call, std::string_view name, uint64_t otherwise,
                                uint64_t most) {
  const auto text = call.Query(name);
  if (!text || text->empty()) return otherwise;
  const auto value = ParseNumber(*text);
  if (value && *value <= most) return *value;
  // In S3's two ways to say so.
  const bool negative = text->starts_with('-') && ParseNumber(text->substr(1));
  if (negative || most != INT32_MAX) {
    return InvalidArgument(
        name, *text, fmt::format("Argument {} must be an integer between 0 and {}", name, most));
  }
  return InvalidArgument(name, *text,
                         fmt::format("Provided {} not an integer or within integer range", name));
}

}  // namespace ticklake::aws::s3
