// The broker in process, spoken to over real sockets: what clients see, and what hostile ones
// cannot do.

#include "broker/broker.h"

#include <gtest/gtest.h>

#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "base/memory_fs.h"
#include "base/random.h"
#include "base/uuid.h"
#include "kafka/batch_builder.h"
#include "kafka/protocol/codec.h"
#include "kafka/protocol/header.h"
#include "kafka/protocol/messages.h"
#include "kafka/record_batch.h"

namespace ticklake::broker {
namespace {

namespace asio = boost::asio;
using namespace kafka::protocol;

class Client {
 public:
  explicit Client(uint16_t port) : socket_(context_) {
    socket_.connect({asio::ip::address_v4::loopback(), port});
  }

  void Write(std::string_view bytes) {
    boost::system::error_code ignored;  // the broker may have closed already
    asio::write(socket_, asio::buffer(bytes), ignored);
  }
  void SendFrame(std::string_view body) {
    std::string frame;
    AppendBig<uint32_t>(frame, static_cast<uint32_t>(body.size()));
    Write(frame.append(body));
  }
  template <class Request>
  void Send(const Request& request, int version) {
    const RequestHeader header{static_cast<int16_t>(Request::kApi), static_cast<int16_t>(version),
                               ++correlation_, "test"};
    Writer writer = WriterFor<Request>(version);
    Encode(request, writer);
    SendFrame(EncodeRequestHeader(header) + writer.Flatten());
  }
  /// Waits until an answer has begun to arrive.
  bool ReadsSoon() {
    boost::system::error_code error;
    (void)socket_.wait(asio::ip::tcp::socket::wait_read, error);
    return !error;
  }
  /// The body of the next response; nullopt when the connection is closed.
  std::optional<std::string> ReceiveFrame() {
    char length[4];
    boost::system::error_code error;
    asio::read(socket_, asio::buffer(length), error);
    if (error) return std::nullopt;
    std::string body(LoadBig<uint32_t>(length), '\0');
    asio::read(socket_, asio::buffer(body), error);
    if (error) return std::nullopt;
    return body;
  }
  template <class Response>
  Response Receive(int version) {
    auto frame = ReceiveFrame();
    EXPECT_TRUE(frame.has_value()) << "the connection was closed";
    if (!frame) return {};
    frame_ = std::move(*frame);  // records borrow from it
    const bool tagged =
        GetApi(Response::kApi).IsFlexible(version) && Response::kApi != ApiKey::kApiVersions;
    auto response = Decode<Response>(std::string_view(frame_).substr(tagged ? 5 : 4), version);
    EXPECT_TRUE(response.has_value()) << response.error().message;
    return response ? std::move(*response) : Response{};
  }
  template <class Response, class Request>
  Response Call(const Request& request, int version) {
    Send(request, version);
    return Receive<Response>(version);
  }

 private:
  asio::io_context context_;
  asio::ip::tcp::socket socket_;
  int32_t correlation_ = 0;
  std::string frame_;
};

class BrokerTest : public testing::Test {
 protected:
  void SetUp() override { Start(); }
  /// Goes on with files of the operating system.
  void StartOnDisk() {
    ASSERT_TRUE(broker_->Stop());
    broker_.reset();
    disk_ = &PosixFileSystem();
    directory_ = "/tmp/ticklake-broker-" + Uuid::Random().ToString();
    Start();
  }
  void TearDown() override {
    broker_.reset();
    if (disk_ == &fs_) return;
    EXPECT_TRUE(disk_->RemoveAll(directory_));
  }

  void Start() {
    BrokerOptions options;
    options.directory = directory_;
    options.listen = "127.0.0.1:0";
    options.fs = disk_;
    options.settings = settings_;
    auto started = Broker::Start(std::move(options));
    ASSERT_TRUE(started.has_value()) << started.error().message;
    broker_ = std::move(*started);
  }
  static std::string Batch(int records, const std::string& value = "value") {
    kafka::BatchBuilder builder;
    for (int i = 0; i < records; ++i) {
      builder.Add({.key = "key", .value = value, .timestamp_ms = 1000 + i, .headers = {}});
    }
    return *builder.Build();
  }
  static ProduceRequest Produce(const std::string& topic, std::string batch) {
    auto owner = std::make_shared<const std::string>(std::move(batch));
    ProduceRequest request;
    request.acks = -1;
    request.timeout_ms = 5000;
    ProduceRequest::Topic::Partition partition;
    partition.records.slices.push_back({*owner, owner});
    request.topics.push_back({topic, {}, {partition}});
    return request;
  }
  static FetchRequest Fetch(const std::string& topic, int64_t offset, int32_t max_wait_ms = 0) {
    FetchRequest request;
    request.max_wait_ms = max_wait_ms;
    request.min_bytes = 1;
    FetchRequest::Topic::Partition partition;
    partition.fetch_offset = offset;
    partition.max_bytes = 1 << 20;
    request.topics.push_back({topic, {}, {partition}});
    return request;
  }
  // A topic's metadata, which makes it.
  static MetadataResponse::Topic Describe(Client& client, const std::string& name) {
    MetadataRequest request;
    request.topics.emplace().push_back({{}, name});
    return client.Call<MetadataResponse>(request, 12).topics.at(0);
  }
  static ProduceResponse::Topic::Partition Only(const ProduceResponse& response) {
    return response.topics.at(0).partitions.at(0);
  }
  static FetchResponse::Topic::Partition Only(const FetchResponse& response) {
    return response.topics.at(0).partitions.at(0);
  }

