// Signed requests with one character changed, anywhere that is signed: none is let in.

#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "aws/sessions.h"
#include "aws/test_requests.h"
#include "base/random.h"
#include "base/test_report.h"

namespace ticklake::aws {
namespace {

constexpr char kBase[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

// Another letter or digit instead of one there is: that means something else, wherever it stands.
bool ChangeOne(std::string& text, Random& random) {
  std::vector<size_t> places;
  for (size_t i = 0; i < text.size(); ++i) {
    if (std::isalnum(static_cast<unsigned char>(text[i])) != 0) places.push_back(i);
  }
  if (places.empty()) return false;
  char& at = text[places[random.Below(places.size())]];
  const char was = at;
  while (at == was) at = kBase[random.Below(sizeof kBase - 1)];
  return true;
}

// The same as it was in all that is signed, such as an escape in lower case.
bool SameMeaning(const TestRequest& a, const TestRequest& b) {
  return a.method == b.method && a.headers == b.headers && a.body == b.body &&
         net::CanonicalPath(a.path, true) == net::CanonicalPath(b.path, true) &&
         net::CanonicalQuery(a.query) == net::CanonicalQuery(b.query);
}

struct Form {
  const char* name;
  std::function<TestRequest(TestDoor&)> make;
  bool body_is_signed = true;
  bool host_is_signed = true;
};

TestRequest Base() {
  return {.method = "PUT",
          .path = "/bucket/year=2026/a%2Bb.parquet",
          .query = "partNumber=7&uploadId=abcDEF",
          .headers = {{"host", "localhost:4566"},
                      {"x-amz-meta-owner", "somebody else"},
                      {"x-amz-storage-class", "STANDARD"}},
          .body = std::string(300, 'b')};
}

TestRequest Chunked(const TestDoor& door, bool trailer) {
  TestRequest request = Base();
  request.headers["x-amz-decoded-content-length"] = "300";
  if (trailer) request.headers["x-amz-trailer"] = "x-amz-checksum-crc32c";
  SignHeader(request, door.Who(), trailer ? net::kStreamingPayloadTrailer : net::kStreamingPayload);
  request.body =
      InChunks(request, door.Who(), 128, trailer ? "x-amz-checksum-crc32c:sOO8/Q==" : "");
  return request;
}

TestRequest OfVersion2(const TestDoor& door, bool in_query) {
  TestRequest request = Base();
  request.body.clear();
  std::string expires;
  if (in_query) {
    expires = std::to_string(door.Who().now / kNanosPerSecond + 60);
  } else {
    request.headers["date"] = "Fri, 02 Jan 2026 03:04:05 GMT";
  }
  const std::string signature = net::SigV2Signature(
      net::HmacSha1Key(door.Who().secret_key), net::SigV2StringToSign({.method = request.method,
                                                                       .path = request.path,
                                                                       .query = request.query,
                                                                       .bucket = "",
                                                                       .headers = &request.headers,
                                                                       .expires = expires}));
  if (in_query) {
    request.query += "&AWSAccessKeyId=" + door.Who().access_key + "&Expires=" + expires +
                     "&Signature=" + net::PercentEncode(signature);
  } else {
    request.headers["authorization"] = "AWS " + door.Who().access_key + ":" + signature;
  }
  return request;
}

std::vector<Form> Forms() {
  return {
      {"digest in the header",
       [](TestDoor& door) {
         TestRequest request = Base();
         SignHeader(request, door.Who(), net::Sha256Hex(request.body));
         return request;
       }},
      {"header, payload not signed",
       [](TestDoor& door) {
         TestRequest request = Base();
         SignHeader(request, door.Who(), net::kUnsignedPayload);
         return request;
       },
       false},
      {"presigned",
       [](TestDoor& door) {
         TestRequest request = Base();
         SignQuery(request, door.Who());
         return request;
       },
       false},
      {"session",
       [](TestDoor& door) {
         const Session session{.access_key = "ASIAEXAMPLE",
                               .parent = door.key().key.id,
                               .arn = "arn",
                               .user_id = "id",
                               .expires = door.clock().Now() + kNanosPerSecond};
         const auto made = MakeSession(door.auth().SessionKey(), session);
         net::SigningIdentity who = door.Who();
         who.access_key = session.access_key;
         who.secret_key = made.secret;
         who.session_token = made.token;
         TestRequest request = Base();
         SignHeader(request, who, net::Sha256Hex(request.body));
         return request;
       }},
      {"signed chunks", [](TestDoor& door) { return Chunked(door, false); }},
      {"signed chunks and trailer", [](TestDoor& door) { return Chunked(door, true); }},
      {"JSON",
       [](TestDoor& door) {
         TestRequest request{.method = "POST",
                             .path = "/",
                             .body = R"({"DatabaseName":"market","Name":"trades"})",
                             .service = "glue"};
         request.headers["x-amz-target"] = "AWSGlue.DeleteTable";
         SignHeader(request, door.Who("glue"), net::Sha256Hex(request.body));
         return request;
       }},
      {"version 2", [](TestDoor& door) { return OfVersion2(door, false); }, false, false},
      {"version 2, presigned", [](TestDoor& door) { return OfVersion2(door, true); }, false, false},
  };
}

// One place changed; false where there was nothing to change.
bool Mutate(TestRequest& request, const Form& form, Random& random) {
  switch (random.Below(form.body_is_signed ? 6 : 4)) {
    case 0: return ChangeOne(request.path, random);
    case 1: return ChangeOne(request.query, random);
    case 2: {
      if (random.Below(4) == 0) return ChangeOne(request.method, random);
      request.headers["x-amz-copy-source"] = "added/" + std::to_string(random.Below(1000));
      return true;
    }
    case 3: {
      auto at = request.headers.begin();
      std::advance(at, static_cast<long>(random.Below(request.headers.size())));
      if (at->first == "host" && !form.host_is_signed) return false;
      return ChangeOne(at->second, random);
    }
    default: {
      if (random.Below(8) > 0) return ChangeOne(request.body, random);
      request.body.resize(random.Below(request.body.size()));
      return true;
    }
  }
}

// A chunk's size in capital digits, or with zeros before it, says the same.
bool OnlyWritesASizeAnew(TestDoor& door, const TestRequest& was, const TestRequest& is) {
  const auto before = door.Send(was);
  const auto trailers = door.trailers();
  const auto now = door.Send(is);
  return before && now && *before == *now && trailers == door.trailers() &&
         was.method == is.method && was.path == is.path && was.query == is.query &&
         was.headers == is.headers && was.body.size() == is.body.size();
}

TEST(Mutations, NoneIsLetIn) {
  const uint64_t rounds = LongRun() ? 40'000 : 1'500;
  uint64_t tried = 0;
  std::set<std::string> codes;
  for (const Form& form : Forms()) {
    TestDoor door;
    const TestRequest good = form.make(door);
    ASSERT_EQ(door.CodeOf(good), "") << form.name;
    Random random(7, tried);
    for (uint64_t i = 0; i < rounds; ++i) {
      TestRequest bad = good;
      if (!Mutate(bad, form, random) || SameMeaning(bad, good)) continue;
      ++tried;
      const auto sent = door.Send(bad);
      if (!sent) {
        ASSERT_LT(sent.error().status, 500) << form.name << ": " << sent.error().message;
        codes.insert(sent.error().code);
        continue;
      }
      ASSERT_TRUE(OnlyWritesASizeAnew(door, good, bad))
          << form.name << ": " << bad.method << " " << bad.path << "?" << bad.query;
    }
  }
  std::string all;
  for (const std::string& code : codes) all += " " + code;
  Report("mutations", fmt::format("{} requests, none let in:{}", tried, all));
  EXPECT_GE(tried, 10'000U);
}

}  // namespace
}  // namespace ticklake::aws
