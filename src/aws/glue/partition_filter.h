// PartitionFilter: the Expression of GetPartitions, a condition on partition values.
//
//   condition: KEY = <> != < <= > >= LITERAL, KEY [NOT] IN (…), KEY [NOT] BETWEEN a AND b,
//              KEY [NOT] LIKE 'a%', KEY IS [NOT] NULL; with AND, OR, NOT and parentheses
//
// Values are compared by the key's type: string, char, varchar; tinyint, smallint, int, bigint;
// decimal; date; timestamp. Hive's __HIVE_DEFAULT_PARTITION__ is the null of the types that are no
// texts. Threading: safe once made. Does not: know functions or columns that are no partition keys.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "aws/aws_error.h"
#include "catalog/catalog.h"

namespace ticklake::aws::glue {

class FilterNode;

class PartitionFilter {
 public:
  /// A blank text matches everything. InvalidInputException: a text that is no such condition, or a
  /// literal that is none of its key's type.
  static AwsResult<PartitionFilter> Parse(std::string_view text,
                                          const std::vector<catalog::Column>& keys);

  /// A value that is not of its key's type makes it false, and is described in `problem`.
  bool Matches(const catalog::PartitionValues& values, std::string& problem) const;
  bool empty() const { return node_ == nullptr; }

 private:
  std::shared_ptr<const FilterNode> node_;
};

}  // namespace ticklake::aws::glue
