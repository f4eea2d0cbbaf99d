#include "broker/handlers/handlers.h"

namespace ticklake::broker {

using namespace kafka::protocol;

boost::asio::awaitable<DescribeClusterResponse> Handle(const RequestContext& context,
                                                       DescribeClusterRequest request) {
  const BrokerIdentity& self = context.broker.identity;
  DescribeClusterResponse response;
  response.endpoint_type = request.endpoint_type;
  response.cluster_id = self.cluster_id;
  response.controller_id = self.node_id;
  response.brokers.push_back(
      {self.node_id, self.advertised.host, self.advertised.port, std::nullopt, false});
  co_return response;
}

}  // namespace ticklake::broker
