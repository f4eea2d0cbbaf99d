// Reading objects: whole, in ranges, by part, and only their facts.
#include <algorithm>

#include "aws/s3/call.h"
#include "aws/s3/conditions.h"
#include "aws/s3/get_object.h"
#include "aws/s3/handlers.h"
#include "aws/s3/lifecycle.h"
#include "aws/s3/object_fields.h"
#include "aws/s3/part_checksums.h"
#include "aws/s3/range.h"
#include "aws/s3/wire_text.h"
#include "net/http_date.h"

namespace ticklake::aws::s3 {
namespace {

constexpr uint64_t kMaxParts = 10'000;

// What of the object is sent, and how it is said.
struct Selection {
  ByteRange range;
  bool partial = false;
  std::optional<size_t> part;  // its place among the object's
};

AwsResult<Selection> SelectPart(const Call& call, const store::Object& object) {
  S3_ASSIGN(const uint64_t number, QueryNumber(call, "partNumber", 0, kMaxParts));
  if (call.Header("range")) {
    return AwsFail(400, "InvalidRequest",
                   "Cannot specify both Range header and partNumber query "
                   "parameter");
  }
  const uint64_t count = std::max<size_t>(object.parts.size(), 1);
  if (number < 1 || number > count) {
    auto failure = AwsFail(416, "InvalidPartNumber", "The requested partnumber is not satisfiable");
    failure.error().details = {{"PartNumberRequested", std::to_string(number)},
                               {"ActualPartCount", std::to_string(count)}};
    return failure;
  }
  if (object.parts.empty()) return Selection{{0, object.size}, object.size > 0, std::nullopt};
  ByteRange range{0, object.parts[number - 1]};
  for (uint64_t i = 0; i + 1 < number; ++i) range.first += object.parts[i];
  call.reply.AddField("x-amz-mp-parts-count", std::to_string(object.parts.size()));
  return Selection{range, range.size > 0, number - 1};
}

// False: the range is of another version, by If-Range.
bool RangeIsOfThis(const Call& call, const store::Object& object) {
  const auto condition = call.Header("if-range");
  if (!condition) return true;
  if (condition->contains('"')) return PlainEtag(*condition) == object.facts.etag;
  const auto date = net::ParseHttpDate(*condition);
  return date && object.modified / kNanosPerSecond == *date / kNanosPerSecond;
}

AwsResult<Selection> Select(const Call& call, const store::Object& object) {
  if (call.Query("partNumber")) return SelectPart(call, object);
  const auto field = call.Header("range");
  if (!field || !RangeIsOfThis(call, object))
    return Selection{{0, object.size}, false, std::nullopt};
  S3_ASSIGN(const std::optional<ByteRange> range, ParseRange(*field, object.size));
  if (!range) return Selection{{0, object.size}, false, std::nullopt};
  return Selection{*range, true, std::nullopt};
}

// Of what is sent: the object's, or the part's.
void AddChecksums(Call& call, const store::Object& object, const Selection& selection) {
  if (!selection.part) {
    if (selection.range.size == object.size) {
      AddChecksumFields(call.reply, object.facts.checksums);
    }
    return;
  }
  const PartChecksums parts = PartChecksums::Of(object.facts);
  if (*selection.part >= parts.values.size()) return;
  const AlgorithmFacts& algorithm = FactsOf(*parts.algorithm);
  call.reply.AddField(algorithm.header, parts.values[*selection.part]);
  const auto own = object.facts.checksums.find(std::string(algorithm.key));
  if (own != object.facts.checksums.end()) {
    call.reply.AddField("x-amz-checksum-type", ChecksumType(own->second));
  }
}

}  // namespace

AwsResult<void> CheckConditions(Call& call, const store::Object& object) {
  std::string failed;
  switch (Judge(Conditions::Of(call.request.http.headers, ""), object, &failed)) {
    case Verdict::kGoOn: return {};
    case Verdict::kFailed: return PreconditionFailed(failed);
    case Verdict::kNotModified:
      call.reply.AddField("ETag", Quoted(object.facts.etag));
      call.reply.AddField("Last-Modified", net::HttpDate(object.modified));
      return AwsFail(304, "NotModified", "Not Modified");
  }
  return {};
}

AwsError ReadError(const Call& call, const Error& error) {
  return error.code == Code::kNotFound ? NoSuchKey(call.key) : FromStore(error);
}

AwsResult<void> GetObject(Call& call) {
  if (call.Header("x-amz-server-side-encryption")) {
    return InvalidArgument("x-amz-server-side-encryption",
                           *call.Header("x-amz-server-side-encryption"),
                           "x-amz-server-side-encryption header is not supported for this "
                           "operation.");
  }
  // What is sent is what was opened, even if the key is written meanwhile.
  store::OpenObject open;
  if (call.head()) {
    auto object = call.store->Head(call.bucket, call.key);
    if (!object) return std::unexpected(ReadError(call, object.error()));
    open.object = std::move(*object);
  } else {
    auto opened = call.store->Open(call.bucket, call.key);
    if (!opened) return std::unexpected(ReadError(call, opened.error()));
    open = std::move(*opened);
  }
  const store::Object& object = open.object;
  S3_TRY(CheckConditions(call, object));
  S3_ASSIGN(const Selection selection, Select(call, object));
  AddObjectFields(call, object);
  AddExpiration(call, object);
  if (call.Header("x-amz-checksum-mode") == "ENABLED") AddChecksums(call, object, selection);
  if (selection.partial) {
    call.reply.AddField("Content-Range",
                        fmt::format("bytes {}-{}/{}", selection.range.first,
                                    selection.range.first + selection.range.size - 1, object.size));
  }
  const auto type = object.facts.headers.find("content-type");
  const std::string otherwise =
      type == object.facts.headers.end() ? "binary/octet-stream" : type->second;
  const auto begun =
      call.reply.Begin(selection.partial ? 206 : 200,
                       call.QueryOr("response-content-type", otherwise), selection.range.size);
  if (!begun || call.head()) return {};
  // A client that goes away in the middle is not our failure.
  (void)call.reply.WriteFile(*open.file, selection.range.first, selection.range.size);
  return {};
}

}  // namespace ticklake::aws::s3
