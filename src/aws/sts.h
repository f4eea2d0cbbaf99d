// StsService: who am I, to AWS's Security Token Service (Query protocol, version 2011-06-15).
//
// Threading: as Service.
#pragma once

#include "aws/service.h"

namespace ticklake::aws {

class StsService : public Service {
 public:
  void Serve(const Request& request, net::HttpReply& reply) override;
  void Refuse(const net::HttpRequest& http, const AwsError& error, const std::string& id,
              net::HttpReply& reply) override;
};

}  // namespace ticklake::aws
