// Our store on S3, against the service that aws_peer.h names: the conformance suite of all stores,
// and what only S3 has.
#include <gtest/gtest.h>

#include "aws_peer.h"
#include "base/uuid.h"
#include "lossy_proxy.h"
#include "store/object_store_conformance.h"
#include "store/s3_client.h"
#include "store/s3_store.h"

namespace ticklake::store {
namespace {

constexpr char kBucket[] = "ticklake-conformance";

/// A prefix of its own in the peer's bucket, which is made if it is missing.
struct S3Place {
  explicit S3Place(const std::string& endpoint, net::RetryPolicy retry = {})
      : client(PeerClient(endpoint, retry)) {
    const auto made =
        client->Send({.service = "s3", .method = "PUT", .origin = endpoint, .path = "/" + bucket});
    EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().message);
  }
  std::string Uri() const { return "s3://" + bucket + "/" + prefix; }
  std::unique_ptr<ObjectStore> Open(const S3StoreOptions& options = {}) const {
    return OpenS3Store(*client, Uri(), options).value();
  }

  std::string bucket = kBucket;
  std::string prefix = Uuid::Random().ToString() + "/a b/";
  std::unique_ptr<net::AwsClient> client;
};

StoreUnderTest OnPeer() {
  auto place = std::make_shared<S3Place>(PeerVariable("TICKLAKE_PEER_ENDPOINT", ""));
  auto store = place->Open();
  return {place, std::move(store)};
}

std::vector<StoreFactory> Peers() {
  if (!HasPeer("s3")) return {};
  return {&OnPeer};
}

std::vector<std::string> Endpoints() {
  if (!HasPeer("s3")) return {};
  return {PeerVariable("TICKLAKE_PEER_ENDPOINT", "")};
}

class S3StoreTest : public ::testing::TestWithParam<std::string> {
 protected:
  std::string endpoint_ = GetParam();
};

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ObjectStoreConformance);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(S3StoreTest);
INSTANTIATE_TEST_SUITE_P(S3, ObjectStoreConformance, ::testing::ValuesIn(Peers()));
INSTANTIATE_TEST_SUITE_P(S3, S3StoreTest, ::testing::ValuesIn(Endpoints()));

std::string Noise(size_t size) {
  Random random(size);
  std::string bytes(size, '\0');
  for (size_t i = 0; i + 8 <= size; i += 8) {
    const uint64_t next = random.Next();
    std::memcpy(&bytes[i], &next, 8);
  }
  return bytes;
}

TEST_P(S3StoreTest, LargeObjectsGoInParts) {
  const S3Place place(endpoint_);
  const auto store = place.Open({.multipart_from = 6 << 20, .part_size = 5 << 20, .threads = 3});
  const std::string body = Noise((17 << 20) + 3);
  ASSERT_TRUE(store->Put("large", body).has_value());
  EXPECT_TRUE(store->Get("large").value() == body);
  EXPECT_EQ(store->Head("large")->size, body.size());
  EXPECT_EQ(store->GetRange("large", 5 << 20, 10).value(), body.substr(5 << 20, 10));
  const std::vector<NewObject> objects = {{"one", "1"}, {"big", body}, {"two", "2"}};
  ASSERT_TRUE(store->PutAll(objects).has_value());
  EXPECT_TRUE(store->Get("big").value() == body);
  EXPECT_EQ(store->Get("two").value(), "2");
  EXPECT_EQ(store->RemoveStale("", SystemClock().Now() + 3600 * kNanosPerSecond).value(), 0);
}

TEST_P(S3StoreTest, EndsUploadsThatACrashLeft) {
  if (PeerLacks("upload-lists"))
    GTEST_SKIP() << "it lists uploads of a whole key only, not below a prefix";
  const S3Place place(endpoint_);
  const auto store = place.Open();
  auto s3 = S3Client::Open(*place.client, place.bucket).value();
  S3Upload upload{.key = place.prefix + "left/behind"};
  upload.id = s3.BeginUpload(upload.key).value();
  ASSERT_TRUE(s3.UploadPart(upload, 1, "part").has_value());
  const Nanos hour = 3600 * kNanosPerSecond;
  if (!PeerLacks("upload-times")) {
    EXPECT_EQ(store->RemoveStale("left/", SystemClock().Now() - hour).value(), 0);
  }
  EXPECT_EQ(store->RemoveStale("elsewhere/", SystemClock().Now() + hour).value(), 0);
  EXPECT_TRUE(store->List("")->empty());
  EXPECT_EQ(store->RemoveStale("left/", SystemClock().Now() + hour).value(), 1);
  EXPECT_FALSE(s3.UploadPart(upload, 2, "part").has_value());
}

