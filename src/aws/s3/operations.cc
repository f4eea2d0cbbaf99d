#include "aws/s3/operations.h"

#include <array>
#include <set>

#include "aws/s3/handlers.h"

namespace ticklake::aws::s3 {
namespace {

using enum Level;
using enum Access;
using enum Support;

constexpr std::string_view kNoMetrics = "figures are at /metrics of the process";
constexpr std::string_view kNoLock = "refused: it needs versions, which are not kept";
constexpr std::string_view kNoTables = "the lake's own tables are in the bucket ticklake";
constexpr std::string_view kTooLittle = "only the answer where it is off";

constexpr std::array kOperations = {
    Operation{"ListBuckets", "GET", kService, "", kRead, kServed, "", ListBuckets},

    Operation{"HeadBucket", "HEAD", kBucket, "", kRead, kServed, "", HeadBucket},
    Operation{"Preflight", "OPTIONS", kBucket, "", kRead, kServed, "CORS", Preflight},
    Operation{"GetBucketLocation", "GET", kBucket, "location", kRead, kServed, "",
              GetBucketLocation},
    Operation{"GetBucketVersioning", "GET", kBucket, "versioning", kRead, kOff, "",
              GetBucketVersioning},
    Operation{"GetBucketAcl", "GET", kBucket, "acl", kRead, kOff, "the owner has full control",
              GetAcl},
    Operation{"GetBucketPolicy", "GET", kBucket, "policy", kRead, kStored, "", GetStored},
    Operation{"GetBucketPolicyStatus", "GET", kBucket, "policyStatus", kRead, kServed,
              "of the policy as such: it is not enforced", GetBucketPolicyStatus},
    Operation{"GetBucketCors", "GET", kBucket, "cors", kRead, kServed, "", GetStored},
    Operation{"GetBucketTagging", "GET", kBucket, "tagging", kRead, kStored, "", GetStored},
    Operation{"GetBucketEncryption", "GET", kBucket, "encryption", kRead, kStored, "", GetStored},
    Operation{"GetPublicAccessBlock", "GET", kBucket, "publicAccessBlock", kRead, kStored, "",
              GetStored},
    Operation{"GetBucketOwnershipControls", "GET", kBucket, "ownershipControls", kRead, kStored, "",
              GetStored},
    Operation{"GetBucketLifecycleConfiguration", "GET", kBucket, "lifecycle", kRead, kServed, "",
              GetStored},
    Operation{"GetBucketLogging", "GET", kBucket, "logging", kRead, kOff, "", AnswerOff},
    Operation{"GetBucketWebsite", "GET", kBucket, "website", kRead, kOff, "", AnswerOff},
    Operation{"GetBucketNotificationConfiguration", "GET", kBucket, "notification", kRead, kOff, "",
              AnswerOff},
    Operation{"GetBucketAccelerateConfiguration", "GET", kBucket, "accelerate", kRead, kOff, "",
              AnswerOff},
    Operation{"GetBucketRequestPayment", "GET", kBucket, "requestPayment", kRead, kOff, "",
              AnswerOff},
    Operation{"GetBucketReplication", "GET", kBucket, "replication", kRead, kOff, "", AnswerOff},
    Operation{"GetObjectLockConfiguration", "GET", kBucket, "object-lock", kRead, kOff, "",
              AnswerOff},
    Operation{"GetBucketMetricsConfiguration", "GET", kBucket, "metrics&id", kRead, kOff, "",
              AnswerOff},
    Operation{"ListBucketMetricsConfigurations", "GET", kBucket, "metrics", kRead, kOff, "",
              AnswerOff},
    Operation{"GetBucketAnalyticsConfiguration", "GET", kBucket, "analytics&id", kRead, kOff, "",
              AnswerOff},
    Operation{"ListBucketAnalyticsConfigurations", "GET", kBucket, "analytics", kRead, kOff, "",
              AnswerOff},
    Operation{"GetBucketInventoryConfiguration", "GET", kBucket, "inventory&id", kRead, kOff, "",
              AnswerOff},
    Operation{"ListBucketInventoryConfigurations", "GET", kBucket, "inventory", kRead, kOff, "",
              AnswerOff},
    Operation{"GetBucketIntelligentTieringConfiguration", "GET", kBucket, "intelligent-tiering&id",
              kRead, kOff, "", AnswerOff},
    Operation{"ListBucketIntelligentTieringConfigurations", "GET", kBucket, "intelligent-tiering",
              kRead, kOff, "", AnswerOff},
    Operation{"GetBucketAbac", "GET", kBucket, "abac", kRead, kOff, "", AnswerOff},
    Operation{"GetBucketMetadataConfiguration", "GET", kBucket, "metadataConfiguration", kRead,
              kOff, "", AnswerOff},
    Operation{"GetBucketMetadataTableConfiguration", "GET", kBucket, "metadataTable", kRead, kOff,
              "", AnswerOff},
    Operation{"CreateSession", "GET", kBucket, "session", kRead, kRefused,
              "there are no directory buckets", nullptr},
    Operation{"ListMultipartUploads", "GET", kBucket, "uploads", kRead, kServed, "",
              ListMultipartUploads},
    Operation{"ListObjectVersions", "GET", kBucket, "versions", kRead, kServed,
              "each object is its version null", ListObjectVersions},
    Operation{"ListObjectsV2", "GET", kBucket, "list-type=2", kRead, kServed, "", ListObjectsV2},
    Operation{"ListObjects", "GET", kBucket, "", kRead, kServed, "", ListObjects},

    Operation{"PutBucketVersioning", "PUT", kBucket, "versioning", kWrite, kOff,
              "Suspended is taken, Enabled is not", PutBucketVersioning},
    Operation{"PutBucketAcl", "PUT", kBucket, "acl", kWrite, kOff,
              "only what leaves all to the owner", PutAcl},
    Operation{"PutBucketPolicy", "PUT", kBucket, "policy", kWrite, kStored, "not enforced",
              PutStored},
    Operation{"PutBucketCors", "PUT", kBucket, "cors", kWrite, kServed, "", PutStored},
    Operation{"PutBucketTagging", "PUT", kBucket, "tagging", kWrite, kStored, "", PutStored},
    Operation{"PutBucketEncryption", "PUT", kBucket, "encryption", kWrite, kStored,
              "AES256 only; bytes lie on the disk as they are", PutStored},
    Operation{"PutPublicAccessBlock", "PUT", kBucket, "publicAccessBlock", kWrite, kStored,
              "nothing is public in any case", PutStored},
    Operation{"PutBucketOwnershipControls", "PUT", kBucket, "ownershipControls", kWrite, kStored,
              "", PutStored},
    Operation{"PutBucketLifecycleConfiguration", "PUT", kBucket, "lifecycle", kWrite, kServed,
              "no transitions: there is one storage tier", PutStored},
    Operation{"PutBucketLogging", "PUT", kBucket, "logging", kWrite, kOff, kTooLittle, AcceptOff},
    Operation{"PutBucketWebsite", "PUT", kBucket, "website", kWrite, kRefused,
              "no sites are served from buckets", nullptr},
    Operation{"PutBucketNotificationConfiguration", "PUT", kBucket, "notification", kWrite, kOff,
              kTooLittle, AcceptOff},
    Operation{"PutBucketAccelerateConfiguration", "PUT", kBucket, "accelerate", kWrite, kOff,
              kTooLittle, AcceptOff},
    Operation{"PutBucketRequestPayment", "PUT", kBucket, "requestPayment", kWrite, kOff, kTooLittle,
              AcceptOff},
    Operation{"PutBucketReplication", "PUT", kBucket, "replication", kWrite, kOff,
              "refused: there is one copy of each object", AnswerOff},
    Operation{"PutObjectLockConfiguration", "PUT", kBucket, "object-lock", kWrite, kOff, kNoLock,
              AnswerOff},
    Operation{"PutBucketMetricsConfiguration", "PUT", kBucket, "metrics", kWrite, kRefused,
              kNoMetrics, nullptr},
    Operation{"PutBucketAnalyticsConfiguration", "PUT", kBucket, "analytics", kWrite, kRefused,
              kNoMetrics, nullptr},
    Operation{"PutBucketInventoryConfiguration", "PUT", kBucket, "inventory", kWrite, kRefused,
              "list the bucket instead", nullptr},
    Operation{"PutBucketIntelligentTieringConfiguration", "PUT", kBucket, "intelligent-tiering",
              kWrite, kRefused, "there is one storage tier", nullptr},
    Operation{"PutBucketAbac", "PUT", kBucket, "abac", kWrite, kRefused,
              "access goes by keys, not by tags", nullptr},
    Operation{"CreateBucket", "PUT", kBucket, "", kWrite, kServed, "", CreateBucket},

    Operation{"DeleteBucketPolicy", "DELETE", kBucket, "policy", kWrite, kStored, "", DeleteStored},
    Operation{"DeleteBucketCors", "DELETE", kBucket, "cors", kWrite, kServed, "", DeleteStored},
    Operation{"DeleteBucketTagging", "DELETE", kBucket, "tagging", kWrite, kStored, "",
              DeleteStored},
    Operation{"DeleteBucketEncryption", "DELETE", kBucket, "encryption", kWrite, kStored, "",
              DeleteStored},
    Operation{"DeletePublicAccessBlock", "DELETE", kBucket, "publicAccessBlock", kWrite, kStored,
              "", DeleteStored},
    Operation{"DeleteBucketOwnershipControls", "DELETE", kBucket, "ownershipControls", kWrite,
              kStored, "", DeleteStored},
    Operation{"DeleteBucketLifecycle", "DELETE", kBucket, "lifecycle", kWrite, kServed, "",
              DeleteStored},
    Operation{"DeleteBucketWebsite", "DELETE", kBucket, "website", kWrite, kOff, "", AnswerOff},
    Operation{"DeleteBucketReplication", "DELETE", kBucket, "replication", kWrite, kOff, "",
              AnswerOff},
    Operation{"DeleteBucketMetricsConfiguration", "DELETE", kBucket, "metrics", kWrite, kOff, "",
              AnswerOff},
    Operation{"DeleteBucketAnalyticsConfiguration", "DELETE", kBucket, "analytics", kWrite, kOff,
              "", AnswerOff},
    Operation{"DeleteBucketInventoryConfiguration", "DELETE", kBucket, "inventory", kWrite, kOff,
              "", AnswerOff},
    Operation{"DeleteBucketIntelligentTieringConfiguration", "DELETE", kBucket,
              "intelligent-tiering", kWrite, kOff, "", AnswerOff},
    Operation{"DeleteBucketMetadataConfiguration", "DELETE", kBucket, "metadataConfiguration",
              kWrite, kOff, "", AnswerOff},
    Operation{"DeleteBucketMetadataTableConfiguration", "DELETE", kBucket, "metadataTable", kWrite,
              kOff, "", AnswerOff},
    Operation{"DeleteBucket", "DELETE", kBucket, "", kWrite, kServed, "", DeleteBucket},

    Operation{"CreateBucketMetadataConfiguration", "POST", kBucket, "metadataConfiguration", kWrite,
              kRefused, kNoTables, nullptr},
    Operation{"CreateBucketMetadataTableConfiguration", "POST", kBucket, "metadataTable", kWrite,
              kRefused, kNoTables, nullptr},
    Operation{"DeleteObjects", "POST", kBucket, "delete", kWrite, kServed, "", DeleteObjects},
    Operation{"PostObject", "POST", kBucket, "", kWrite, kServed, "a browser's form", PostObject},

    Operation{"HeadObject", "HEAD", kObject, "", kRead, kServed, "", GetObject},
    Operation{"Preflight", "OPTIONS", kObject, "", kRead, kServed, "CORS", Preflight},
    Operation{"ListParts", "GET", kObject, "uploadId", kRead, kServed, "", ListParts},
    Operation{"GetObjectTagging", "GET", kObject, "tagging", kRead, kServed, "", GetObjectTagging},
    Operation{"GetObjectAcl", "GET", kObject, "acl", kRead, kOff, "the owner has full control",
              GetAcl},
    Operation{"GetObjectAttributes", "GET", kObject, "attributes", kRead, kServed, "",
              GetObjectAttributes},
    Operation{"GetObjectRetention", "GET", kObject, "retention", kRead, kOff, "", AnswerOff},
    Operation{"GetObjectLegalHold", "GET", kObject, "legal-hold", kRead, kOff, "", AnswerOff},
    Operation{"GetObjectTorrent", "GET", kObject, "torrent", kRead, kRefused,
              "S3 itself has ended it", nullptr},
    Operation{"GetObject", "GET", kObject, "", kRead, kServed, "", GetObject},

    Operation{"UploadPartCopy", "PUT", kObject, "partNumber&uploadId@x-amz-copy-source", kWrite,
              kServed, "", UploadPartCopy},
    Operation{"UploadPart", "PUT", kObject, "partNumber&uploadId", kWrite, kServed, "", UploadPart},
    Operation{"PutObjectTagging", "PUT", kObject, "tagging", kWrite, kServed, "", PutObjectTagging},
    Operation{"PutObjectAcl", "PUT", kObject, "acl", kWrite, kOff,
              "only what leaves all to the owner", PutAcl},
    Operation{"PutObjectRetention", "PUT", kObject, "retention", kWrite, kOff, "", AnswerOff},
    Operation{"PutObjectLegalHold", "PUT", kObject, "legal-hold", kWrite, kOff, "", AnswerOff},
    Operation{"UpdateObjectEncryption", "PUT", kObject, "encryption", kWrite, kRefused,
              "there are no encryption keys", nullptr},
    Operation{"RenameObject", "PUT", kObject, "renameObject", kWrite, kRefused,
              "only directory buckets of S3 have it; copy and delete", nullptr},
    Operation{"CopyObject", "PUT", kObject, "@x-amz-copy-source", kWrite, kServed, "", CopyObject},
    Operation{"PutObject", "PUT", kObject, "", kWrite, kServed, "", PutObject},

    Operation{"CreateMultipartUpload", "POST", kObject, "uploads", kWrite, kServed, "",
              CreateMultipartUpload},
    Operation{"CompleteMultipartUpload", "POST", kObject, "uploadId", kWrite, kServed, "",
              CompleteMultipartUpload},
    Operation{"SelectObjectContent", "POST", kObject, "select", kRead, kRefused,
              "ask the SQL door instead: ticklake sql, or Athena's API", nullptr},
    Operation{"RestoreObject", "POST", kObject, "restore", kWrite, kOff, "nothing is archived here",
              RestoreObject},

    Operation{"AbortMultipartUpload", "DELETE", kObject, "uploadId", kWrite, kServed, "",
              AbortMultipartUpload},
    Operation{"DeleteObjectTagging", "DELETE", kObject, "tagging", kWrite, kServed, "",
              DeleteObjectTagging},
    Operation{"DeleteObject", "DELETE", kObject, "", kWrite, kServed, "", DeleteObject},
};

// Calls `visit` with each part of a selector: its name, its value or "", and whether it is a field.
template <class Visit>
void ForEachPart(std::string_view selector, Visit visit) {
  while (!selector.empty()) {
    const bool field = selector.front() == '@';
    if (field || selector.front() == '&') selector.remove_prefix(1);
    const std::string_view part = selector.substr(0, selector.find_first_of("&@"));
    selector.remove_prefix(part.size());
    const size_t equals = part.find('=');
    visit(part.substr(0, equals),
          equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1), field);
  }
}

bool Selects(std::string_view selector, const RequestShape& shape) {
  bool all = true;
  ForEachPart(selector, [&](std::string_view name, std::string_view value, bool field) {
    const auto& where = field ? shape.headers : shape.query;
    const auto it = where.find(std::string(name));
    all = all && it != where.end() && (value.empty() || it->second == value);
  });
  return all;
}

// Names of sub-resources: the first of each selector of the query.
std::set<std::string_view> SubResources(Level level) {
  std::set<std::string_view> names;
  for (const Operation& operation : kOperations) {
    if (operation.level != level || operation.selector.starts_with('@')) continue;
    const std::string_view first =
        operation.selector.substr(0, operation.selector.find_first_of("&=@"));
    // A parameter of GetObject as well, and of the lists.
    if (!first.empty() && first != "partNumber" && first != "list-type") names.insert(first);
  }
  return names;
}

std::unexpected<AwsError> MethodNotAllowed(const RequestShape& shape, std::string_view of) {
  auto failure =
      AwsFail(405, "MethodNotAllowed",
              "The specified method is not allowed against this resource: {} of a {}{}{}",
              shape.method, LevelName(shape.level), of.empty() ? "" : " with ?", of);
  failure.error().details = {{"Method", std::string(shape.method)},
                             {"ResourceType", std::string(LevelName(shape.level))}};
  return failure;
}

}  // namespace

std::span<const Operation> Operations() { return kOperations; }

AwsResult<const Operation*> FindOperation(const RequestShape& shape) {
  for (const Operation& operation : kOperations) {
    if (operation.method != shape.method || operation.level != shape.level) continue;
    if (!Selects(operation.selector, shape)) continue;
    const bool plain = operation.selector.empty() || operation.selector.starts_with('@');
    if (plain && !shape.query.empty()) {
      for (const std::string_view name : SubResources(shape.level)) {
        if (shape.query.contains(std::string(name)) && shape.method != "OPTIONS") {
          return MethodNotAllowed(shape, name);
        }
      }
    }
    return &operation;
  }
  return MethodNotAllowed(shape, "");
}

std::string_view LevelName(Level level) {
  constexpr std::array kNames = {"SERVICE", "BUCKET", "OBJECT"};
  return kNames[static_cast<size_t>(level)];
}

std::string_view SupportName(Support support) {
  constexpr std::array kNames = {"served", "stored", "as where it is off", "NotImplemented"};
  return kNames[static_cast<size_t>(support)];
}

}  // namespace ticklake::aws::s3
