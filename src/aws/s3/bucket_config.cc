// Configurations of buckets that are kept as documents and given back as they came.
#include <algorithm>
#include <array>

#include <boost/json.hpp>

#include "aws/s3/acl.h"
#include "aws/s3/cors.h"
#include "aws/s3/handlers.h"
#include "aws/s3/lifecycle.h"
#include "aws/s3/operations.h"
#include "aws/s3/public_policy.h"
#include "aws/s3/request_body.h"
#include "aws/s3/tag_set.h"
#include "aws/s3/xml_reader.h"
#include "aws/xml_writer.h"

namespace ticklake::aws::s3 {
namespace {

constexpr size_t kMaxDocument = 64 << 10;
constexpr size_t kMaxPolicy = 20 << 10;

AwsResult<void> CheckCors(std::string_view text) {
  S3_TRY(ParseCors(text));
  return {};
}

AwsResult<void> CheckTagging(std::string_view text) {
  S3_TRY(ParseTagSet(text, kMaxBucketTags));
  return {};
}

std::string FormOfTagging(const std::string& text) {
  const auto tags = ParseTagSet(text, kMaxBucketTags);
  return tags && tags->empty() ? "" : text;
}

AwsResult<void> CheckEncryption(std::string_view text) {
  S3_ASSIGN(const XmlRequest document,
            XmlRequest::Parse(text, "ServerSideEncryptionConfiguration"));
  const auto rules = Children(document.root(), "Rule");
  if (rules.size() != 1) return MalformedXml("an encryption configuration has one Rule");
  const pugi::xml_node by = Child(rules.front(), "ApplyServerSideEncryptionByDefault");
  const std::string algorithm = ChildText(by, "SSEAlgorithm").value_or("");
  if (algorithm == "AES256" && !Child(by, "KMSMasterKeyID")) return {};
  if (algorithm.empty()) return MalformedXml("an encryption Rule needs an SSEAlgorithm");
  return AwsFail(501, "NotImplemented",
                 "there are no encryption keys here: {} is not served; AES256 is taken, and the "
                 "bytes are as safe as the disk",
                 algorithm);
}

AwsResult<void> CheckPublicAccess(std::string_view text) {
  S3_TRY(XmlRequest::Parse(text, "PublicAccessBlockConfiguration"));
  return {};
}

// All four switches, of which a client may send some.
std::string FormOfPublicAccess(const std::string& text) {
  const auto document = XmlRequest::Parse(text, "PublicAccessBlockConfiguration");
  PublicAccess access{};
  for (size_t i = 0; i < access.size(); ++i) {
    std::string value =
        document ? ChildText(document->root(), kPublicAccessNames[i]).value_or("") : "";
    if (value.starts_with("T")) value[0] = 't';  // as Python's booleans are written
    access[i] = value == "true";
  }
  return PublicAccessXml(access);
}

// As S3 has it of every bucket since 2023.
std::string DefaultEncryption() {
  XmlWriter xml("ServerSideEncryptionConfiguration");
  xml.Open("Rule").Open("ApplyServerSideEncryptionByDefault").Text("SSEAlgorithm", "AES256");
  xml.Close().Flag("BucketKeyEnabled", false);
  return xml.Finish();
}

AwsResult<void> CheckOwnership(std::string_view text) {
  S3_ASSIGN(const XmlRequest document, XmlRequest::Parse(text, "OwnershipControls"));
  const auto rules = Children(document.root(), "Rule");
  if (rules.size() != 1) return MalformedXml("OwnershipControls has one Rule");
  constexpr std::array kKinds = {"BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"};
  const auto kind = ChildText(rules.front(), "ObjectOwnership");
  if (!kind || std::ranges::find(kKinds, *kind) == kKinds.end()) {
    return MalformedXml("ObjectOwnership is none of those there are");
  }
  return {};
}

AwsResult<void> CheckLifecycle(std::string_view text) {
  S3_TRY(ParseLifecycle(text));
  return {};
}

// From which size on objects would be moved: nothing here is, but clients look for it beside the
// rules that they have put.
constexpr char kMovedFrom[] = "x-amz-transition-default-minimum-object-size";
constexpr char kMovedFromFact[] = "lifecycleMovedFrom";
constexpr std::array kMovedFromKinds = {"all_storage_classes_128K", "varies_by_storage_class"};

AwsResult<std::string> MovedFromOf(const Call& call) {
  std::string kind = call.Header(kMovedFrom).value_or(kMovedFromKinds.front());
  if (std::ranges::find(kMovedFromKinds, kind) != kMovedFromKinds.end()) return kind;
  return InvalidArgument(kMovedFrom, kind, "it is none of the values that there are");
}

void AddMovedFrom(const Call& call) {
  const auto kept = call.about.facts.find(kMovedFromFact);
  call.reply.AddField(kMovedFrom,
                      kept == call.about.facts.end() ? kMovedFromKinds.front() : kept->second);
}

AwsResult<void> CheckPolicy(std::string_view text) {
  boost::system::error_code error;
  const boost::json::value policy = boost::json::parse(text, error);
  const bool fine = !error && policy.is_object() && policy.as_object().contains("Statement");
  if (fine) return {};
  return AwsFail(400, "MalformedPolicy", "{}",
                 error ? "Policies must be valid JSON: " + error.message()
                       : std::string("Missing required field Statement"));
}

// One kind of document: where it is kept, and what S3 says while there is none.
struct Stored {
  std::string_view kind;  // the sub-resource, and the name of the fact
  int put_status;
  std::string_view missing;  // the code of 404
  std::string_view missing_message;
  AwsResult<void> (*check)(std::string_view text);
  /// How a good one is kept, where not as it came; "" for none.
  std::string (*form)(const std::string& text) = nullptr;
  /// What there is while none was put; then nothing is missing.
  std::string (*otherwise)() = nullptr;
};

constexpr std::array kStored = {
    Stored{"cors", 200, "NoSuchCORSConfiguration", "The CORS configuration does not exist",
           CheckCors},
    Stored{"tagging", 204, "NoSuchTagSet", "The TagSet does not exist", CheckTagging,
           FormOfTagging},
    Stored{"policy", 204, "NoSuchBucketPolicy", "The bucket policy does not exist", CheckPolicy},
    Stored{"encryption", 200, "", "", CheckEncryption, nullptr, DefaultEncryption},
    Stored{"publicAccessBlock", 200, "NoSuchPublicAccessBlockConfiguration",
           "The public access block configuration was not found", CheckPublicAccess,
           FormOfPublicAccess},
    Stored{"lifecycle", 200, "NoSuchLifecycleConfiguration",
           "The lifecycle configuration does not exist", CheckLifecycle, WithRuleIds},
    Stored{"ownershipControls", 200, "OwnershipControlsNotFoundError",
           "The bucket ownership controls were not found", CheckOwnership},
};

const Stored& StoredOf(const Call& call) {
  return *std::ranges::find(kStored, call.operation->selector, &Stored::kind);
}

std::unexpected<AwsError> Missing(const Call& call, const Stored& stored) {
  auto failure = AwsFail(404, std::string(stored.missing), "{}", stored.missing_message);
  failure.error().details["BucketName"] = call.bucket;
  return failure;
}

}  // namespace

AwsResult<void> GetStored(Call& call) {
  const Stored& stored = StoredOf(call);
  const auto fact = call.about.facts.find(std::string(stored.kind));
  if (fact == call.about.facts.end() && stored.otherwise != nullptr) {
    call.SendXml(200, stored.otherwise());
    return {};
  }
  if (fact == call.about.facts.end()) return Missing(call, stored);
  if (stored.kind == "lifecycle") AddMovedFrom(call);
  const bool json = stored.kind == "policy";
  call.reply.Send(200, json ? "application/json" : kXmlType, fact->second);
  return {};
}

AwsResult<void> PutStored(Call& call) {
  const Stored& stored = StoredOf(call);
  const bool policy = stored.kind == "policy";
  S3_ASSIGN(const std::string text, ReadBody(call, policy ? kMaxPolicy : kMaxDocument));
  if (policy) S3_TRY(CheckPublicPolicy(call, text));
  S3_TRY(stored.check(text));
  if (stored.kind == "lifecycle") {
    S3_ASSIGN(const std::string moved_from, MovedFromOf(call));
    const auto kept = call.store->SetBucketFact(call.bucket, kMovedFromFact, moved_from);
    if (!kept) return FailStore(kept.error(), "NoSuchBucket");
    call.reply.AddField(kMovedFrom, moved_from);
  }
  const auto set = call.store->SetBucketFact(call.bucket, std::string(stored.kind),
                                             stored.form != nullptr ? stored.form(text) : text);
  if (!set) return FailStore(set.error(), "NoSuchBucket");
  call.SendEmpty(stored.put_status);
  return {};
}

AwsResult<void> DeleteStored(Call& call) {
  const Stored& stored = StoredOf(call);
  const auto set = call.store->SetBucketFact(call.bucket, std::string(stored.kind), "");
  if (!set) return FailStore(set.error(), "NoSuchBucket");
  call.SendEmpty(204);
  return {};
}

AwsResult<void> GetBucketPolicyStatus(Call& call) {
  const auto policy = call.about.facts.find("policy");
  if (policy == call.about.facts.end()) {
    return Missing(call, *std::ranges::find(kStored, "policy", &Stored::kind));
  }
  XmlWriter xml("PolicyStatus");
  xml.Flag("IsPublic", IsPublicPolicy(policy->second));
  call.SendXml(200, xml.Finish());
  return {};
}

AwsResult<void> GetBucketVersioning(Call& call) {
  XmlWriter xml("VersioningConfiguration");
  const auto status = call.about.facts.find("versioning");
  if (status != call.about.facts.end()) xml.Text("Status", status->second);
  call.SendXml(200, xml.Finish());
  return {};
}

AwsResult<void> PutBucketVersioning(Call& call) {
  S3_ASSIGN(const std::string text, ReadBody(call, kMaxDocument));
  S3_ASSIGN(const XmlRequest document, XmlRequest::Parse(text, "VersioningConfiguration"));
  const auto status = ChildText(document.root(), "Status");
  if (status == "Enabled" || ChildText(document.root(), "MfaDelete") == "Enabled") {
    return AwsFail(501, "NotImplemented",
                   "bucket {}: objects have one version here, and versioning cannot be enabled; "
                   "the lake's tables keep their snapshots",
                   call.bucket);
  }
  if (status != "Suspended") return MalformedXml("Status is neither Enabled nor Suspended");
  const auto set = call.store->SetBucketFact(call.bucket, "versioning", *status);
  if (!set) return FailStore(set.error(), "NoSuchBucket");
  call.SendEmpty(200);
  return {};
}

}  // namespace ticklake::aws::s3
