#include "base/log.h"
#include "broker/handlers/handlers.h"
#include "broker/handlers/wait.h"
#include "broker/log/topic_store.h"

namespace ticklake::broker {

using namespace kafka::protocol;

boost::asio::awaitable<InitProducerIdResponse> Handle(const RequestContext& context,
                                                      InitProducerIdRequest request) {
  InitProducerIdResponse response;
  if (request.transactional_id) {
    spdlog::warn(
        "kafka: {}: transactional.id '{}' refused: this broker has no "
        "transactions; use an idempotent producer",
        context.client.name, LogText(*request.transactional_id));
    response.error = ErrorCode::kTransactionalIdAuthorizationFailed;
    co_return response;
  }
  const Result<int64_t> id = co_await OnPool<Result<int64_t>>(
      context, [&] { return context.broker.topics.NewProducerId(); });
  if (!id) {
    spdlog::error("kafka: no producer id: {}", id.error().message);
    response.error = ErrorCode::kKafkaStorageError;
    co_return response;
  }
  response.producer_id = *id;
  response.producer_epoch = 0;
  co_return response;
}

}  // namespace ticklake::broker