TEST_P(S3StoreTest, ListsMoreThanOnePage) {
  const S3Place place(endpoint_);
  const auto store = place.Open();
  std::vector<NewObject> objects;
  for (int i = 0; i < 1'203; ++i) objects.push_back({fmt::format("p/{:04}/x", i), ""});
  ASSERT_TRUE(store->PutAll(objects).has_value());
  const auto all = store->List("p/").value();
  ASSERT_EQ(all.size(), objects.size());
  for (size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i].key, objects[i].key);
  EXPECT_EQ(store->ListFolder("p/")->folders.size(), objects.size());
}

TEST_P(S3StoreTest, AnAnswerThatIsLostIsNotALostWrite) {
  LossyProxy proxy(PortOf(endpoint_));
  const S3Place place(proxy.Url(), {.attempts = 3, .first = std::chrono::milliseconds(1)});
  const auto store = place.Open();
  for (const int lost : {1, 2, 3}) {
    const std::string key = fmt::format("lost/{}", lost);
    proxy.LoseAnswers(lost);
    const auto put = store->PutIfAbsent(key, "mine");
    EXPECT_TRUE(put.has_value()) << lost << ": " << (put ? "" : put.error().message);
    EXPECT_EQ(store->Get(key).value(), "mine");
    EXPECT_EQ(store->PutIfAbsent(key, "other").error().code, Code::kAlreadyExists);
  }
  EXPECT_EQ(proxy.lost(), 6);
}

TEST_P(S3StoreTest, SomeoneElsesObjectIsNotOurs) {
  LossyProxy proxy(PortOf(endpoint_));
  const S3Place place(proxy.Url(), {.attempts = 3, .first = std::chrono::milliseconds(1)});
  const auto store = place.Open();
  ASSERT_TRUE(store->PutIfAbsent("k", "theirs").has_value());
  proxy.LoseAnswers(1);
  EXPECT_EQ(store->PutIfAbsent("k", "mine").error().code, Code::kAlreadyExists);
  ASSERT_TRUE(store->Put("k", "replaced").has_value());
  proxy.LoseAnswers(3);
  EXPECT_EQ(store->PutIfAbsent("k", "mine").error().code, Code::kAlreadyExists);
  EXPECT_EQ(store->Get("k").value(), "replaced");
}

TEST_P(S3StoreTest, SaysWhatIsMissing) {
  S3Place place(endpoint_);
  place.bucket = "no-such-bucket-" + Uuid::Random().ToString();
  const auto store = place.Open();
  const Error error = store->Put("k", "v").error();
  EXPECT_EQ(error.code, Code::kNotFound);
  EXPECT_NE(error.message.find("make it first"), std::string::npos) << error.message;
  EXPECT_EQ(store->List("").error().code, Code::kNotFound);
}

TEST(S3Store, NobodyThereIsUnavailable) {
  const auto client = PeerClient("http://127.0.0.1:1", {.attempts = 2});
  const auto store = OpenS3Store(*client, "s3://bucket/p").value();
  EXPECT_EQ(store->Get("k").error().code, Code::kUnavailable);
  EXPECT_EQ(store->PutIfAbsent("k", "v").error().code, Code::kUnavailable);
}

TEST(S3Store, TakesUris) {
  const auto client = PeerClient("http://127.0.0.1:1");
  EXPECT_EQ(OpenS3Store(*client, "s3://bucket").value()->RootUri(), "s3://bucket/");
  EXPECT_EQ(OpenS3Store(*client, "s3://bucket/a/b//").value()->RootUri(), "s3://bucket/a/b/");
  for (const char* uri : {"s3://", "s3:///x", "http://bucket/x", "s3://bucket/../x", "s3://b c/"}) {
    EXPECT_EQ(OpenS3Store(*client, uri).error().code, Code::kInvalid) << uri;
  }
}

}  // namespace
}  // namespace ticklake::store
