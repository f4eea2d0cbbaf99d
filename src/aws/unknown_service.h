// UnknownService: answers for the AWS services that are not here, so that a client knows at once.
//
// Threading: stateless.
#pragma once

#include "aws/service.h"

namespace ticklake::aws {

class UnknownService : public Service {
 public:
  void Serve(const Request& request, net::HttpReply& reply) override;
  void Refuse(const net::HttpRequest& http, const AwsError& error, const std::string& id,
              net::HttpReply& reply) override;
};

/// Writes an error as services of the JSON protocols do: {"__type":"…","message":"…"}.
void SendJsonError(const AwsError& error, const std::string& id, net::HttpReply& reply);

}  // namespace ticklake::aws
