// Reading the XML of requests: within limits, without DOCTYPE, by local names.
//
// Threading: as pugi::xml_document. Errors: MalformedXML, which says what is wrong. Does not:
// resolve entities but the five of XML, or know a schema.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pugixml.hpp>

#include "aws/aws_error.h"

namespace ticklake::aws::s3 {

class XmlRequest {
 public:
  /// The document's element must be called `root`, in any namespace.
  static AwsResult<XmlRequest> Parse(std::string_view text, std::string_view root);
  pugi::xml_node root() const { return root_; }

 private:
  pugi::xml_document document_;
  pugi::xml_node root_;
};

std::unexpected<AwsError> MalformedXml(std::string_view why);

/// The name without its prefix: "Key" of "s3:Key".
std::string_view LocalName(pugi::xml_node node);
/// The first child of that local name; an empty node if there is none.
pugi::xml_node Child(pugi::xml_node node, std::string_view name);
std::vector<pugi::xml_node> Children(pugi::xml_node node, std::string_view name);
/// The text of a child; nullopt if there is no such child.
std::optional<std::string> ChildText(pugi::xml_node node, std::string_view name);

/// A whole number without a sign; nullopt if it is none, or too large.
std::optional<uint64_t> ParseNumber(std::string_view text);

}  // namespace ticklake::aws::s3
