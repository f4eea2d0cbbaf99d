// What the tests of this room share: a Data Catalog in memory, asked as the wire asks it.
#pragma once

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include <string>

#include "aws/glue/data_catalog.h"
#include "aws/glue/glue_service.h"
#include "catalog/memory_catalog.h"

namespace ticklake::aws::glue {

class GlueTest : public testing::Test {
 protected:
  /// The answer; an error code as {"__type":…,"Message":…}.
  boost::json::object Ask(const std::string& operation, const std::string& input) {
    const auto answer = service_.Answer("AWSGlue." + operation, input, caller_);
    if (answer) return boost::json::parse(*answer).as_object();
    return {{"__type", answer.error().code}, {"Message", answer.error().message}};
  }
  /// The error's code, or "" for none.
  std::string Code(const std::string& operation, const std::string& input) {
    const auto answer = service_.Answer("AWSGlue." + operation, input, caller_);
    return answer ? "" : answer.error().code;
  }
  void Make(const std::string& operation, const std::string& input) {
    const auto answer = service_.Answer("AWSGlue." + operation, input, caller_);
    ASSERT_TRUE(answer) << operation << " " << input << ": " << answer.error().message;
  }

  ManualClock clock_{1'700'000'000'123'456'789};
  catalog::MemoryCatalog catalog_{clock_};
  Caller caller_{"AKID", "arn:aws:iam::000000000000:user/ann", "AIDA1", false, std::nullopt};
  DataCatalog data_{{&catalog_, nullptr, ""}};
  GlueService service_{data_.Operations()};
};

}  // namespace ticklake::aws::glue
