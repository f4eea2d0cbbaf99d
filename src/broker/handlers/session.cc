#include "broker/handlers/session.h"

#include <utility>

#include "base/bytes.h"
#include "base/log.h"
#include "broker/handlers/handlers.h"
#include "kafka/protocol/codec.h"

namespace ticklake::broker {

namespace asio = boost::asio;
using namespace kafka::protocol;

namespace {

net::OutMessage ToMessage(Writer& writer) {
  net::OutMessage message;
  message.bytes = std::move(writer.bytes());
  for (Writer::Splice& splice : writer.splices()) {
    kafka::protocol::Slice& slice = splice.slice;
    message.splices.push_back(
        {splice.at, slice.data, std::move(slice.owner), std::move(slice.range)});
  }
  return message;
}

template <class Response>
net::OutMessage EncodeResponse(const Response& response, const RequestHeader& header) {
  Writer writer = WriterFor<Response>(header.version);
  EncodeResponseHeader(GetApi(Response::kApi), header.correlation_id, writer);
  Encode(response, writer);
  return ToMessage(writer);
}

asio::awaitable<net::Reply> Later(asio::awaitable<ProduceResponse> later, RequestHeader header) {
  const ProduceResponse response = co_await std::move(later);
  net::Reply reply;
  reply.message = EncodeResponse(response, header);
  co_return reply;
}

net::Started ToStarted(StartedProduce produced, RequestHeader header) {
  net::Started started;
  started.now.close = produced.close;
  if (produced.silent) return started;
  if (produced.later) {
    started.later = Later(std::move(*produced.later), std::move(header));
  } else {
    started.now.message = EncodeResponse(produced.response, header);
  }
  return started;
}

// The host's part of "127.0.0.1:51234", written as Kafka does in DescribeGroups: "/127.0.0.1".
std::string HostOf(const std::string& peer) { return "/" + peer.substr(0, peer.rfind(':')); }

}  // namespace

KafkaSession::KafkaSession(const BrokerParts& parts, asio::any_io_executor executor,
                           std::string peer)
    : parts_(parts) {
  client_.executor = std::move(executor);
  client_.host = HostOf(peer);
  client_.peer = std::move(peer);
  SetClientId("");
}

void KafkaSession::SetClientId(std::string id) {
  client_.id = std::move(id);
  client_.name = fmt::format("client '{}' at {}", LogText(client_.id), client_.peer);
}

net::Started KafkaSession::Refuse(std::string_view cause) const {
  spdlog::warn("kafka: {}: {}; closing the connection", client_.name, cause);
  net::Started started;
  started.now.close = true;
  return started;
}

net::Started KafkaSession::RefuseForMemory(size_t elements) const {
  return Refuse(
      fmt::format("no memory for a request of {} elements: all requests together have {} "
                  "bytes at most (queued.max.request.bytes)",
                  elements, parts_.request_bytes.limit()));
}

net::Started KafkaSession::RefuseVersion(const kafka::protocol::Request& raw) const {
  if (raw.api == nullptr) {
    return Refuse(fmt::format("API key {} is not known here (docs/kafka-api.md lists what is)",
                              raw.header.api_key));
  }
  if (raw.api->key != ApiKey::kApiVersions) {
    return Refuse(fmt::format("{} version {} is not supported; versions {} to {} are",
                              raw.api->name, raw.header.version, raw.api->lowest,
                              raw.api->highest));
  }
  ApiVersionsResponse response;
  response.error = ErrorCode::kUnsupportedVersion;
  response.apis.push_back({static_cast<int16_t>(raw.api->key), raw.api->lowest, raw.api->highest});
  RequestHeader header = raw.header;
  header.version = 0;
  net::Started started;
  started.now.message = EncodeResponse(response, header);
  return started;
}

uint32_t KafkaSession::FrameLimit(std::string_view head) const {
  constexpr uint32_t kLargestOther = 8 << 20;
  const auto key = static_cast<ApiKey>(LoadBig<int16_t>(head.data()));
  return key == ApiKey::kProduce ? UINT32_MAX : kLargestOther;
}

template <class Request, class Response>
asio::awaitable<net::Started> KafkaSession::Run(kafka::protocol::Request raw) {
  constexpr size_t kManyElements = 1000;
  constexpr size_t kElementBytes = 200;  // of one in the request and in the answer
  size_t elements = 0;
  Result<Request> request = Decode<Request>(raw.body, raw.header.version, &elements);
  if (!request) co_return Refuse(request.error().message);
  net::ByteLease lease;
  if (elements > kManyElements) {
    net::ByteBudget& budget = parts_.request_bytes;
    if (!budget.TryTake(elements * kElementBytes)) co_return RefuseForMemory(elements);
    lease = net::ByteLease(&budget, elements * kElementBytes);
  }
  const RequestContext context{parts_, client_, raw.header.version};
  if constexpr (std::is_same_v<Request, ProduceRequest>) {
    StartedProduce produced = co_await Handle(context, std::move(*request));
    co_return ToStarted(std::move(produced), std::move(raw.header));
  } else {
    const Response response = co_await Handle(context, std::move(*request));
    net::Started started;
    started.now.message = EncodeResponse(response, raw.header);
    co_return started;
  }
}

asio::awaitable<net::Started> KafkaSession::Start(std::string_view frame) {
  Result<kafka::protocol::Request> raw = DecodeRequest(frame);
  if (!raw) co_return Refuse(raw.error().message);
  if (!raw->Supported()) co_return RefuseVersion(*raw);
  if (client_.id != raw->header.client_id) SetClientId(raw->header.client_id.value_or(""));
  parts_.CountRequest(raw->api->key);
  asio::awaitable<net::Started> run;
  switch (raw->api->key) {
#define TL_RUN_HANDLER(name, key, lowest, highest, flexible) \
  case ApiKey::k##name: run = Run<name##Request, name##Response>(std::move(*raw)); break;
    TL_KAFKA_APIS(TL_RUN_HANDLER)
#undef TL_RUN_HANDLER
  }
  net::Started started = co_await std::move(run);
  co_return started;
}

}  // namespace ticklake::broker
