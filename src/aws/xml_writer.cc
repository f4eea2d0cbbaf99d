#include "aws/xml_writer.h"

#include <fmt/format.h>

namespace ticklake::aws {
namespace {

// As S3 writes times: always with three digits of a second.
std::string IsoMillis(Nanos at) {
  const std::string text = FormatUtc(at);  // "2026-11-25T07:31:00.5Z", or without a fraction
  constexpr size_t kWhole = sizeof("2026-11-25T07:31:00") - 1;
  std::string millis = text.substr(0, kWhole) + ".000Z";
  for (size_t i = kWhole; i < kWhole + 4 && i + 1 < text.size(); ++i) millis[i] = text[i];
  return millis;
}

}  // namespace

std::string XmlEscape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
          out += fmt::format("&#x{:x};", static_cast<unsigned char>(c));
        } else {
          out += c;
        }
    }
  }
  return out;
}

XmlWriter::XmlWriter(std::string_view root, std::string_view xml_namespace) {
  text_ = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<";
  text_ += root;
  if (!xml_namespace.empty()) text_ += fmt::format(" xmlns=\"{}\"", xml_namespace);
  text_ += '>';
  open_.emplace_back(root);
}

XmlWriter& XmlWriter::Open(std::string_view name) {
  text_ += fmt::format("<{}>", name);
  open_.emplace_back(name.substr(0, name.find(' ')));
  return *this;
}

XmlWriter& XmlWriter::Close() {
  text_ += fmt::format("</{}>", open_.back());
  open_.pop_back();
  return *this;
}

XmlWriter& XmlWriter::Text(std::string_view name, std::string_view text) {
  text_ += fmt::format("<{}>{}</{}>", name, XmlEscape(text), name);
  return *this;
}

XmlWriter& XmlWriter::Number(std::string_view name, uint64_t value) {
  return Text(name, std::to_string(value));
}

XmlWriter& XmlWriter::Flag(std::string_view name, bool value) {
  return Text(name, value ? "true" : "false");
}

XmlWriter& XmlWriter::Time(std::string_view name, Nanos at) { return Text(name, IsoMillis(at)); }

XmlWriter& XmlWriter::Raw(std::string_view markup) {
  text_ += markup;
  return *this;
}

std::string XmlWriter::Finish() {
  while (!open_.empty()) Close();
  return std::move(text_);
}

}  // namespace ticklake::aws
