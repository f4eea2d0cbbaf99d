#include "aws/s3/s3_service.h"

#include "aws/s3/access.h"
#include "aws/s3/address.h"
#include "aws/s3/call.h"
#include "aws/s3/cors.h"
#include "aws/s3/operations.h"
#include "aws/xml_writer.h"
#include "base/base64.h"
#include "base/log.h"

namespace ticklake::aws::s3 {
namespace {

// What AWS calls the host's id: opaque, and different for each request.
std::string HostId(const std::string& id) { return Base64("ticklake/" + id); }

void AddIds(const std::string& id, net::HttpReply& reply) {
  reply.AddField("x-amz-request-id", id);
  reply.AddField("x-amz-id-2", HostId(id));
}

void WriteError(const net::HttpRequest& http, const AwsError& error, const std::string& id,
                net::HttpReply& reply) {
  if (error.status == 304 || http.method == "HEAD") return reply.Send(error.status, "", "");
  XmlWriter xml("Error", "");
  xml.Text("Code", error.code).Text("Message", error.message);
  for (const auto& [name, value] : error.details) xml.Text(name, value);
  xml.Text("Resource", http.path).Text("RequestId", id).Text("HostId", HostId(id));
  reply.Send(error.status, kXmlType, xml.Finish());
}

Level LevelOf(const Address& address) {
  if (address.bucket.empty()) return Level::kService;
  return address.key.empty() ? Level::kBucket : Level::kObject;
}

AwsResult<void> CheckOwner(const Call& call, std::string_view field) {
  const auto owner = call.Header(field);
  if (!owner || *owner == kAccount) return {};
  return AwsFail(403, "AccessDenied", "Access Denied: {} is {}, and everything here belongs to {}",
                 field, *owner, kAccount);
}

// A bucket that must be there already; not of what makes it.
AwsResult<void> FindBucket(Call& call) {
  if (call.operation->level == Level::kService) return {};
  S3_ASSIGN(call.store, StoreOf(call, call.bucket));
  if (call.operation->name == "CreateBucket") return {};
  S3_TRY(CheckOwner(call, "x-amz-expected-bucket-owner"));
  S3_TRY(CheckOwner(call, "x-amz-source-expected-bucket-owner"));
  auto bucket = call.store->GetBucket(call.bucket);
  if (!bucket && bucket.error().code == Code::kNotFound) {
    return std::unexpected(NoSuchBucket(call.bucket));
  }
  if (!bucket) return FailStore(bucket.error());
  call.about = std::move(*bucket);
  return {};
}

AwsResult<void> CheckVersion(const Call& call) {
  const auto version = call.Query("versionId");
  if (!version || *version == "null" || call.operation->level != Level::kObject) return {};
  return InvalidArgument("versionId", *version,
                         "Invalid version id specified: objects here have the version null only");
}

}  // namespace

AwsResult<void> S3Service::Dispatch(const Request& request, net::HttpReply& reply) {
  S3_ASSIGN(Address address, AddressOf(request.http));
  const auto found = FindOperation({.method = request.http.method,
                                    .level = LevelOf(address),
                                    .query = request.http.query,
                                    .headers = request.http.headers});
  if (request.form != nullptr && (!found || (*found)->name != "PostObject")) {
    return AwsFail(403, "AccessDenied", "Access Denied: the request is not signed");
  }
  S3_ASSIGN(const Operation* operation, found);
  Call call{.request = request,
            .reply = reply,
            .s3 = options_,
            .operation = operation,
            .bucket = std::move(address.bucket),
            .key = std::move(address.key)};
  S3_TRY(CheckAccess(call));
  if (operation->handler == nullptr) {
    return AwsFail(501, "NotImplemented", "{} is not served here: {}", operation->name,
                   operation->note);
  }
  S3_TRY(FindBucket(call));
  if (operation->name != "Preflight") AddCorsFields(call);
  S3_TRY(CheckVersion(call));
  return operation->handler(call);
}

void S3Service::Serve(const Request& request, net::HttpReply& reply) {
  AddIds(request.id, reply);
  const auto done = Dispatch(request, reply);
  if (done) return;
  if (done.error().status >= 500 && done.error().status != 501) {
    spdlog::warn("s3: {} {}: {} {}: {}", request.http.method, request.http.path, request.id,
                 done.error().code, done.error().message);
  }
  WriteError(request.http, done.error(), request.id, reply);
}

void S3Service::Refuse(const net::HttpRequest& http, const AwsError& error, const std::string& id,
                       net::HttpReply& reply) {
  AddIds(id, reply);
  WriteError(http, error, id, reply);
}

}  // namespace ticklake::aws::s3
