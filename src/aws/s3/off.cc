// Features that are not in use: what S3 answers of them then.
#include <algorithm>
#include <array>

#include "aws/s3/get_object.h"
#include "aws/s3/handlers.h"
#include "aws/s3/object_fields.h"
#include "aws/s3/operations.h"
#include "aws/s3/request_body.h"
#include "aws/s3/xml_reader.h"
#include "aws/xml_writer.h"

namespace ticklake::aws::s3 {
namespace {

struct Off {
  std::string_view operation;
  int status;
  std::string_view code;     // of an error; else the root of the document, "" for none
  std::string_view content;  // the error's message, or what stands in the document
};

constexpr std::string_view kNoConfiguration = "The specified configuration does not exist.";
constexpr std::string_view kNoLock = "Bucket is missing Object Lock Configuration";
constexpr std::string_view kNeedsVersions =
    "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration";

constexpr std::array kOff = {
    Off{"GetBucketLogging", 200, "BucketLoggingStatus", ""},
    Off{"GetBucketWebsite", 404, "NoSuchWebsiteConfiguration",
        "The specified bucket does not have a website configuration"},
    Off{"GetBucketNotificationConfiguration", 200, "NotificationConfiguration", ""},
    Off{"GetBucketAccelerateConfiguration", 200, "AccelerateConfiguration", ""},
    Off{"GetBucketRequestPayment", 200, "RequestPaymentConfiguration",
        "<Payer>BucketOwner</Payer>"},
    Off{"GetBucketReplication", 404, "ReplicationConfigurationNotFoundError",
        "The replication configuration was not found"},
    Off{"GetObjectLockConfiguration", 404, "ObjectLockConfigurationNotFoundError",
        "Object Lock configuration does not exist for this bucket"},
    Off{"GetBucketMetricsConfiguration", 404, "NoSuchConfiguration", kNoConfiguration},
    Off{"ListBucketMetricsConfigurations", 200, "ListMetricsConfigurationsResult",
        "<IsTruncated>false</IsTruncated>"},
    Off{"GetBucketAnalyticsConfiguration", 404, "NoSuchConfiguration", kNoConfiguration},
    Off{"ListBucketAnalyticsConfigurations", 200, "ListBucketAnalyticsConfigurationResult",
        "<IsTruncated>false</IsTruncated>"},
    Off{"GetBucketInventoryConfiguration", 404, "NoSuchConfiguration", kNoConfiguration},
    Off{"ListBucketInventoryConfigurations", 200, "ListInventoryConfigurationsResult",
        "<IsTruncated>false</IsTruncated>"},
    Off{"GetBucketIntelligentTieringConfiguration", 404, "NoSuchConfiguration", kNoConfiguration},
    Off{"ListBucketIntelligentTieringConfigurations", 200,
        "ListBucketIntelligentTieringConfigurationsOutput", "<IsTruncated>false</IsTruncated>"},
    Off{"GetBucketAbac", 200, "AbacStatus", "<Status>Disabled</Status>"},
    Off{"GetBucketMetadataConfiguration", 404, "MetadataConfigurationNotFound",
        "The metadata configuration does not exist."},
    Off{"GetBucketMetadataTableConfiguration", 404, "MetadataConfigurationNotFound",
        "The metadata table configuration does not exist."},
    Off{"DeleteBucketWebsite", 204, "", ""},
    Off{"DeleteBucketReplication", 204, "", ""},
    Off{"DeleteBucketMetadataConfiguration", 204, "", ""},
    Off{"DeleteBucketMetadataTableConfiguration", 204, "", ""},
    Off{"DeleteBucketMetricsConfiguration", 404, "NoSuchConfiguration", kNoConfiguration},
    Off{"DeleteBucketAnalyticsConfiguration", 404, "NoSuchConfiguration", kNoConfiguration},
    Off{"DeleteBucketInventoryConfiguration", 404, "NoSuchConfiguration", kNoConfiguration},
    Off{"DeleteBucketIntelligentTieringConfiguration", 404, "NoSuchConfiguration",
        kNoConfiguration},
    Off{"PutObjectLockConfiguration", 409, "InvalidBucketState", kNeedsVersions},
    Off{"PutBucketReplication", 400, "InvalidRequest",
        "Versioning must be 'Enabled' on the bucket to apply a replication configuration"},
    Off{"GetObjectRetention", 400, "InvalidRequest", kNoLock},
    Off{"GetObjectLegalHold", 400, "InvalidRequest", kNoLock},
    Off{"PutObjectRetention", 400, "InvalidRequest", kNoLock},
    Off{"PutObjectLegalHold", 400, "InvalidRequest", kNoLock},
};

// What switches nothing on: an empty document, or one that names the state there is.
struct Harmless {
  std::string_view operation;
  std::string_view root;
  std::string_view element;  // "" : no elements at all
  std::string_view value;
  std::string_view other;  // value that would switch it on
};

constexpr std::array kHarmless = {
    Harmless{"PutBucketLogging", "BucketLoggingStatus", "", "", ""},
    Harmless{"PutBucketNotificationConfiguration", "NotificationConfiguration", "", "", ""},
    Harmless{"PutBucketAccelerateConfiguration", "AccelerateConfiguration", "Status", "Suspended",
             "Enabled"},
    Harmless{"PutBucketRequestPayment", "RequestPaymentConfiguration", "Payer", "BucketOwner",
             "Requester"},
};

}  // namespace

AwsResult<void> AnswerOff(Call& call) {
  const Off& off = *std::ranges::find(kOff, call.operation->name, &Off::operation);
  if (off.status >= 400) {
    auto failure = AwsFail(off.status, std::string(off.code), "{}", off.content);
    failure.error().details["BucketName"] = call.bucket;
    return failure;
  }
  if (off.code.empty()) {
    call.SendEmpty(off.status);
    return {};
  }
  XmlWriter xml(off.code);
  xml.Raw(off.content);
  call.SendXml(off.status, xml.Finish());
  return {};
}

AwsResult<void> RestoreObject(Call& call) {
  const auto object = call.store->Head(call.bucket, call.key);
  if (!object) return std::unexpected(ReadError(call, object.error()));
  auto failure = AwsFail(403, "InvalidObjectState",
                         "The operation is not valid for the object's storage class");
  failure.error().details["StorageClass"] = StorageClassOf(object->facts);
  return failure;
}

AwsResult<void> AcceptOff(Call& call) {
  const Harmless& harmless =
      *std::ranges::find(kHarmless, call.operation->name, &Harmless::operation);
  S3_ASSIGN(const std::string text, ReadBody(call, 64 << 10));
  S3_ASSIGN(const XmlRequest document, XmlRequest::Parse(text, harmless.root));
  const auto told = ChildText(document.root(), harmless.element);
  if (!harmless.element.empty() && told != harmless.value && told != harmless.other) {
    return MalformedXml(
        fmt::format("{} is neither {} nor {}", harmless.element, harmless.value, harmless.other));
  }
  const bool fine =
      harmless.element.empty() ? document.root().first_child().empty() : told == harmless.value;
  if (!fine) {
    return AwsFail(501, "NotImplemented", "{} is taken only where it switches nothing on: {}",
                   call.operation->name,
                   harmless.element.empty()
                       ? fmt::format("an empty {}", harmless.root)
                       : fmt::format("{} {}", harmless.element, harmless.value));
  }
  call.SendEmpty(200);
  return {};
}

}  // namespace ticklake::aws::s3
