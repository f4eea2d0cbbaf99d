// Fields: structures of the wire that are kept as they came, told as tables of their members.
//
// Threading: pure functions. Invariants: what is taken has only members that the table names, none
// of them null and each within its limits, so that it may be shown again as it is.
#pragma once

#include <boost/json/object.hpp>

#include <span>
#include <string_view>

#include "aws/glue/members.h"

namespace ticklake::aws::glue {

struct Field {
  enum class Kind { kText, kTexts, kNumber, kFlag };

  std::string_view name;
  Kind kind = Kind::kText;
  TextLimits limits = kDescription;               ///< of a number: its range
  std::span<const std::string_view> one_of = {};  ///< the texts that it may be; none: any
  bool required = false;
};

/// Problems are noted in `input`; unknown members are left out, as AWS does.
boost::json::object Take(const Members& input, std::span<const Field> fields);

}  // namespace ticklake::aws::glue
