#include "aws/s3/part_checksums.h"

#include <fmt/ranges.h>

namespace ticklake::aws::s3 {

namespace {
constexpr char kParts[] = "parts";
}  // namespace

PartChecksums PartChecksums::Of(const store::ObjectFacts& facts) {
  const auto it = facts.checksums.find(kParts);
  if (it == facts.checksums.end()) return {};
  std::string_view text = it->second;
  const size_t colon = std::min(text.find(':'), text.size());
  const AlgorithmFacts* algorithm = FindAlgorithm(text.substr(0, colon));
  if (algorithm == nullptr || colon == text.size()) return {};
  PartChecksums parts{.algorithm = algorithm->algorithm, .values = {}};
  text.remove_prefix(colon + 1);
  while (true) {
    const size_t comma = text.find(',');
    parts.values.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

void PartChecksums::AddTo(store::ObjectFacts& facts) const {
  if (!algorithm || values.empty()) return;
  facts.checksums[kParts] = fmt::format("{}:{}", FactsOf(*algorithm).key, fmt::join(values, ","));
}

}  // namespace ticklake::aws::s3
