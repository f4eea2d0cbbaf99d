// Expressions of GetPartitions: no text upsets the parser, and parentheses around all of it change
// nothing.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "aws/glue/partition_filter.h"

using ticklake::aws::glue::PartitionFilter;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::vector<ticklake::catalog::Column> keys = {{"s", "string", "", {}},
                                                       {"i", "int", "", {}},
                                                       {"n", "decimal(10,2)", "", {}},
                                                       {"d", "date", "", {}},
                                                       {"t", "timestamp", "", {}}};
  const auto filter = PartitionFilter::Parse(text, keys);
  if (!filter || filter->empty()) return 0;
  const auto wrapped = PartitionFilter::Parse("(" + text + ")", keys);
  const ticklake::catalog::PartitionValues rows[] = {
      {"a", "1", "1.50", "2024-02-29", "2024-02-29 10:00:00.5"},
      {"%", "-7", "3e14", "1969-12-31", "1969-12-31 00:00:00"},
      {"__HIVE_DEFAULT_PARTITION__", "__HIVE_DEFAULT_PARTITION__", "0", "x"}};
  for (const auto& row : rows) {
    std::string problem;
    std::string other_problem;
    const bool matches = filter->Matches(row, problem);
    // It may now be too long or too deep.
    if (wrapped && wrapped->Matches(row, other_problem) != matches) std::abort();
  }
  return 0;
}
