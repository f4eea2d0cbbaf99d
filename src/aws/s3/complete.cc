// CompleteMultipartUpload: parts become an object.
#include <map>

#include "aws/s3/call.h"
#include "aws/s3/conditions.h"
#include "aws/s3/handlers.h"
#include "aws/s3/lifecycle.h"
#include "aws/s3/object_fields.h"
#include "aws/s3/part_checksums.h"
#include "aws/s3/upload_state.h"
#include "aws/s3/wire_text.h"
#include "aws/s3/write.h"
#include "aws/s3/xml_reader.h"
#include "aws/xml_writer.h"

namespace ticklake::aws::s3 {
namespace {

constexpr size_t kMaxBody = 8 << 20;  // 10,000 parts
constexpr size_t kMaxParts = 10'000;
constexpr uint64_t kMinPart = 5 << 20;
// Kept with an object, so that a client whose answer was lost may ask again.
constexpr char kUploadField[] = "x-ticklake-upload";

struct NamedPart {
  int32_t number = 0;
  std::string etag;
  store::Facts checksums;
};

AwsResult<NamedPart> ParsePart(pugi::xml_node node) {
  NamedPart part;
  const auto number = ParseNumber(ChildText(node, "PartNumber").value_or(""));
  const auto etag = ChildText(node, "ETag");
  if (!number || *number < 1 || *number > kMaxParts) {
    return MalformedXml("a Part needs a PartNumber of 1 to 10,000");
  }
  if (!etag) return MalformedXml("a Part needs an ETag");
  part.number = static_cast<int32_t>(*number);
  part.etag = PlainEtag(*etag);
  for (const AlgorithmFacts& facts : kAlgorithms) {
    if (auto value = ChildText(node, facts.element)) {
      part.checksums[std::string(facts.key)] = std::move(*value);
    }
  }
  return part;
}

AwsResult<std::vector<NamedPart>> ParseParts(std::string_view body) {
  S3_ASSIGN(const XmlRequest document, XmlRequest::Parse(body, "CompleteMultipartUpload"));
  std::vector<NamedPart> parts;
  for (const pugi::xml_node node : Children(document.root(), "Part")) {
    S3_ASSIGN(NamedPart part, ParsePart(node));
    // The same part named again, by a client that sent it twice, is named once.
    if (!parts.empty() && part.number == parts.back().number) {
      parts.back() = std::move(part);
      continue;
    }
    if (!parts.empty() && part.number < parts.back().number) {
      return AwsFail(400, "InvalidPartOrder",
                     "The list of parts was not in ascending order. Parts must be ordered by part "
                     "number: {} came after {}",
                     part.number, parts.back().number);
    }
    parts.push_back(std::move(part));
  }
  if (parts.empty() || parts.size() > kMaxParts) {
    return MalformedXml(fmt::format("1 to {} parts make an object", kMaxParts));
  }
  return parts;
}

std::unexpected<AwsError> InvalidPart(const NamedPart& part, std::string_view id) {
  auto failure = AwsFail(400, "InvalidPart",
                         "One or more of the specified parts could not be found. The part may not "
                         "have been uploaded, or the specified entity tag may not match the "
                         "part's entity tag.");
  failure.error().details = {{"UploadId", std::string(id)},
                             {"PartNumber", std::to_string(part.number)},
                             {"ETag", part.etag}};
  return failure;
}

// The parts that are named, as they were uploaded.
AwsResult<std::vector<store::Part>> Match(const std::vector<NamedPart>& named,
                                          const std::vector<store::Part>& stored,
                                          std::string_view id) {
  std::map<int32_t, const store::Part*> by_number;
  for (const store::Part& part : stored) by_number[part.number] = &part;
  std::vector<store::Part> matched;
  for (const NamedPart& part : named) {
    const auto it = by_number.find(part.number);
    if (it == by_number.end() || it->second->etag != part.etag) return InvalidPart(part, id);
    for (const auto& [key, value] : part.checksums) {
      const auto own = it->second->checksums.find(key);
      if (own == it->second->checksums.end() || own->second != value) return InvalidPart(part, id);
    }
    matched.push_back(*it->second);
  }
  for (size_t i = 0; i + 1 < matched.size(); ++i) {
    if (matched[i].size >= kMinPart) continue;
    auto failure = AwsFail(400, "EntityTooSmall",
                           "Your proposed upload is smaller than the minimum allowed object size.");
    failure.error().details = {{"ProposedSize", std::to_string(matched[i].size)},
                               {"MinSizeAllowed", std::to_string(kMinPart)},
                               {"PartNumber", std::to_string(matched[i].number)},
                               {"ETag", matched[i].etag}};
    return failure;
  }
  return matched;
}

std::string EtagOf(const std::vector<NamedPart>& parts) {
  std::vector<std::string> etags;
  etags.reserve(parts.size());
  for (const NamedPart& part : parts) etags.push_back(part.etag);
  return MultipartEtag(etags).value_or("");
}

// Adds the checksum of the object to its facts, and those of its parts.
AwsResult<void> AddChecksum(const store::MultipartUpload& upload,
                            const std::vector<store::Part>& parts, store::ObjectFacts& facts) {
  const Algorithm algorithm = AlgorithmOfUpload(upload);
  const std::string key(FactsOf(algorithm).key);
  PartChecksums kept{.algorithm = algorithm, .values = {}};
  WholeChecksum whole(algorithm);
  bool known = true;
  for (const store::Part& part : parts) {
    const auto it = part.checksums.find(key);
    known = known && it != part.checksums.end();
    if (!known) break;
    kept.values.push_back(it->second);
    if (IsCrc(algorithm)) whole.Add(it->second, part.size);
  }
  facts.checksums.clear();
  if (!known) return {};
  if (WantsComposite(upload)) {
    const auto composite = CompositeChecksum(algorithm, kept.values);
    if (composite) facts.checksums[key] = *composite;
  } else {
    facts.checksums[key] = whole.Value();
  }
  if (WantedAlgorithm(upload)) kept.AddTo(facts);
  return {};
}

// What the client says of the whole object, against what it is.
AwsResult<void> CheckTold(const Call& call, const store::ObjectFacts& facts, uint64_t size) {
  if (const auto told = call.Header("x-amz-mp-object-size")) {
    if (ParseNumber(*told) != size) {
      return AwsFail(400, "InvalidRequest",
                     "The provided 'x-amz-mp-object-size' header value {} does not match what was "
                     "computed: {}",
                     *told, size);
    }
  }
  for (const AlgorithmFacts& algorithm : kAlgorithms) {
    const auto told = call.Header(algorithm.header);
    const auto own = facts.checksums.find(std::string(algorithm.key));
    if (!told) continue;
    if (own != facts.checksums.end() &&
        (own->second == *told || own->second.starts_with(*told + "-"))) {
      continue;
    }
    return AwsFail(400, "BadDigest", "The {} you specified did not match the calculated checksum.",
                   algorithm.name);
  }
  return {};
}

void Answer(Call& call, const store::Object& object) {
  XmlWriter xml("CompleteMultipartUploadResult");
  const std::string host = call.Header("host").value_or("localhost");
  const std::string_view target = call.request.http.target;
  xml.Text("Location", fmt::format("http://{}{}", host, target.substr(0, target.find('?'))));
  xml.Text("Bucket", call.bucket).Text("Key", call.key).Text("ETag", Quoted(object.facts.etag));
  for (const AlgorithmFacts& facts : kAlgorithms) {
    const auto it = object.facts.checksums.find(std::string(facts.key));
    if (it == object.facts.checksums.end()) continue;
    xml.Text(facts.element, it->second).Text("ChecksumType", ChecksumType(it->second));
  }
  AddEncryptionField(call.reply);
  AddExpiration(call, object);
  call.SendXml(200, xml.Finish());
}

// The object that this very request has made already, if it has.
AwsResult<store::Object> MadeBefore(const Call& call, const std::vector<NamedPart>& named) {
  const std::string id = call.QueryOr("uploadId", "");
  auto object = call.store->Head(call.bucket, call.key);
  if (object && object->facts.etag == EtagOf(named)) {
    const auto it = object->facts.headers.find(kUploadField);
    if (it != object->facts.headers.end() && it->second == id) return std::move(*object);
  }
  return std::unexpected(NoSuchUpload(id));
}

}  // namespace

AwsResult<void> CompleteMultipartUpload(Call& call) {
  S3_ASSIGN(const store::WriteCondition condition, WriteConditionOf(call.request.http.headers));
  // Its x-amz-checksum-* are of the object, not of this body.
  S3_ASSIGN(const std::string body, ReadAll(call.request.payload, kMaxBody));
  S3_ASSIGN(const std::vector<NamedPart> named, ParseParts(body));
  const auto upload = UploadOf(call);
  if (!upload) {
    if (upload.error().code != "NoSuchUpload") return std::unexpected(upload.error());
    S3_ASSIGN(const store::Object made, MadeBefore(call, named));
    Answer(call, made);
    return {};
  }
  const auto stored = call.store->ListParts(call.bucket, upload->id);
  if (!stored) return FailStore(stored.error(), "NoSuchUpload");
  S3_ASSIGN(const std::vector<store::Part> parts, Match(named, *stored, upload->id));
  store::ObjectFacts facts = upload->facts;
  facts.headers[kUploadField] = upload->id;
  facts.etag = EtagOf(named);
  S3_TRY(AddChecksum(*upload, parts, facts));
  uint64_t size = 0;
  std::vector<int32_t> numbers;
  for (const store::Part& part : parts) {
    size += part.size;
    numbers.push_back(part.number);
  }
  S3_TRY(CheckTold(call, facts, size));
  S3_TRY(CheckBefore(call, condition));
  const auto object =
      call.store->CompleteMultipart(call.bucket, upload->id, numbers, std::move(facts), condition);
  if (!object && object.error().code == Code::kNotFound && !condition.if_match) {
    S3_ASSIGN(const store::Object made, MadeBefore(call, named));  // by another try, meanwhile
    Answer(call, made);
    return {};
  }
  if (!object) return std::unexpected(WriteError(call, condition, object.error()));
  Answer(call, *object);
  return {};
}

}  // namespace ticklake::aws::s3
