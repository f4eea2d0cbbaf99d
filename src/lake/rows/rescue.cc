#include "lake/rows/rescue.h"

#include <algorithm>
#include <span>

#include "lake/rows/json_scan.h"

namespace ticklake::lake {
namespace {

size_t SkipSpace(std::string_view text, size_t pos) {
  while (pos < text.size() && static_cast<unsigned char>(text[pos]) <= ' ') ++pos;
  return pos;
}

/// The position of the '{' of member `key` of the object that starts at `open`, if that member is
/// an object; npos if there is none.
size_t FindObject(std::string_view text, size_t open, std::string_view key) {
  size_t pos = SkipSpace(text, open + 1);
  while (pos < text.size() && text[pos] == '"') {
    const std::string_view quoted = ScanValue(text.substr(pos));
    const size_t value = SkipSpace(text, SkipSpace(text, pos + quoted.size()) + 1);
    if (text[value] == '{' && Unescape(quoted.substr(1, quoted.size() - 2)) == key) return value;
    pos = SkipSpace(text, value + ScanValue(text.substr(value)).size());
    if (pos < text.size() && text[pos] == ',') pos = SkipSpace(text, pos + 1);
  }
  return std::string_view::npos;
}

std::string Member(std::span<const std::string_view> path, std::string_view raw) {
  std::string out;
  for (const std::string_view& key : path) {
    if (&key != path.data()) out.push_back('{');
    AppendJsonString(out, key);
    out.push_back(':');
  }
  out.append(raw);
  out.append(path.size() - 1, '}');
  return out;
}

}  // namespace

void RescueWriter::Clear() {
  text_.clear();
  open_.clear();
}

void RescueWriter::Add(const JsonPath& path, std::string_view raw) {
  const size_t most = std::min(open_.size(), path.size() - 1);
  size_t same = 0;
  while (same < most && open_[same] == path[same]) ++same;
  if (text_.empty()) {
    text_ = "{";
  } else {
    text_.append(open_.size() - same, '}');
    text_.push_back(',');
  }
  open_.resize(same);
  for (size_t level = same; level + 1 < path.size(); ++level) {
    AppendJsonString(text_, path[level]);
    text_ += ":{";
    open_.emplace_back(path[level]);
  }
  AppendJsonString(text_, path.back());
  text_.push_back(':');
  text_.append(raw);
}

std::string_view RescueWriter::Finish() {
  if (!text_.empty()) text_.append(open_.size() + 1, '}');
  open_.clear();
  return text_;
}

void AddRescued(std::string& object, const JsonPath& path, std::string_view raw) {
  if (object.empty()) object = "{}";
  size_t open = 0;
  size_t level = 0;
  for (; level + 1 < path.size(); ++level) {
    const size_t inner = FindObject(object, open, path[level]);
    if (inner == std::string::npos) break;
    open = inner;
  }
  // Of the outermost object it is the last character.
  const size_t close = open == 0
                           ? object.size() - 1
                           : open + ScanValue(std::string_view(object).substr(open)).size() - 1;
  const bool empty = SkipSpace(object, open + 1) == close;
  std::string member = Member(std::span(path).subspan(level), raw);
  object.insert(close, empty ? member : "," + member);
}

}  // namespace ticklake::lake
