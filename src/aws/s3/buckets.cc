// Buckets as such: made, seen, listed, deleted.
#include <algorithm>

#include "aws/s3/access.h"
#include "aws/s3/acl.h"
#include "aws/s3/address.h"
#include "aws/s3/call.h"
#include "aws/s3/handlers.h"
#include "aws/s3/page_token.h"
#include "aws/s3/request_body.h"
#include "aws/s3/xml_reader.h"
#include "aws/xml_writer.h"

namespace ticklake::aws::s3 {
namespace {

std::string RegionOf(const store::Bucket& bucket) {
  const auto it = bucket.facts.find("region");
  return it == bucket.facts.end() ? kRegion : it->second;
}

bool LooksLikeRegion(std::string_view region) {
  return region.size() >= 9 && region.size() <= 32 && region.contains('-') &&
         std::ranges::all_of(region, [](char c) {
           return c == '-' || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
         });
}

// The region that CreateBucket asks for, by S3's rules of which endpoint takes which.
AwsResult<std::string> WantedRegion(Call& call) {
  S3_ASSIGN(const std::string body, ReadBody(call, 64 << 10));
  // "US" is what S3 once called that region; s3cmd still signs with it.
  const std::string here = call.request.region == "US" ? kRegion : call.request.region;
  std::optional<std::string> wanted;
  if (!body.empty()) {
    S3_ASSIGN(const XmlRequest document, XmlRequest::Parse(body, "CreateBucketConfiguration"));
    wanted = ChildText(document.root(), "LocationConstraint");
  }
  if (!wanted || wanted->empty()) {
    if (here == kRegion) return std::string(kRegion);
    return AwsFail(400, "IllegalLocationConstraintException",
                   "The unspecified location constraint is incompatible for the region specific "
                   "endpoint this request was sent to.");
  }
  if (here != kRegion && *wanted != here) {
    return AwsFail(400, "IllegalLocationConstraintException",
                   "The {} location constraint is incompatible for the region specific endpoint "
                   "this request was sent to.",
                   *wanted);
  }
  if (*wanted == kRegion || (*wanted != "EU" && !LooksLikeRegion(*wanted))) {
    auto failure =
        AwsFail(400, "InvalidLocationConstraint", "The specified location-constraint is not valid");
    failure.error().details["LocationConstraint"] = *wanted;
    return failure;
  }
  return *wanted;
}

// Names in an account's own namespace end with whose and where they are.
AwsResult<void> CheckNamespace(const Call& call, const std::string& region) {
  constexpr std::string_view kField = "x-amz-bucket-namespace";
  const std::string kind = call.Header(kField).value_or("global");
  if (kind == "global") return {};
  if (kind != "account-regional") {
    return InvalidArgument(kField, kind, "it is neither global nor account-regional");
  }
  const std::string end = fmt::format("-{}-an", region);
  std::string_view name = call.bucket;
  if (name.ends_with(end)) {
    name.remove_suffix(end.size());
    // Any account's: the one that there is stands for all.
    const size_t digits = name.size() - std::min(name.find_last_not_of("0123456789"), name.size());
    if (digits == 13 && name[name.size() - 13] == '-') return {};
  }
  auto failure =
      AwsFail(400, "InvalidNamespaceHeader",
              "{}: account-regional asks for a bucket name that ends with -{}-{}-an; add "
              "it, or leave the header out",
              kField, kAccount, region);
  failure.error().details["BucketName"] = call.bucket;
  return failure;
}

AwsResult<void> AlreadyThere(Call& call, const std::string& region) {
  if (call.bucket == kLakeBucket) {
    return AwsFail(409, "BucketAlreadyExists",
                   "The requested bucket name is not available: {} shows the lake's own tables; "
                   "choose another name",
                   call.bucket);
  }
  const auto there = call.store->GetBucket(call.bucket);
  // As S3 does in that region, for its oldest clients.
  if (region == kRegion && there && RegionOf(*there) == kRegion) {
    call.reply.AddField("Location", "/" + call.bucket);
    call.SendEmpty(200);
    return {};
  }
  auto failure = AwsFail(409, "BucketAlreadyOwnedByYou",
                         "Your previous request to create the named bucket succeeded and you "
                         "already own it.");
  failure.error().details["BucketName"] = call.bucket;
  return failure;
}

AwsResult<std::vector<store::Bucket>> AllBuckets(const Call& call) {
  std::vector<store::Bucket> all;
  for (store::BucketStore* store : {call.s3.buckets, call.s3.lake}) {
    if (store == nullptr) continue;
    auto some = store->ListBuckets();
    if (!some) return FailStore(some.error());
    std::ranges::move(*some, std::back_inserter(all));
  }
  std::erase_if(all, [&](const store::Bucket& bucket) {
    return !MaySeeBucket(call.request.caller, bucket.name);
  });
  std::ranges::sort(all, {}, &store::Bucket::name);
  return all;
}

}  // namespace

AwsResult<void> ListBuckets(Call& call) {
  S3_ASSIGN(const uint64_t limit, QueryNumber(call, "max-buckets", 10'000, 10'000));
  S3_ASSIGN(const std::string after, FromPageToken(call.Query("continuation-token")));
  S3_ASSIGN(std::vector<store::Bucket> all, AllBuckets(call));
  const std::string prefix = call.QueryOr("prefix", "");
  const auto region = call.Query("bucket-region");
  std::erase_if(all, [&](const store::Bucket& bucket) {
    return !bucket.name.starts_with(prefix) || (!after.empty() && bucket.name <= after) ||
           (region && RegionOf(bucket) != *region);
  });
  const bool more = all.size() > limit;
  if (more) all.resize(limit);
  XmlWriter xml("ListAllMyBucketsResult");
  AddOwner(xml, "Owner");
  xml.Open("Buckets");
  for (const store::Bucket& bucket : all) {
    xml.Open("Bucket").Text("Name", bucket.name).Time("CreationDate", bucket.created);
    xml.Text("BucketRegion", RegionOf(bucket));
    xml.Text("BucketArn", "arn:aws:s3:::" + bucket.name).Close();
  }
  xml.Close();
  if (call.Query("prefix")) xml.Text("Prefix", prefix);
  if (more && !all.empty()) xml.Text("ContinuationToken", PageToken(all.back().name));
  call.SendXml(200, xml.Finish());
  return {};
}

AwsResult<void> CreateBucket(Call& call) {
  if (!IsBucketName(call.bucket)) {
    auto failure =
        AwsFail(400, "InvalidBucketName", "The specified bucket is not valid: {}", kBucketNameRule);
    failure.error().details["BucketName"] = call.bucket;
    return failure;
  }
  S3_TRY(CheckAclFields(call, AclOf::kBucket));
  S3_ASSIGN(const std::string region, WantedRegion(call));
  S3_TRY(CheckNamespace(call, region));
  store::Bucket bucket{.name = call.bucket, .facts = FactsOfNewBucket(region)};
  if (const auto ownership = call.Header("x-amz-object-ownership")) {
    S3_ASSIGN(bucket.facts["ownershipControls"], OwnershipDocument(*ownership));
  }
  if (call.Header("x-amz-bucket-object-lock-enabled") == "true") {
    return AwsFail(501, "NotImplemented",
                   "object lock needs versions, which are not kept here; create the bucket "
                   "without x-amz-bucket-object-lock-enabled");
  }
  if (call.bucket == kLakeBucket) return AlreadyThere(call, region);
  auto made = call.store->CreateBucket(bucket);
  if (!made && made.error().code == Code::kAlreadyExists) return AlreadyThere(call, region);
  if (!made) return FailStore(made.error());
  call.reply.AddField("Location", "/" + call.bucket);
  call.reply.AddField("x-amz-bucket-arn", "arn:aws:s3:::" + call.bucket);
  call.SendEmpty(200);
  return {};
}

AwsResult<void> HeadBucket(Call& call) {
  call.reply.AddField("x-amz-bucket-region", RegionOf(call.about));
  call.reply.AddField("x-amz-bucket-arn", "arn:aws:s3:::" + call.bucket);
  call.reply.AddField("x-amz-access-point-alias", "false");
  call.SendXml(200, "");
  return {};
}

AwsResult<void> DeleteBucket(Call& call) {
  auto deleted = call.store->DeleteBucket(call.bucket);
  if (!deleted && deleted.error().code == Code::kConflict) {
    auto failure = AwsFail(409, "BucketNotEmpty", "The bucket you tried to delete is not empty");
    failure.error().details["BucketName"] = call.bucket;
    return failure;
  }
  if (!deleted) return FailStore(deleted.error(), "NoSuchBucket");
  call.SendEmpty(204);
  return {};
}

AwsResult<void> GetBucketLocation(Call& call) {
  XmlWriter xml("LocationConstraint");
  const std::string region = RegionOf(call.about);
  if (region != kRegion) xml.Raw(XmlEscape(region));
  call.SendXml(200, xml.Finish());
  return {};
}

}  // namespace ticklake::aws::s3
