// GetObjectAttributes: the facts of an object, and of its parts, as a document.
#include <algorithm>
#include <array>
#include <set>

#include "aws/s3/call.h"
#include "aws/s3/checksums.h"
#include "aws/s3/get_object.h"
#include "aws/s3/handlers.h"
#include "aws/s3/object_fields.h"
#include "aws/s3/part_checksums.h"
#include "aws/s3/wire_text.h"
#include "aws/s3/xml_reader.h"
#include "aws/xml_writer.h"
#include "net/http_date.h"

namespace ticklake::aws::s3 {
namespace {

AwsResult<std::set<std::string>> WantedAttributes(const Call& call) {
  static constexpr std::array kKnown = {"ETag", "Checksum", "ObjectParts", "StorageClass",
                                        "ObjectSize"};
  std::string list = call.Header("x-amz-object-attributes").value_or("");
  std::erase(list, ' ');
  std::set<std::string> wanted;
  for (size_t at = 0; at < list.size();) {
    const size_t comma = std::min(list.find(',', at), list.size());
    const std::string name = list.substr(at, comma - at);
    if (std::ranges::find(kKnown, name) == kKnown.end()) {
      return InvalidArgument("x-amz-object-attributes", name, "Invalid attribute name specified.");
    }
    wanted.insert(name);
    at = comma + 1;
  }
  if (wanted.empty()) {
    return AwsFail(400, "InvalidRequest",
                   "The x-amz-object-attributes header specifying the attributes to be retrieved "
                   "is either missing or empty");
  }
  return wanted;
}

AwsResult<void> AddParts(const Call& call, const store::Object& object, XmlWriter& xml) {
  const auto number = [&](std::string_view name, uint64_t otherwise) -> AwsResult<uint64_t> {
    const auto text = call.Header(name);
    if (!text) return otherwise;
    const auto value = ParseNumber(*text);
    if (!value) return InvalidArgument(name, *text, "it must be a whole number");
    return *value;
  };
  S3_ASSIGN(const uint64_t marker, number("x-amz-part-number-marker", 0));
  S3_ASSIGN(uint64_t most, number("x-amz-max-parts", 1000));
  most = std::min<uint64_t>(most, 1000);
  const uint64_t first = std::min<uint64_t>(marker, object.parts.size());
  const uint64_t last = std::min<uint64_t>(first + most, object.parts.size());
  const PartChecksums checksums = PartChecksums::Of(object.facts);
  xml.Open("ObjectParts").Number("PartsCount", object.parts.size());
  xml.Number("PartNumberMarker", marker).Number("NextPartNumberMarker", last);
  xml.Number("MaxParts", most).Flag("IsTruncated", last < object.parts.size());
  for (uint64_t i = first; i < last; ++i) {
    xml.Open("Part").Number("PartNumber", i + 1).Number("Size", object.parts[i]);
    if (i < checksums.values.size()) {
      xml.Text(FactsOf(*checksums.algorithm).element, checksums.values[i]);
    }
    xml.Close();
  }
  xml.Close();
  return {};
}

}  // namespace

AwsResult<void> GetObjectAttributes(Call& call) {
  S3_ASSIGN(const std::set<std::string> wanted, WantedAttributes(call));
  const auto object = call.store->Head(call.bucket, call.key);
  if (!object) return std::unexpected(ReadError(call, object.error()));
  S3_TRY(CheckConditions(call, *object));
  XmlWriter xml("GetObjectAttributesResponse");
  if (wanted.contains("ETag")) xml.Text("ETag", object->facts.etag);
  if (wanted.contains("Checksum")) {
    xml.Open("Checksum");
    for (const AlgorithmFacts& facts : kAlgorithms) {
      const auto it = object->facts.checksums.find(std::string(facts.key));
      if (it == object->facts.checksums.end()) continue;
      // Without the count of parts, which only the other answers have.
      xml.Text(facts.element, it->second.substr(0, it->second.find('-')));
      xml.Text("ChecksumType", ChecksumType(it->second));
    }
    xml.Close();
  }
  if (wanted.contains("ObjectParts") && !object->parts.empty()) {
    S3_TRY(AddParts(call, *object, xml));
  }
  if (wanted.contains("StorageClass")) xml.Text("StorageClass", StorageClassOf(object->facts));
  if (wanted.contains("ObjectSize")) xml.Number("ObjectSize", object->size);
  call.reply.AddField("Last-Modified", net::HttpDate(object->modified));
  call.SendXml(200, xml.Finish());
  return {};
}

}  // namespace ticklake::aws::s3
