#include <algorithm>
#include <atomic>
#include <thread>

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
  std::string key;
  std::optional<std::string> version;
  store::WriteCondition condition;
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
    Doomed doomed{.key = *key, .version = ChildText(node, "VersionId"), .condition = {}};
    if (const auto etag = ChildText(node, "ETag")) doomed.condition.if_match = PlainEtag(*etag);
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

AwsResult<void> DeleteOne(const Call& call, const Doomed& doomed) {
  S3_TRY(CheckKey(doomed.key));
  S3_TRY(CheckObjectAccess(call.request.caller, call.bucket, doomed.key));
  if (doomed.version && !doomed.version->empty() && *doomed.version != "null") {
    return AwsFail(404, "NoSuchVersion",
                   "The specified version does not exist: objects here have the version null only");
  }
  const auto deleted = call.store->Delete(call.bucket, doomed.key, doomed.condition);
  if (deleted) return {};  // also what was not there
  if (deleted.error().code == Code::kNotFound && doomed.condition.if_match) {
    return std::unexpected(NoSuchKey(doomed.key));
  }
  if (deleted.error().code == Code::kConflict) return PreconditionFailed("If-Match");
  return FailStore(deleted.error(), "NoSuchBucket");
}

// All of them, by several hands: a delete waits for the disk, and those that wait share its flush.
std::vector<AwsResult<void>> DeleteAll(const Call& call, const std::vector<Doomed>& objects) {
  constexpr size_t kHands = 16;
  std::vector<AwsResult<void>> outcomes(objects.size());
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < objects.size(); i = next++) {
      outcomes[i] = DeleteOne(call, objects[i]);
    }
  };
  std::vector<std::jthread> hands(std::min(kHands, objects.size()) - 1);
  for (std::jthread& hand : hands) hand = std::jthread(work);
  work();
  hands.clear();
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
  S3_TRY(DeleteOne(call, {.key = call.key, .version = std::nullopt, .condition = condition}));
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
    xml.Open(deleted ? "Deleted" : "Error").Text("Key", doomed.key);
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
