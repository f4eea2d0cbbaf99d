// Bodies and fields of S3 requests: whatever arrives is parsed or refused with a status of 4xx, and
// what was parsed is what it says. The first byte chooses the parser.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "aws/s3/address.h"
#include "aws/s3/conditions.h"
#include "aws/s3/copy_source.h"
#include "aws/s3/cors.h"
#include "aws/s3/form_reader.h"
#include "aws/s3/lifecycle.h"
#include "aws/s3/page_token.h"
#include "aws/s3/post_policy.h"
#include "aws/s3/public_policy.h"
#include "aws/s3/range.h"
#include "aws/s3/tag_set.h"
#include "aws/s3/xml_reader.h"
#include "net/http_date.h"

namespace {

namespace net = ticklake::net;
namespace s3 = ticklake::aws::s3;
using ticklake::aws::AwsResult;

void Require(bool holds) {
  if (!holds) std::abort();
}

template <class T>
bool Good(const AwsResult<T>& result) {
  if (!result) Require(result.error().status >= 400 && result.error().status < 500);
  return result.has_value();
}

// A body that comes in pieces of odd sizes.
class Pieces : public ticklake::aws::Payload {
 public:
  explicit Pieces(std::string_view text) : text_(text) {}
  std::optional<uint64_t> length() const override { return text_.size(); }
  AwsResult<size_t> Read(char* buffer, size_t size) override {
    const size_t give = text_.copy(buffer, std::min<size_t>(size, 1 + at_ % 7), at_);
    at_ += give;
    return give;
  }
  const std::map<std::string, std::string>& trailers() const override { return none_; }

 private:
  const std::string_view text_;
  size_t at_ = 0;
  const std::map<std::string, std::string> none_;
};

// Rules that are taken have an end for everything, and can be read again once they have IDs.
void Lifecycle(std::string_view text) {
  const auto rules = s3::ParseLifecycle(text);
  if (!rules) {
    Require(rules.error().status < 500 || rules.error().code == "NotImplemented");
    return;
  }
  const auto again = s3::ParseLifecycle(s3::WithRuleIds(std::string(text)));
  Require(again && again->size() == rules->size());
  for (const s3::LifecycleRule& rule : *again) {
    Require(!rule.id.empty());
    const auto expiry = rule.ExpiryOf(1);
    Require(!rule.days || !expiry || rule.date || *expiry > 1);
  }
}

void Xml(std::string_view text) {
  const auto tags = s3::ParseTagSet(text, s3::kMaxBucketTags);
  if (Good(tags)) Require(s3::ParseTagSet(s3::TagSetXml(*tags), s3::kMaxBucketTags) == *tags);
  (void)Good(s3::ParseCors(text));
  Lifecycle(text);
  for (const char* root : {"Delete", "CompleteMultipartUpload", "AccessControlPolicy"}) {
    (void)Good(s3::XmlRequest::Parse(text, root));
  }
}

void Form(std::string_view text) {
  Pieces pieces(text);
  auto reader = s3::FormReader::Open("multipart/form-data; boundary=b", pieces);
  Require(reader.has_value());
  size_t total = 0;
  while (true) {
    const auto part = reader->Next();
    if (!Good(part) || !*part) return;
    const auto value = reader->ReadValue(1 << 20);
    if (!Good(value)) return;
    total += value->size();
    Require(total <= text.size());
  }
}

void Fields(std::string_view text) {
  const auto path = s3::DecodePath(text);
  if (Good(path)) (void)Good(s3::CheckKey(*path));
  (void)Good(s3::ParseCopySource(text));
  (void)Good(s3::ParseTagField(text));
  (void)Good(s3::FromPageToken(std::string(text)));
  (void)Good(s3::PostPolicy::Parse(text));
  (void)s3::BucketOfHost(text);
  (void)s3::IsPublicPolicy(text);
  (void)s3::EtagListed(text, "etag");
  if (const auto date = net::ParseHttpDate(text)) {
    Require(net::ParseHttpDate(net::HttpDate(*date)) == *date);
  }
  const auto range = s3::ParseRange(text, 100);
  if (Good(range) && *range) Require((*range)->first + (*range)->size <= 100);
  const auto copied = s3::ParseCopyRange(text, 100);
  if (Good(copied)) Require(copied->size > 0 && copied->first + copied->size <= 100);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 3) {
    case 0: Xml(text); break;
    case 1: Form(text); break;
    default: Fields(text); break;
  }
  return 0;
}
