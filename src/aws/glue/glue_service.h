// GlueService: AWS Glue's wire form (JSON 1.1 over POST) on a table of operations.
//
// Checks who may do what (keys that only read, keys of one database), reads the input, and calls
// the handler. Threading: as Service. Does not: check signatures (aws/door.h), or know what
// operations do (data_catalog.h; crawlers bring theirs).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "aws/glue/operation.h"
#include "aws/service.h"

namespace ticklake::aws::glue {

class GlueService : public Service {
 public:
  static constexpr size_t kMaxBody = 8 << 20;  ///< bytes of a request

  /// All that Glue has beside `operations` is refused; of two of one name the later is carried out.
  explicit GlueService(std::vector<Operation> operations);

  void Serve(const Request& request, net::HttpReply& reply) override;
  void Refuse(const net::HttpRequest& http, const AwsError& error, const std::string& id,
              net::HttpReply& reply) override;

  /// The answer to a request whose target is "AWSGlue.GetTable", as JSON.
  AwsResult<std::string> Answer(std::string_view target, std::string_view body,
                                const Caller& caller) const;

 private:
  std::map<std::string_view, Operation> operations_;
};

}  // namespace ticklake::aws::glue
