#include "aws/s3/acl.h"

#include <algorithm>
#include <array>

#include "aws/s3/handlers.h"
#include "aws/s3/operations.h"
#include "aws/s3/request_body.h"
#include "aws/s3/xml_reader.h"

namespace ticklake::aws::s3 {
namespace {

// Those that leave everything to the owner of bucket and object, who are one.
constexpr std::array kOwnersOnly = {"private", "bucket-owner-read", "bucket-owner-full-control"};
constexpr std::array kOthers = {"public-read", "public-read-write", "authenticated-read",
                                "aws-exec-read", "log-delivery-write"};

std::unexpected<AwsError> NotSupported(std::string_view what) {
  return AwsFail(
      400, "AccessControlListNotSupported",
      "The bucket does not allow ACLs: {} would change who has access, and all access here "
      "goes by keys; leave it out",
      what);
}

std::string OwnershipXml(std::string_view ownership) {
  XmlWriter xml("OwnershipControls");
  xml.Open("Rule").Text("ObjectOwnership", ownership);
  return xml.Finish();
}

AwsResult<void> CheckGrants(pugi::xml_node policy) {
  const pugi::xml_node list = Child(policy, "AccessControlList");
  if (!list) return MalformedXml("an AccessControlPolicy needs an AccessControlList");
  const auto grants = Children(list, "Grant");
  if (grants.empty()) return NotSupported("a list without the owner's FULL_CONTROL");
  for (const pugi::xml_node grant : grants) {
    const auto id = ChildText(Child(grant, "Grantee"), "ID");
    const auto permission = ChildText(grant, "Permission");
    if (!permission) return MalformedXml("a Grant needs a Permission");
    if (id != kOwnerId || permission != "FULL_CONTROL") {
      return NotSupported(fmt::format("the grant of {}", *permission));
    }
  }
  return {};
}

}  // namespace

void AddOwner(XmlWriter& xml, std::string_view name) {
  xml.Open(name).Text("ID", kOwnerId).Text("DisplayName", kOwnerName).Close();
}

std::string PublicAccessXml(const PublicAccess& access) {
  XmlWriter xml("PublicAccessBlockConfiguration");
  for (size_t i = 0; i < access.size(); ++i) xml.Flag(kPublicAccessNames[i], access[i]);
  return xml.Finish();
}

AwsResult<void> CheckAclFields(const Call& call, AclOf what) {
  if (const auto canned = call.Header("x-amz-acl")) {
    const bool fine = std::ranges::find(kOwnersOnly, *canned) != kOwnersOnly.end();
    if (!fine && std::ranges::find(kOthers, *canned) == kOthers.end()) {
      return InvalidArgument("x-amz-acl", *canned, "x-amz-acl is no canned ACL");
    }
    if (!fine && what == AclOf::kBucket && call.operation->name == "CreateBucket") {
      return AwsFail(400, "InvalidBucketAclWithObjectOwnership",
                     "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced "
                     "setting: all access here goes by keys; leave x-amz-acl: {} out",
                     *canned);
    }
    if (!fine) {
      return NotSupported(fmt::format("x-amz-acl: {} of {}", *canned,
                                      what == AclOf::kBucket ? "a bucket" : "an object"));
    }
  }
  for (const auto& [name, value] : call.request.http.headers) {
    if (!name.starts_with("x-amz-grant-")) continue;
    if (call.Header("x-amz-acl")) {
      return AwsFail(400, "InvalidRequest",
                     "Specifying both Canned ACLs and Header Grants is not allowed");
    }
    if (value != fmt::format("id={}", kOwnerId) && value != fmt::format("id=\"{}\"", kOwnerId)) {
      return NotSupported(name);
    }
  }
  return {};
}

AwsResult<std::string> OwnershipDocument(std::string_view ownership) {
  constexpr std::array kKinds = {"BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"};
  if (std::ranges::find(kKinds, ownership) == kKinds.end()) {
    return InvalidArgument("x-amz-object-ownership", ownership,
                           "Invalid x-amz-object-ownership header");
  }
  return OwnershipXml(ownership);
}

store::Facts FactsOfNewBucket(std::string_view region) {
  return {{"region", std::string(region)},
          {"ownershipControls", OwnershipXml("BucketOwnerEnforced")},
          {"publicAccessBlock", PublicAccessXml({true, true, true, true})}};
}

AwsResult<void> GetAcl(Call& call) {
  if (!call.key.empty()) {
    const auto object = call.store->Head(call.bucket, call.key);
    if (!object && object.error().code == Code::kNotFound) {
      return std::unexpected(NoSuchKey(call.key));
    }
    if (!object) return FailStore(object.error());
  }
  XmlWriter xml("AccessControlPolicy");
  AddOwner(xml, "Owner");
  xml.Open("AccessControlList").Open("Grant");
  xml.Open(
      "Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
      "xsi:type=\"CanonicalUser\"");
  xml.Text("ID", kOwnerId).Text("DisplayName", kOwnerName).Close();
  xml.Text("Permission", "FULL_CONTROL");
  call.SendXml(200, xml.Finish());
  return {};
}

AwsResult<void> PutAcl(Call& call) {
  S3_TRY(CheckAclFields(call, call.key.empty() ? AclOf::kBucket : AclOf::kObject));
  S3_ASSIGN(const std::string body, ReadBody(call, 64 << 10));
  if (!body.empty()) {
    S3_ASSIGN(const XmlRequest document, XmlRequest::Parse(body, "AccessControlPolicy"));
    S3_TRY(CheckGrants(document.root()));
  }
  if (!call.key.empty()) {
    const auto object = call.store->Head(call.bucket, call.key);
    if (!object) return FailStore(object.error());
  }
  call.SendEmpty(200);
  return {};
}

}  // namespace ticklake::aws::s3
