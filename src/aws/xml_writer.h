// XmlWriter: the documents that S3 and STS answer with.
//
// Threading: one writer, one thread. Invariant: what comes out is well formed if every Open has its
// Close; control characters become references, as S3 writes them. Does not: indent.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace ticklake::aws {

/// S3's, which has nearly all of them.
inline constexpr std::string_view kXmlNamespace = "http://s3.amazonaws.com/doc/2006-03-01/";
inline constexpr std::string_view kXmlType = "application/xml";

/// `text` with & < > " and control characters as references.
std::string XmlEscape(std::string_view text);

class XmlWriter {
 public:
  /// Without a namespace for what is answered as an error.
  explicit XmlWriter(std::string_view root, std::string_view xml_namespace = kXmlNamespace);

  XmlWriter& Open(std::string_view name);
  XmlWriter& Close();
  /// <name>text</name>
  XmlWriter& Text(std::string_view name, std::string_view text);
  XmlWriter& Number(std::string_view name, uint64_t value);
  XmlWriter& Flag(std::string_view name, bool value);
  /// As "2026-11-25T07:31:00.123Z".
  XmlWriter& Time(std::string_view name, Nanos at);
  /// Markup that is written as it is.
  XmlWriter& Raw(std::string_view markup);
  /// Closes what is open and gives the document away.
  std::string Finish();

 private:
  std::string text_;
  std::vector<std::string> open_;
};

}  // namespace ticklake::aws
