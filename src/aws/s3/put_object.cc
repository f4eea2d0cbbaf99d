#include "aws/s3/call.h"
#include "aws/s3/conditions.h"
#include "aws/s3/handlers.h"
#include "aws/s3/ingest.h"
#include "aws/s3/lifecycle.h"
#include "aws/s3/object_fields.h"
#include "aws/s3/wire_text.h"
#include "aws/s3/write.h"
#include "base/bytes.h"

namespace ticklake::aws::s3 {

AwsResult<void> CheckBefore(const Call& call, const store::WriteCondition& condition) {
  if (!condition.if_absent && !condition.if_match) return {};
  const auto there = call.store->Head(call.bucket, call.key);
  if (!there && there.error().code != Code::kNotFound) return FailStore(there.error());
  if (there && condition.if_absent) return PreconditionFailed("If-None-Match");
  if (!condition.if_match) return {};
  if (!there) return std::unexpected(NoSuchKey(call.key));
  if (*condition.if_match != "*" && *condition.if_match != there->facts.etag) {
    return PreconditionFailed("If-Match");
  }
  return {};
}

AwsError WriteError(const Call& call, const store::WriteCondition& condition, const Error& error) {
  if (error.code == Code::kNotFound && condition.if_match) return NoSuchKey(call.key);
  if (error.code == Code::kConflict) {
    return PreconditionFailed(condition.if_absent ? "If-None-Match" : "If-Match").error();
  }
  return FromStore(error, "NoSuchBucket");
}

AwsResult<store::Object> WriteObject(Call& call, Payload& payload) {
  S3_ASSIGN(store::ObjectFacts facts, FactsOfWrite(call));
  S3_ASSIGN(const store::WriteCondition condition, WriteConditionOf(call.request.http.headers));
  S3_TRY(CheckBefore(call, condition));  // before the client sends all of it
  S3_ASSIGN(const Claims claims, ClaimsOf(call));
  const Algorithm algorithm = claims.algorithm.value_or(Algorithm::kCrc64nvme);
  S3_ASSIGN(Ingested ingested, Ingest(call, payload, claims, {algorithm}));
  facts.etag = Hex(ingested.digest.md5());
  facts.checksums[std::string(FactsOf(algorithm).key)] = ingested.digest.Value(algorithm);
  auto object =
      call.store->Finish(std::move(ingested.upload), call.key, std::move(facts), condition);
  if (!object) return std::unexpected(WriteError(call, condition, object.error()));
  return std::move(*object);
}

AwsResult<void> PutObject(Call& call) {
  S3_ASSIGN(const store::Object object, WriteObject(call, call.request.payload));
  call.reply.AddField("ETag", Quoted(object.facts.etag));
  AddChecksumFields(call.reply, object.facts.checksums);
  AddEncryptionField(call.reply);
  AddExpiration(call, object);
  call.SendEmpty(200);
  return {};
}

}  // namespace ticklake::aws::s3
