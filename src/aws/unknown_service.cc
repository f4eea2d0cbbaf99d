#include "aws/unknown_service.h"

#include <boost/json.hpp>

namespace ticklake::aws {

void SendJsonError(const AwsError& error, const std::string& id, net::HttpReply& reply) {
  reply.AddField("x-amzn-RequestId", id);
  reply.AddField("x-amzn-ErrorType", error.code);
  const boost::json::object body = {{"__type", error.code}, {"message", error.message}};
  reply.Send(error.status, "application/x-amz-json-1.1", boost::json::serialize(body));
}

void UnknownService::Serve(const Request& request, net::HttpReply& reply) {
  const std::string& target = request.http.headers.at("x-amz-target");
  if (target.starts_with("AmazonAthena.")) {
    return SendJsonError({400,
                          "InvalidRequestException",
                          fmt::format("{}: Athena is not served by this version; query with "
                                      "`ticklake sql`, or POST /v1/sql",
                                      target),
                          {}},
                         request.id, reply);
  }
  SendJsonError(
      {400,
       "UnknownOperationException",
       fmt::format("{}: no service of this name is here; there are S3, Glue and STS", target),
       {}},
      request.id, reply);
}

void UnknownService::Refuse(const net::HttpRequest& /*http*/, const AwsError& error,
                            const std::string& id, net::HttpReply& reply) {
  SendJsonError(error, id, reply);
}

}  // namespace ticklake::aws
