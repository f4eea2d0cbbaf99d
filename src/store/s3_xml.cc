#include "store/s3_xml.h"

#include <iterator>
#include <string_view>

#include <pugixml.hpp>

#include "net/url.h"

namespace ticklake::store {
namespace {

Result<void> Load(pugi::xml_document& document, const std::string& xml, const std::string& what,
                  std::string_view root) {
  const auto loaded = document.load_buffer(xml.data(), xml.size());
  if (loaded && document.document_element().name() == root) return {};
  return Fail(Code::kCorrupt, "{}: the answer is no {}; is the address that of an S3 service?",
              what, root);
}

/// Keys come escaped, where the service knows encoding-type=url.
Result<std::string> TextOf(const pugi::xml_node& node, bool escaped) {
  const std::string text = node.child_value();
  return escaped ? net::PercentDecode(text, true) : text;
}

bool IsEscaped(const pugi::xml_node& root) {
  return std::string_view(root.child_value("EncodingType")) == "url";
}

}  // namespace

Result<S3Page> ReadListing(const std::string& xml, const std::string& what) {
  pugi::xml_document document;
  TL_TRY(Load(document, xml, what, "ListBucketResult"));
  const pugi::xml_node root = document.document_element();
  const bool escaped = IsEscaped(root);
  S3Page page;
  for (const pugi::xml_node item : root.children("Contents")) {
    S3Entry entry;
    TL_ASSIGN(entry.key, TextOf(item.child("Key"), escaped));
    entry.size = item.child("Size").text().as_ullong();
    entry.modified = ParseUtc(item.child_value("LastModified")).value_or(0);
    page.objects.push_back(std::move(entry));
  }
  for (const pugi::xml_node item : root.children("CommonPrefixes")) {
    TL_ASSIGN(std::string folder, TextOf(item.child("Prefix"), escaped));
    page.folders.push_back(std::move(folder));
  }
  if (std::string_view(root.child_value("IsTruncated")) == "true") {
    page.next = root.child_value("NextContinuationToken");
    if (page.next.empty()) {
      return Fail(Code::kCorrupt, "{}: a listing that goes on, without saying where", what);
    }
  }
  return page;
}

Result<std::string> ReadUploadId(const std::string& xml, const std::string& what) {
  pugi::xml_document document;
  TL_TRY(Load(document, xml, what, "InitiateMultipartUploadResult"));
  return std::string(document.document_element().child_value("UploadId"));
}

Result<UploadsPage> ReadUploads(const std::string& xml, const std::string& what) {
  pugi::xml_document document;
  TL_TRY(Load(document, xml, what, "ListMultipartUploadsResult"));
  const pugi::xml_node root = document.document_element();
  const bool escaped = IsEscaped(root);
  UploadsPage page;
  for (const pugi::xml_node item : root.children("Upload")) {
    S3Upload upload{.id = item.child_value("UploadId"),
                    .initiated = ParseUtc(item.child_value("Initiated")).value_or(0)};
    TL_ASSIGN(upload.key, TextOf(item.child("Key"), escaped));
    page.uploads.push_back(std::move(upload));
  }
  if (std::string_view(root.child_value("IsTruncated")) == "true") {
    TL_ASSIGN(page.next_key, TextOf(root.child("NextKeyMarker"), escaped));
    page.next_id = root.child_value("NextUploadIdMarker");
  }
  return page;
}

std::string CompletionXml(const std::vector<S3Part>& parts) {
  std::string xml = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
  for (const S3Part& part : parts) {
    fmt::format_to(std::back_inserter(xml),
                   "<Part><PartNumber>{}</PartNumber><ETag>{}</ETag>"
                   "<ChecksumCRC32C>{}</ChecksumCRC32C></Part>",
                   part.number, part.etag, part.crc32c);
  }
  return xml + "</CompleteMultipartUpload>";
}

}  // namespace ticklake::store