  MemoryFileSystem fs_;
  FileSystem* disk_ = &fs_;
  std::string directory_ = "/broker";
  std::vector<std::pair<std::string, std::string>> settings_;
  std::unique_ptr<Broker> broker_;
};

TEST_F(BrokerTest, ProducedRecordsAreFetchedAndSurviveARestart) {
  const std::string batch = Batch(10);
  {
    Client client(broker_->port());
    EXPECT_EQ(Describe(client, "t").error, ErrorCode::kNone);
    for (int i = 0; i < 3; ++i) {
      const auto stored = Only(client.Call<ProduceResponse>(Produce("t", batch), 9));
      EXPECT_EQ(stored.error, ErrorCode::kNone);
      EXPECT_EQ(stored.base_offset, 10 * i);
    }
  }
  ASSERT_TRUE(broker_->Stop().has_value());
  broker_.reset();
  fs_.Crash(3);
  Start();
  Client client(broker_->port());
  const auto fetched = Only(client.Call<FetchResponse>(Fetch("t", 15), 12));
  EXPECT_EQ(fetched.error, ErrorCode::kNone);
  EXPECT_EQ(fetched.high_watermark, 30);
  ASSERT_EQ(fetched.records.slices.size(), 1U);
  const auto first = kafka::FirstBatch(fetched.records.slices[0].data);
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->base_offset(), 10) << "whole batches, from the one that holds the offset";
  EXPECT_TRUE(first->Check().has_value());
}

// Large answers go from the segment's file to the socket: no memory, the same bytes.
TEST_F(BrokerTest, LargeFetchesAreWholeAndOutliveTheirTopic) {
  StartOnDisk();
  Client producer(broker_->port());
  Describe(producer, "t");
  constexpr int kBatches = 24;
  const std::string batch = Batch(9, std::string(100'000, 'v'));
  for (int i = 0; i < kBatches; ++i) {
    ASSERT_EQ(Only(producer.Call<ProduceResponse>(Produce("t", batch), 9)).error, ErrorCode::kNone);
  }
  FetchRequest all = Fetch("t", 9);
  all.topics[0].partitions[0].max_bytes = 40 << 20;
  Client consumer(broker_->port());
  consumer.Send(all, 12);
  ASSERT_TRUE(consumer.ReadsSoon());
  ASSERT_TRUE(broker_->DeleteTopic("t"));
  const auto fetched = Only(consumer.Receive<FetchResponse>(12));
  EXPECT_EQ(fetched.error, ErrorCode::kNone);
  ASSERT_EQ(fetched.records.slices.size(), 1U);
  std::string_view rest = fetched.records.slices[0].data;
  for (int i = 1; i < kBatches; ++i) {
    const auto next = kafka::FirstBatch(rest);
    ASSERT_TRUE(next.has_value()) << i;
    EXPECT_EQ(next->base_offset(), 9 * i);
    EXPECT_TRUE(next->Check().has_value()) << i;
    rest.remove_prefix(next->size());
  }
  EXPECT_TRUE(rest.empty());
}

TEST_F(BrokerTest, AFetchWaitsForRecordsAndNoLonger) {
  Client consumer(broker_->port());
  Client producer(broker_->port());
  Describe(producer, "t");
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(Only(consumer.Call<FetchResponse>(Fetch("t", 0, 100), 4)).records.slices.empty());
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(90));
  consumer.Send(Fetch("t", 0, 20'000), 11);
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  producer.Call<ProduceResponse>(Produce("t", Batch(1)), 7);
  EXPECT_FALSE(Only(consumer.Receive<FetchResponse>(11)).records.slices.empty());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
  EXPECT_EQ(Only(consumer.Call<FetchResponse>(Fetch("t", 9, 20'000), 11)).error,
            ErrorCode::kOffsetOutOfRange);
  EXPECT_EQ(Only(consumer.Call<FetchResponse>(Fetch("none", 0, 20'000), 11)).error,
            ErrorCode::kUnknownTopicOrPartition);
}

TEST_F(BrokerTest, PipelinedProducesKeepTheirOrder) {
  Client client(broker_->port());
  Describe(client, "t");
  for (int i = 0; i < 200; ++i) client.Send(Produce("t", Batch(1, std::to_string(i))), 9);
  for (int i = 0; i < 200; ++i) {
    const auto stored = Only(client.Receive<ProduceResponse>(9));
    ASSERT_EQ(stored.error, ErrorCode::kNone);
    ASSERT_EQ(stored.base_offset, i);
  }
}

TEST_F(BrokerTest, BadBatchesAreRefusedOneByOne) {
  Client client(broker_->port());
  Describe(client, "t");
  std::string corrupt = Batch(3);
  corrupt.back() = static_cast<char>(corrupt.back() ^ 1);
  EXPECT_EQ(Only(client.Call<ProduceResponse>(Produce("t", corrupt), 9)).error,
            ErrorCode::kCorruptMessage);
  std::string old = Batch(3);
  old[kafka::kMagicAt] = 1;
  EXPECT_EQ(Only(client.Call<ProduceResponse>(Produce("t", old), 9)).error,
            ErrorCode::kUnsupportedForMessageFormat);
  const std::string large = Batch(1, std::string(2 << 20, 'x'));
  EXPECT_EQ(Only(client.Call<ProduceResponse>(Produce("t", large), 9)).error,
            ErrorCode::kMessageTooLarge);
  EXPECT_EQ(Only(client.Call<ProduceResponse>(Produce("other", Batch(1)), 9)).error,
            ErrorCode::kUnknownTopicOrPartition);
  ProduceRequest transactional = Produce("t", Batch(1));
  transactional.transactional_id = "tx";
  EXPECT_EQ(Only(client.Call<ProduceResponse>(transactional, 9)).error,
            ErrorCode::kTransactionalIdAuthorizationFailed);
  const auto stored = Only(client.Call<ProduceResponse>(Produce("t", Batch(1)), 9));
  EXPECT_EQ(stored.base_offset, 0) << "nothing of the refused ones was stored";
}

TEST_F(BrokerTest, UnsupportedApiVersionsIsAnsweredSoThatClientsCanAskAgain) {
  Client client(broker_->port());
  client.SendFrame(EncodeRequestHeader({18, 99, 7, "c"}) + "whatever comes in future");
  const auto refused = client.Receive<ApiVersionsResponse>(0);
  EXPECT_EQ(refused.error, ErrorCode::kUnsupportedVersion);
  EXPECT_EQ(refused.apis.at(0).highest, 4);
  const auto all = client.Call<ApiVersionsResponse>(ApiVersionsRequest{"c", "1"}, 3);
  EXPECT_EQ(all.error, ErrorCode::kNone);
  EXPECT_EQ(all.apis.size(), kApis.size());
}

TEST_F(BrokerTest, HostileConnectionsAreClosedAndTheBrokerGoesOn) {
  Client good(broker_->port());
  Describe(good, "t");
  const auto closes = [&](std::string_view bytes) {
    Client bad(broker_->port());
    bad.Write(bytes);
    return !bad.ReceiveFrame().has_value();
  };
  const auto framed = [](std::string_view body) {
    std::string frame;
    AppendBig<uint32_t>(frame, static_cast<uint32_t>(body.size()));
    return frame.append(body);
  };
  EXPECT_TRUE(closes(std::string_view("\x7f\xff\xff\xff", 4)));
  EXPECT_TRUE(closes(std::string_view("\xff\xff\xff\xfe", 4)));
  EXPECT_TRUE(closes("GET / HTTP/1.1\r\n\r\n"));
  EXPECT_TRUE(closes(framed("")));
  EXPECT_TRUE(closes(framed("\x01")));
  EXPECT_TRUE(closes(framed(EncodeRequestHeader({999, 0, 1, "c"}))));
  EXPECT_TRUE(closes(framed(EncodeRequestHeader({0, 2, 1, "c"}) + "old produce")));
  EXPECT_TRUE(closes(framed(EncodeRequestHeader({1, 12, 1, "c"}) + "\xff\xff")));
  Random random(5);
  for (int i = 0; i < 200; ++i) {
    std::string noise(random.Below(200), ' ');
    for (char& c : noise) c = static_cast<char>(random.Next());
    if (noise.size() > 3 && random.Chance(3, 4)) {  // a known API, so that bodies are reached
      noise[0] = 0;
      noise[1] = static_cast<char>(random.Below(50));
      noise[2] = 0;
      noise[3] = static_cast<char>(random.Below(14));
    }
    Client bad(broker_->port());
    bad.SendFrame(noise);
  }
  EXPECT_EQ(Only(good.Call<ProduceResponse>(Produce("t", Batch(1)), 9)).error, ErrorCode::kNone);
}

TEST_F(BrokerTest, TopicsComeAndGo) {
  Client client(broker_->port());
  EXPECT_EQ(Describe(client, "bad name!").error, ErrorCode::kInvalidTopicException);
  CreateTopicsRequest create;
  create.topics.push_back({"t", 3, 1, {}, {{"retention.ms", "1000"}}});
  const auto created = client.Call<CreateTopicsResponse>(create, 7).topics.at(0);
  EXPECT_EQ(created.error, ErrorCode::kNone);
  EXPECT_EQ(created.partitions, 3);
  EXPECT_EQ(client.Call<CreateTopicsResponse>(create, 7).topics.at(0).error,
            ErrorCode::kTopicAlreadyExists);
  create.topics = {{"u", 1, 3, {}, {}}, {"v", 1, 1, {}, {{"no.such", "1"}}}, {"w", 0, 1, {}, {}}};
  const auto refused = client.Call<CreateTopicsResponse>(create, 5);
  EXPECT_EQ(refused.topics.at(0).error, ErrorCode::kInvalidReplicationFactor);
  EXPECT_EQ(refused.topics.at(1).error, ErrorCode::kInvalidConfig);
  EXPECT_EQ(refused.topics.at(2).error, ErrorCode::kInvalidPartitions);

  const auto before = Describe(client, "t");
  EXPECT_EQ(before.partitions.size(), 3U);
  DeleteTopicsRequest remove;
  remove.topics.push_back({std::nullopt, before.topic_id});
  EXPECT_EQ(client.Call<DeleteTopicsResponse>(remove, 6).topics.at(0).name, "t");
  EXPECT_EQ(client.Call<DeleteTopicsResponse>(remove, 6).topics.at(0).error,
            ErrorCode::kUnknownTopicId);
  const auto after = Describe(client, "t");
  EXPECT_EQ(after.partitions.size(), 1U);
  EXPECT_NE(after.topic_id, before.topic_id);
}

TEST_F(BrokerTest, OffsetsBelongToOneIncarnationOfATopic) {
  Client client(broker_->port());
  Describe(client, "t");
  OffsetCommitRequest commit;
  commit.group_id = "g";
  commit.topics.push_back({"t", {}, {{0, 5, -1, "note"}}});
  commit.topics.push_back({"none", {}, {{0, 5, -1, ""}}});
  const auto committed = client.Call<OffsetCommitResponse>(commit, 8);
  EXPECT_EQ(committed.topics.at(0).partitions.at(0).error, ErrorCode::kNone);
  EXPECT_EQ(committed.topics.at(1).partitions.at(0).error, ErrorCode::kUnknownTopicOrPartition);

  OffsetFetchRequest fetch;
  fetch.groups.push_back({"g", {}, -1, std::nullopt});
  fetch.groups[0].topics.emplace().push_back({"t", {}, {0, 1}});
  auto found = client.Call<OffsetFetchResponse>(fetch, 8).groups.at(0).topics.at(0);
  EXPECT_EQ(found.partitions.at(0).offset, 5);
  EXPECT_EQ(found.partitions.at(0).metadata, "note");
  EXPECT_EQ(found.partitions.at(1).offset, -1);
  ASSERT_TRUE(broker_->DeleteTopic("t").has_value());
  Describe(client, "t");
  found = client.Call<OffsetFetchResponse>(fetch, 8).groups.at(0).topics.at(0);
  EXPECT_EQ(found.partitions.at(0).offset, -1);
}

TEST_F(BrokerTest, OffsetsAreListed) {
  Client client(broker_->port());
  Describe(client, "t");
  for (int i = 0; i < 3; ++i) client.Call<ProduceResponse>(Produce("t", Batch(10)), 9);
  const auto list = [&](int64_t timestamp) {
    ListOffsetsRequest request;
    request.topics.push_back({"t", {{0, -1, timestamp}}});
    return client.Call<ListOffsetsResponse>(request, 7).topics.at(0).partitions.at(0);
  };
  EXPECT_EQ(list(kLatestTimestamp).offset, 30);
  EXPECT_EQ(list(kEarliestTimestamp).offset, 0);
  EXPECT_EQ(list(kMaxTimestamp).offset, 9);
  EXPECT_EQ(list(kMaxTimestamp).timestamp, 1009);
  EXPECT_EQ(list(1004).offset, 4);
  EXPECT_EQ(list(9999).offset, -1);
}

TEST_F(BrokerTest, ConfigsSayUnderWhichNamesTheyCanBeSet) {
  Client client(broker_->port());
  Describe(client, "t");
  AlterConfigsRequest alter;
  alter.resources.push_back({2, "t", {{"retention.ms", "5000"}}});
  client.Call<AlterConfigsResponse>(alter, 1);
  DescribeConfigsRequest describe;
  describe.resources.push_back({2, "t", std::vector<std::string>{"retention.ms"}});
  describe.include_synonyms = true;
  const auto result = client.Call<DescribeConfigsResponse>(describe, 4).results.at(0);
  const auto& synonyms = result.configs.at(0).synonyms;
  ASSERT_EQ(synonyms.size(), 2U);
  EXPECT_EQ(synonyms[0].name, "retention.ms");
  EXPECT_EQ(synonyms[0].value, "5000");
  EXPECT_EQ(synonyms[1].name, "log.retention.ms");
  EXPECT_EQ(synonyms[1].value, "604800000");
}

TEST_F(BrokerTest, ProducerIdsAreUniqueAndTransactionsAreRefused) {
  Client client(broker_->port());
  const auto first = client.Call<InitProducerIdResponse>(InitProducerIdRequest{}, 4);
  const auto second = client.Call<InitProducerIdResponse>(InitProducerIdRequest{}, 4);
  EXPECT_EQ(first.error, ErrorCode::kNone);
  EXPECT_NE(first.producer_id, second.producer_id);
  InitProducerIdRequest transactional;
  transactional.transactional_id = "tx";
  EXPECT_EQ(client.Call<InitProducerIdResponse>(transactional, 4).error,
            ErrorCode::kTransactionalIdAuthorizationFailed);
  FindCoordinatorRequest coordinator;
  coordinator.key_type = 1;
  coordinator.keys.push_back("tx");
  const auto refused = client.Call<FindCoordinatorResponse>(coordinator, 4).coordinators.at(0);
  EXPECT_EQ(refused.error, ErrorCode::kClusterAuthorizationFailed);
  EXPECT_TRUE(refused.error_message.value_or("").contains("no transactions"));
}

// Answers without an error, or none at all, would make clients wait for ever.
TEST_F(BrokerTest, TheNewGroupProtocolIsRefusedInWords) {
  Client client(broker_->port());
  ConsumerGroupHeartbeatRequest join;
  join.group_id = "g";
  join.topics.emplace().push_back("t");
  for (const int version : {0, 1}) {
    const auto refused = client.Call<ConsumerGroupHeartbeatResponse>(join, version);
    EXPECT_EQ(refused.error, ErrorCode::kUnsupportedVersion);
    EXPECT_TRUE(refused.error_message.value_or("").contains("group.protocol=classic"));
  }
}

TEST_F(BrokerTest, ASecondBrokerOnTheSameDirectoryOrPortIsRefused) {
  BrokerOptions options;
  options.directory = "/broker";
  options.listen = "127.0.0.1:0";
  options.fs = &fs_;
  EXPECT_EQ(Broker::Start(options).error().code, Code::kConflict);
  options.directory = "/elsewhere";
  options.listen = broker_->address();
  const auto second = Broker::Start(options);
  ASSERT_FALSE(second.has_value());
  EXPECT_NE(second.error().message.find("address already in use"), std::string::npos);
}

TEST_F(BrokerTest, StoppingAnswersThoseWhoWait) {
  Client consumer(broker_->port());
  Describe(consumer, "t");
  consumer.Send(Fetch("t", 0, 60'000), 11);
  Client member(broker_->port());
  JoinGroupRequest join;
  join.group_id = "g";
  join.session_timeout_ms = 10'000;
  join.rebalance_timeout_ms = 60'000;
  join.protocol_type = "consumer";
  join.protocols.push_back({"range", {}});
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_TRUE(broker_->Stop().has_value());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(3));
  EXPECT_EQ(Only(consumer.Receive<FetchResponse>(11)).error, ErrorCode::kNone);
}

}  // namespace
}  // namespace ticklake::broker
