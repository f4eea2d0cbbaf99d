#include "aws/s3/tag_set.h"

#include <algorithm>

#include "aws/s3/call.h"
#include "aws/s3/handlers.h"
#include "aws/s3/request_body.h"
#include "aws/s3/xml_reader.h"
#include "aws/xml_writer.h"
#include "base/utf8.h"
#include "net/url.h"

namespace ticklake::aws::s3 {
namespace {

// Characters, not bytes.
size_t Length(std::string_view text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

AwsResult<void> CheckTag(std::string_view key, std::string_view value, size_t limit) {
  const auto bad = [](std::string_view what, std::string_view text) {
    auto failure = AwsFail(400, "InvalidTag", "{}", what);
    failure.error().details["TagKey"] = std::string(text.substr(0, 128));
    return failure;
  };
  if (key.empty() || Length(key) > 128) {
    return bad("The TagKey you have provided is invalid: it has 1 to 128 characters", key);
  }
  if (Length(value) > 256) {
    return bad("The TagValue you have provided is invalid: it has at most 256 characters", key);
  }
  if (key.starts_with("aws:")) {
    return bad(limit == kMaxObjectTags ? "Your TagKey cannot be prefixed with aws:"
                                       : "System tags cannot be added/updated by requester",
               key);
  }
  if (!IsUtf8(key) || !IsUtf8(value)) return bad("a tag is UTF-8", "");
  return {};
}

AwsResult<void> CheckCount(size_t count, size_t limit) {
  if (count <= limit) return {};
  return AwsFail(400, limit == kMaxObjectTags ? "BadRequest" : "InvalidTag",
                 "{} tags cannot be greater than {}", limit == kMaxObjectTags ? "Object" : "Bucket",
                 limit);
}

AwsResult<store::Object> ExistingObject(const Call& call) {
  auto object = call.store->Head(call.bucket, call.key);
  if (object) return std::move(*object);
  if (object.error().code == Code::kNotFound) return std::unexpected(NoSuchKey(call.key));
  return FailStore(object.error());
}

AwsResult<void> SetTags(Call& call, const store::Facts& tags, int status) {
  S3_TRY(ExistingObject(call));
  const auto set = call.store->SetTags(call.bucket, call.key, tags);
  if (!set) return FailStore(set.error());
  call.SendEmpty(status);
  return {};
}

}  // namespace

AwsResult<store::Facts> ParseTagSet(std::string_view xml, size_t limit) {
  S3_ASSIGN(const XmlRequest document, XmlRequest::Parse(xml, "Tagging"));
  const pugi::xml_node set = Child(document.root(), "TagSet");
  if (!set) return MalformedXml("a Tagging needs a TagSet");
  store::Facts tags;
  for (const pugi::xml_node tag : Children(set, "Tag")) {
    const auto key = ChildText(tag, "Key");
    const auto value = ChildText(tag, "Value");
    if (!key || !value) return MalformedXml("a Tag needs a Key and a Value");
    S3_TRY(CheckTag(*key, *value, limit));
    if (!tags.emplace(*key, *value).second) {
      auto failure = AwsFail(400, "InvalidTag", "Cannot provide multiple Tags with the same key");
      failure.error().details["TagKey"] = *key;
      return failure;
    }
  }
  S3_TRY(CheckCount(tags.size(), limit));
  return tags;
}

AwsResult<store::Facts> ParseTagField(std::string_view field) {
  const auto parsed = net::ParseTarget("/?" + std::string(field));
  if (!parsed) {
    return InvalidArgument("x-amz-tagging", field,
                           "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded "
                           "URL query parameters without tag name duplicates.");
  }
  for (const auto& [key, value] : parsed->query) S3_TRY(CheckTag(key, value, kMaxObjectTags));
  S3_TRY(CheckCount(parsed->query.size(), kMaxObjectTags));
  return parsed->query;
}

std::string TagSetXml(const store::Facts& tags) {
  XmlWriter xml("Tagging");
  xml.Open("TagSet");
  for (const auto& [key, value] : tags) {
    xml.Open("Tag").Text("Key", key).Text("Value", value).Close();
  }
  return xml.Finish();
}

AwsResult<void> GetObjectTagging(Call& call) {
  S3_ASSIGN(const store::Object object, ExistingObject(call));
  call.SendXml(200, TagSetXml(object.facts.tags));
  return {};
}

AwsResult<void> PutObjectTagging(Call& call) {
  S3_ASSIGN(const std::string body, ReadBody(call, 64 << 10));
  S3_ASSIGN(const store::Facts tags, ParseTagSet(body, kMaxObjectTags));
  return SetTags(call, tags, 200);
}

AwsResult<void> DeleteObjectTagging(Call& call) { return SetTags(call, {}, 204); }

}  // namespace ticklake::aws::s3
