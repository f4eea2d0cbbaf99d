#include "broker/handlers/handlers.h"

namespace ticklake::broker {

using namespace kafka::protocol;

boost::asio::awaitable<ApiVersionsResponse> Handle(const RequestContext&, ApiVersionsRequest) {
  ApiVersionsResponse response;
  for (const Api& api : kApis) {
    const int16_t lowest = api.key == ApiKey::kProduce ? kAdvertisedProduceLowest : api.lowest;
    response.apis.push_back({static_cast<int16_t>(api.key), lowest, api.highest});
  }
  co_return response;
}

}  // namespace ticklake::broker
