// Every message of every version in the table: what is written is read back, and nothing shorter
// is.

#include "kafka/protocol/codec.h"

#include <gtest/gtest.h>

#include <memory>

#include "base/random.h"
#include "kafka/protocol/header.h"
#include "kafka/protocol/messages.h"

namespace ticklake::kafka::protocol {
namespace {

// Walks a message's fields as Reader does, and fills them with seeded values.
class Filler {
 public:
  Filler(int version, Random& random) : version_(version), random_(random) {}

  int version() const { return version_; }

  template <class T>
  void operator()(T& field) {
    if constexpr (std::is_same_v<T, bool>) {
      field = random_.Chance(1, 2);
    } else if constexpr (std::is_same_v<T, ErrorCode>) {
      field = static_cast<ErrorCode>(random_.Below(100));
    } else if constexpr (std::is_integral_v<T>) {
      field = static_cast<T>(random_.Next());
    } else {
      T::Fields(*this, field);
    }
  }
  void operator()(std::string& field) { field = Text(random_.Below(200)); }
  // Null would not be legal for every field in every version, so that it has tests of its own.
  void operator()(std::optional<std::string>& field) { field = Text(random_.Below(20)); }
  void operator()(Bytes& field) { field.data = Text(random_.Below(300)); }
  void operator()(Records& field) {
    for (uint64_t i = random_.Below(3); i > 0; --i) {
      auto owner = std::make_shared<std::string>(Text(1 + random_.Below(300)));
      field.slices.push_back({*owner, owner});
    }
  }
  void operator()(Uuid& field) { field = Uuid::From(random_); }
  template <class T>
  void operator()(std::vector<T>& field) {
    field.resize(random_.Below(4));
    for (T& element : field) (*this)(element);
  }
  template <class T>
  void operator()(std::optional<std::vector<T>>& field) {
    (*this)(field.emplace());
  }

 private:
  std::string Text(uint64_t size) {
    std::string text(size, ' ');
    for (char& c : text) c = static_cast<char>(random_.Next());
    return text;
  }

