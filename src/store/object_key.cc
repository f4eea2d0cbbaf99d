#include "store/object_key.h"

#include <algorithm>

namespace ticklake::store {

Result<void> CheckKey(std::string_view key) {
  if (key.empty() || key.front() == '/' || key.find('\0') != std::string_view::npos) {
    return Fail(Code::kInvalid, "object key '{}': must be a relative path", key);
  }
  for (size_t start = 0; start <= key.size();) {
    const size_t slash = std::min(key.find('/', start), key.size());
    const std::string_view part = key.substr(start, slash - start);
    if (part.empty() || part == "." || part == "..") {
      return Fail(Code::kInvalid, "object key '{}': '{}' is no name of its own", key, part);
    }
    start = slash + 1;
  }
  return {};
}

}  // namespace ticklake::store
