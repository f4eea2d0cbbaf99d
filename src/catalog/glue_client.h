// GlueClient: one operation of Glue's API, and what its errors mean. For glue_catalog.cc and
// glue_partitions.cc.
//
// Threading: from any number of threads.
#pragma once

#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "base/result.h"
#include "net/aws/aws_client.h"

namespace ticklake::catalog {

struct GlueCall {
  std::string operation;  ///< "GetTable"
  std::string what;       ///< for messages: "table 'market.trades'"
  bool once = false;      ///< a compare-and-set: kOutcomeUnknown when it cannot be told
};

class GlueClient {
 public:
  static Result<GlueClient> Open(net::AwsClient& client);

  /// kNotFound, kAlreadyExists, kConflict (a version that is no more, or another change at the same
  /// time), kAuth, kUnavailable, kInvalid with Glue's reason.
  Result<boost::json::object> Call(const GlueCall& call, const boost::json::object& input);
  /// The same for an operation that answers in pages: take(page) for each of them.
  template <class Take>
  Result<void> CallPages(const GlueCall& call, boost::json::object input, Take take) {
    while (true) {
      TL_ASSIGN(const boost::json::object page, Call(call, input));
      TL_TRY(take(page));
      const boost::json::value* next = page.if_contains("NextToken");
      if (next == nullptr || !next->is_string() || next->get_string().empty()) return {};
      input["NextToken"] = *next;
    }
  }

 private:
  GlueClient(net::AwsClient& client, std::string origin)
      : client_(&client), origin_(std::move(origin)) {}

  net::AwsClient* client_;
  std::string origin_;
};

/// As Code, of an error code of Glue's.
Code CodeOfGlue(std::string_view error_code);

/// A member of an answer that must be there, or an empty one.
const boost::json::object& ObjectIn(const boost::json::object& parent, std::string_view name);
const boost::json::array& ArrayIn(const boost::json::object& parent, std::string_view name);

}  // namespace ticklake::catalog
