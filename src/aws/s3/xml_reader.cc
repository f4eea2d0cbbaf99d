#include "aws/s3/xml_reader.h"

#include <charconv>

#include "base/utf8.h"

namespace ticklake::aws::s3 {
namespace {

constexpr int kMaxDepth = 32;  // S3's own documents need 6

// Elements open at once, counted before anything recursive looks at them.
bool TooDeep(std::string_view text) {
  int depth = 0;
  for (size_t at = text.find('<'); at != text.npos; at = text.find('<', at + 1)) {
    const char next = at + 1 < text.size() ? text[at + 1] : '!';
    if (next == '/') {
      --depth;
    } else if (next != '?' && next != '!') {
      const size_t end = text.find('>', at);
      if (end != std::string_view::npos && text[end - 1] == '/') continue;
      if (++depth > kMaxDepth) return true;
    }
  }
  return false;
}

}  // namespace

std::unexpected<AwsError> MalformedXml(std::string_view why) {
  return AwsFail(400, "MalformedXML",
                 "The XML you provided was not well-formed or did not validate against our "
                 "published schema: {}",
                 why);
}

AwsResult<XmlRequest> XmlRequest::Parse(std::string_view text, std::string_view root) {
  if (text.empty()) return MalformedXml(fmt::format("the body is empty; send a {}", root));
  if (!IsUtf8(text) || text.contains('\0')) return MalformedXml("it is not UTF-8");
  if (TooDeep(text)) return MalformedXml(fmt::format("elements nest deeper than {}", kMaxDepth));
  XmlRequest request;
  const pugi::xml_parse_result parsed = request.document_.load_buffer(
      text.data(), text.size(),
      pugi::parse_default | pugi::parse_doctype | pugi::parse_ws_pcdata_single,
      pugi::encoding_utf8);
  if (!parsed) {
    return MalformedXml(fmt::format("byte {}: {}", parsed.offset, parsed.description()));
  }
  for (const pugi::xml_node node : request.document_.children()) {
    if (node.type() == pugi::node_doctype) return MalformedXml("a DOCTYPE is not accepted");
  }
  request.root_ = request.document_.document_element();
  if (LocalName(request.root_) != root) {
    return MalformedXml(fmt::format("the document is a {}, not a {}",
                                    LocalName(request.root_).substr(0, 100), root));
  }
  return request;
}

std::string_view LocalName(pugi::xml_node node) {
  const std::string_view name = node.name();
  const size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

pugi::xml_node Child(pugi::xml_node node, std::string_view name) {
  for (const pugi::xml_node child : node.children()) {
    if (LocalName(child) == name) return child;
  }
  return {};
}

std::vector<pugi::xml_node> Children(pugi::xml_node node, std::string_view name) {
  std::vector<pugi::xml_node> found;
  for (const pugi::xml_node child : node.children()) {
    if (LocalName(child) == name) found.push_back(child);
  }
  return found;
}

std::optional<std::string> ChildText(pugi::xml_node node, std::string_view name) {
  const pugi::xml_node child = Child(node, name);
  if (!child) return std::nullopt;
  return std::string(child.text().get());
}

std::optional<uint64_t> ParseNumber(std::string_view text) {
  uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc() || last != end) return std::nullopt;
  return value;
}

}  // namespace ticklake::aws::s3
