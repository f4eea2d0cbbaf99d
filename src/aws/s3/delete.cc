#include "aws/s3/access.h"
#include "aws/s3/address.h"
#include "aws/s3/call.h"
#include "aws/s3/conditions.h"
#include "aws/s3/handlers.h"
#include "aws/s3/request_body.h"
#include "aws/s3/xml_reader.h"
#include "aws/xml_writer.h"

namespace ticklake::aws::s3 {
namespace {

constexpr size_t kMaxKeys = 1000;
constexpr size_t kMaxBody = 8 << 20;  // 1,000 keys of 1,024 bytes, written as references

struct Doomed {
  store::Doomed object;
  std::optional<std::string> version;
};

struct Sentence {
  std::vector<Doomed> objects;
  bool quiet = false;
};

AwsResult<Sentence> ParseDelete(std::string_view body) {
  S3_ASSIGN(const XmlRequest document, XmlRequest::Parse(body, "Delete"));
  Sentence sentence{.objects = {}, .quiet = ChildText(document.root(), "Quiet") == "true"};
  for (const pugi::xml_node node : Children(document.root(), "Object")) {
    const auto key = ChildText(node, "Key");
    if (!key || key->empty()) return MalformedXml("an Object needs a Key");
    Doomed doomed{.object = {.key = *key}, .version = ChildText(node, "VersionId")};
    if (const auto etag = ChildText(node, "ETag")) {
      doomed.object.condition.if_match = PlainEtag(*etag);
    }
    for (const char* directory : {"LastModifiedTime", "Size"}) {
      if (!Child(node, directory)) continue;
      return AwsFail(501, "NotImplemented",
                     "deleting by {} is not served: S3 has it for directory buckets only; use "
                     "ETag",
                     directory);
    }
    sentence.objects.push_back(std::move(doomed));
  }
  if (sentence.objects.empty() || sentence.objects.size() > kMaxKeys) {
    return MalformedXml(fmt::format("a Delete names 1 to {} objects", kMaxKeys));
  }
  return sentence;
}

AwsResult<void> CheckDelete(const Call& call, const Doomed& doomed) {
  S3_TRY(CheckKey(doomed.object.key));
  S3_TRY(CheckObjectAccess(call.request.caller, call.bucket, doomed.object.key));
  if (doomed.version && !doomed.version->empty() && *doomed.version != "null") {
    return AwsFail(404, "NoSuchVersion",
                   "The specified version does not exist: objects here have the version null only");
  }
  return {};
}

AwsResult<void> Told(const store::Doomed& object, const Result<void>& deleted) {
  if (deleted) return {};  // also what was not there
  if (deleted.error().code == Code::kNotFound && object.condition.if_match) {
    return std::unexpected(NoSuchKey(object.key));
  }
  if (deleted.error().code == Code::kConflict) return PreconditionFailed("If-Match");
  return FailStore(deleted.error(), "NoSuchBucket");
}

std::vector<AwsResult<void>> DeleteAll(const Call& call, const std::vector<Doomed>& objects) {
  std::vector<AwsResult<void>> outcomes;
  std::vector<store::Doomed> fine;
  for (const Doomed& doomed : objects) {
    outcomes.push_back(CheckDelete(call, doomed));
    if (outcomes.back()) fine.push_back(doomed.object);
  }
  const auto deleted = call.store->DeleteAll(call.bucket, fine);
  size_t next = 0;
  for (AwsResult<void>& outcome : outcomes) {
    if (!outcome) continue;
    outcome = Told(fine[next], deleted[next]);
    ++next;
  }
  return outcomes;
}

}  // namespace

AwsResult<void> DeleteObject(Call& call) {
  S3_ASSIGN(const store::WriteCondition condition, WriteConditionOf(call.request.http.headers));
  for (const char* directory : {"x-amz-if-match-last-modified-time", "x-amz-if-match-size"}) {
    if (!call.Header(directory)) continue;
    return AwsFail(501, "NotImplemented",
                   "{} is not served: S3 has it for directory buckets only; use If-Match",
                   directory);
  }
  const Doomed doomed{.object = {call.key, condition}, .version = std::nullopt};
  S3_TRY(CheckDelete(call, doomed));
  S3_TRY(Told(doomed.object, call.store->Delete(call.bucket, call.key, condition)));
  call.SendEmpty(204);
  return {};
}

AwsResult<void> DeleteObjects(Call& call) {
  S3_ASSIGN(const std::string body, ReadCheckedBody(call, kMaxBody));
  S3_ASSIGN(const Sentence sentence, ParseDelete(body));
  const std::vector<AwsResult<void>> outcomes = DeleteAll(call, sentence.objects);
  XmlWriter xml("DeleteResult");
  for (size_t i = 0; i < outcomes.size(); ++i) {
    const Doomed& doomed = sentence.objects[i];
    const AwsResult<void>& deleted = outcomes[i];
    if (deleted && sentence.quiet) continue;
    xml.Open(deleted ? "Deleted" : "Error").Text("Key", doomed.object.key);
    if (doomed.version && !doomed.version->empty()) xml.Text("VersionId", *doomed.version);
    if (!deleted) {
      xml.Text("Code", deleted.error().code).Text("Message", deleted.error().message);
    }
    xml.Close();
  }
  call.SendXml(200, xml.Finish());
  return {};
}

}  // namespace ticklake::aws::s3
