#include "aws/glue/name_pattern.h"

#include <boost/regex.hpp>

namespace ticklake::aws::glue {
namespace {

constexpr size_t kMaxPattern = 2048;

// A star after '.', ')', ']' or an escape repeats that; after anything else it stands for itself.
std::string WithGlobs(std::string_view text) {
  std::string regex;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool repeats = i > 0 && (text[i - 1] == '.' || text[i - 1] == ')' || text[i - 1] == ']' ||
                                   (i > 1 && text[i - 2] == '\\'));
    if (text[i] == '*' && !repeats) regex += '.';
    regex += text[i];
  }
  return regex;
}

}  // namespace

struct NamePattern::Compiled {
  boost::regex regex;
};

AwsResult<NamePattern> NamePattern::Make(std::string_view text) {
  NamePattern pattern;
  if (text.empty()) return pattern;
  if (text.size() > kMaxPattern) {
    return AwsFail(400, "InvalidInputException", "Expression: longer than {} bytes", kMaxPattern);
  }
  try {
    pattern.compiled_ = std::make_shared<const Compiled>(Compiled{boost::regex(WithGlobs(text))});
  } catch (const std::exception& e) {
    return AwsFail(400, "InvalidInputException", "Expression '{}': is no regular expression: {}",
                   text, e.what());
  }
  return pattern;
}

AwsResult<bool> NamePattern::Matches(const std::string& name) const {
  if (compiled_ == nullptr) return true;
  try {
    return boost::regex_match(name, compiled_->regex);
  } catch (const std::exception& e) {
    return AwsFail(400, "InvalidInputException", "Expression: too costly for '{}': {}", name,
                   e.what());
  }
}

}  // namespace ticklake::aws::glue