  int version_;
  Random& random_;
};

template <class T>
void CheckMessage(int version) {
  SCOPED_TRACE(testing::Message() << GetApi(T::kApi).name << " version " << version);
  Random random(7, static_cast<uint64_t>(version));
  for (int round = 0; round < 10; ++round) {
    T message;
    Filler filler(version, random);
    filler(message);
    Writer writer = WriterFor<T>(version);
    Encode(message, writer);
    const std::string wire = writer.Flatten();
    ASSERT_EQ(wire.size(), writer.size());

    const Result<T> read = Decode<T>(wire, version);
    ASSERT_TRUE(read.has_value()) << read.error().message;
    Writer again = WriterFor<T>(version);
    Encode(*read, again);
    ASSERT_EQ(again.Flatten(), wire);

    const size_t step = wire.size() / 200 + 1;
    for (size_t cut = 0; cut < wire.size(); cut += step) {
      const Result<T> cut_off = Decode<T>(std::string_view(wire).substr(0, cut), version);
      ASSERT_FALSE(cut_off.has_value()) << "decoded from " << cut << " of " << wire.size();
      ASSERT_EQ(cut_off.error().code, Code::kCorrupt);
    }
  }
}

template <class T>
void CheckAllVersions() {
  const Api& api = GetApi(T::kApi);
  for (int version = api.lowest; version <= api.highest; ++version) CheckMessage<T>(version);
}

#define TL_CODEC_TEST(name, key, lowest, highest, flexible) \
  TEST(Codec, name) {                                       \
    CheckAllVersions<name##Request>();                      \
    CheckAllVersions<name##Response>();                     \
  }
TL_KAFKA_APIS(TL_CODEC_TEST)
#undef TL_CODEC_TEST

TEST(Codec, NullsKeepBeingNull) {
  MetadataRequest request;
  request.topics.emplace(1);  // one topic, named by UUID alone
  for (const int version : {10, 13}) {
    Writer writer = WriterFor<MetadataRequest>(version);
    Encode(request, writer);
    const auto read = Decode<MetadataRequest>(writer.Flatten(), version);
    ASSERT_TRUE(read.has_value());
    EXPECT_FALSE(read->topics->at(0).name.has_value());
  }
  request.topics.reset();
  for (const int version : {1, 9}) {
    Writer writer = WriterFor<MetadataRequest>(version);
    Encode(request, writer);
    EXPECT_FALSE(Decode<MetadataRequest>(writer.Flatten(), version)->topics.has_value());
  }
  ProduceRequest::Topic::Partition partition;
  partition.records.null = true;
  Writer writer(9, true);
  writer(partition);
  Reader reader(writer.bytes(), 9, true);
  ProduceRequest::Topic::Partition read;
  reader(read);
  EXPECT_TRUE(reader.ok() && read.records.null);
}

// Bytes from Apache Kafka's documentation of the protocol's types, put together by hand.
TEST(Codec, KnownBytes) {
  // Header version 2: key 18, version 3, id 7, client "me", no tags. Body: compact strings.
  std::string whole("\x00\x12\x00\x03\x00\x00\x00\x07\x00\x02me\x00", 13);
  whole += std::string(
      "\x05lib1\x04"
      "2.0\x00",
      10);
  const auto request = DecodeRequest(whole);
  ASSERT_TRUE(request.has_value());
  EXPECT_TRUE(request->Supported());
  EXPECT_EQ(request->header.correlation_id, 7);
  EXPECT_EQ(request->header.client_id, "me");
  const auto body = Decode<ApiVersionsRequest>(request->body, 3);
  ASSERT_TRUE(body.has_value());
  EXPECT_EQ(body->client_name, "lib1");
  EXPECT_EQ(body->client_version, "2.0");
  EXPECT_EQ(EncodeRequestHeader(request->header), whole.substr(0, 13));
}

TEST(Codec, TaggedFieldsAreSkipped) {
  std::string body("\x02x\x02y", 4);
  body += std::string(
      "\x02\x00\x03"
      "abc\x05\x00",
      8);  // two tags: 0 with 3 bytes, 5 with none
  const auto read = Decode<ApiVersionsRequest>(body, 3);
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(read->client_version, "y");
  body[6] = '\x7f';  // beyond the end
  EXPECT_FALSE(Decode<ApiVersionsRequest>(body, 3).has_value());
}

TEST(Codec, HostileLengthsAreRefusedBeforeAnyAllocation) {
  const auto corrupt = [](std::string_view body, int version) {
    const auto read = Decode<DeleteGroupsRequest>(body, version);
    return !read && read.error().code == Code::kCorrupt;
  };
  EXPECT_TRUE(corrupt(std::string_view("\x7f\xff\xff\xff", 4), 0));          // 2^31 groups
  EXPECT_TRUE(corrupt(std::string_view("\xff\xff\xff\xff", 4), 0));          // null, not allowed
  EXPECT_TRUE(corrupt(std::string_view("\x80\x00\x00\x00", 4), 0));          // negative
  EXPECT_TRUE(corrupt(std::string_view("\x00\x00\x00\x01\xff\xfe", 6), 0));  // string of -2
  EXPECT_TRUE(corrupt(std::string_view("\x00\x00\x00\x01\x7f\xff", 6), 0));  // beyond the end
  EXPECT_TRUE(corrupt(std::string_view("\xff\xff\xff\xff\x0f\x00", 6), 2));  // compact 2^32-1
  EXPECT_TRUE(corrupt(std::string_view("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 11), 2));
  std::string many("\x00\x20\x00\x00", 4);  // 2^21 empty strings that are really there
  many.append(size_t{1} << 22, '\0');
  EXPECT_TRUE(corrupt(many, 0));
}

TEST(Header, UnknownApisAndVersionsAreTold) {
  RequestHeader header{.api_key = 999, .version = 0, .correlation_id = 1, .client_id = "c"};
  auto request = DecodeRequest(EncodeRequestHeader(header));
  ASSERT_TRUE(request.has_value());
  EXPECT_FALSE(request->Supported());
  EXPECT_EQ(request->api, nullptr);
  header = {.api_key = 18, .version = 99, .correlation_id = 5, .client_id = {}};
  request = DecodeRequest(EncodeRequestHeader(header));
  ASSERT_TRUE(request.has_value());
  EXPECT_FALSE(request->Supported());
  EXPECT_EQ(request->header.correlation_id, 5);
  EXPECT_FALSE(DecodeRequest("\x00\x12\x00").has_value());
}

TEST(Errors, NamesAreThere) {
  EXPECT_EQ(ErrorName(ErrorCode::kCorruptMessage), "CorruptMessage");
  EXPECT_EQ(ErrorName(static_cast<ErrorCode>(12345)), "?");
}

}  // namespace
}  // namespace ticklake::kafka::protocol
