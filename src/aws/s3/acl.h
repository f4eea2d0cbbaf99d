// Access control lists: there is one account, which owns everything and has full control.
//
// What leaves it so is taken; every grant to anybody else is refused as S3 refuses it where ACLs
// are off (AccessControlListNotSupported). Threading: pure functions.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "aws/aws_error.h"
#include "aws/s3/call.h"
#include "aws/xml_writer.h"

namespace ticklake::aws::s3 {

/// The canonical user id of the one account.
inline constexpr std::string_view kOwnerId =
    "7a1c0d5e9b3f4286a1c0d5e9b3f42867a1c0d5e9b3f4286a1c0d5e9b3f428670";
inline constexpr std::string_view kOwnerName = "ticklake";

/// <name><ID>…</ID><DisplayName>…</DisplayName></name>
void AddOwner(XmlWriter& xml, std::string_view name);

/// The four switches in the order of S3's document: BlockPublicAcls, IgnorePublicAcls,
/// BlockPublicPolicy, RestrictPublicBuckets.
using PublicAccess = std::array<bool, 4>;
inline constexpr std::array kPublicAccessNames = {"BlockPublicAcls", "IgnorePublicAcls",
                                                  "BlockPublicPolicy", "RestrictPublicBuckets"};
std::string PublicAccessXml(const PublicAccess& access);

enum class AclOf { kBucket, kObject };

/// x-amz-acl and x-amz-grant-* of a request. InvalidArgument, AccessControlListNotSupported.
AwsResult<void> CheckAclFields(const Call& call, AclOf what);

/// The document of a value of x-amz-object-ownership. InvalidArgument.
AwsResult<std::string> OwnershipDocument(std::string_view ownership);

/// What S3 has of every bucket that is made since 2023, in that region: nothing is public, ACLs are
/// off.
store::Facts FactsOfNewBucket(std::string_view region);

}  // namespace ticklake::aws::s3
