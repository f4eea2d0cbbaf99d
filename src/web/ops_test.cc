#include "web/ops.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "net/http_client.h"
#include "query/remote.h"
#include "query/sample_lake.h"

namespace ticklake::web {
namespace {

using testing::HasSubstr;

class StringSink : public query::ByteSink {
 public:
  Result<void> Write(std::string_view bytes) override {
    text += bytes;
    return {};
  }
  std::string text;
};

class OpsTest : public testing::Test {
 protected:
  OpsTest()
      : folder_(testing::TempDir() + "/ticklake-ops-" +
                testing::UnitTest::GetInstance()->current_test_info()->name()),
        source_(query::SampleLake(folder_)),
        engine_(*source_,
                {.threads = 2, .lake_root = folder_, .temp_dir = "", .metrics = &metrics_}) {
    net::HttpServerOptions options;
    AddOps({.engine = &engine_,
            .metrics = &metrics_,
            .ready = [this] { return ready_.load(); },
            .status = [] { return std::string("{\"a\":1}\n"); },
            .sql_timeout = std::chrono::seconds(20)},
           options);
    server_ = net::HttpServer::Start(std::move(options)).value();
  }
  ~OpsTest() override {
    server_->Stop();
    std::filesystem::remove_all(folder_);
  }

  net::HttpAnswer Fetch(std::string method, std::string target, std::string body = "") const {
    net::HttpCall call;
    call.port = server_->port();
    call.method = std::move(method);
    call.target = std::move(target);
    call.body = std::move(body);
    return net::HttpFetch(call).value();
  }

  query::SqlResult<std::string> Remote(std::string sql) const {
    StringSink sink;
    TL_TRY(query::RunRemote({.server = {"127.0.0.1", server_->port()},
                             .sql = std::move(sql),
                             .output = {.format = query::Format::kJsonl}},
                            sink));
    return sink.text;
  }

  const std::string folder_;
  Metrics metrics_;
  std::atomic<bool> ready_{false};
  std::unique_ptr<query::FakeSource> source_;
  query::Engine engine_;
  std::unique_ptr<net::HttpServer> server_;
};

TEST_F(OpsTest, ReadinessFollowsTheProcess) {
  EXPECT_EQ(Fetch("GET", "/readyz").status, 503);
  ready_ = true;
  EXPECT_EQ(Fetch("GET", "/readyz").status, 200);
  EXPECT_EQ(Fetch("GET", "/readyz").body, "ready\n");
}

TEST_F(OpsTest, MetricsAreInPrometheusForm) {
  metrics_.Gauge("x_bytes", "Size of x", {{"topic", "a\"b"}}).Set(2.5);
  ASSERT_TRUE(Remote("SELECT 1"));
  const auto answer = Fetch("GET", "/metrics");
  EXPECT_THAT(answer.content_type, HasSubstr("version=0.0.4"));
  EXPECT_THAT(answer.body, HasSubstr("# TYPE x_bytes gauge\nx_bytes{topic=\"a\\\"b\"} 2.5\n"));
  EXPECT_THAT(answer.body, HasSubstr("# TYPE ticklake_queries_total counter\n"));
  EXPECT_THAT(answer.body, HasSubstr("ticklake_queries_total{outcome=\"ok\"} 1\n"));
}

TEST_F(OpsTest, StatusIsTheCallers) { EXPECT_EQ(Fetch("GET", "/v1/status").body, "{\"a\":1}\n"); }

TEST_F(OpsTest, UnknownPathsListTheKnown) {
  const auto answer = Fetch("GET", "/v2/sql");
  EXPECT_EQ(answer.status, 404);
  EXPECT_THAT(answer.body, HasSubstr("POST /v1/sql"));
  EXPECT_EQ(Fetch("GET", "/v1/sql").status, 405);
  EXPECT_THAT(Fetch("GET", "/").body, HasSubstr("/v1/sql"));
}

TEST_F(OpsTest, SqlInEveryFormat) {
  const std::string sql = "SELECT symbol, price FROM trades WHERE size = 7";
  EXPECT_EQ(Fetch("POST", "/v1/sql", sql).body,
            "symbol    price\n──────  ───────\nNVDA    140.125\n(1 row)\n");
  const auto csv = Fetch("POST", "/v1/sql?format=csv", sql);
  EXPECT_EQ(csv.body, "symbol,price\r\nNVDA,140.125\r\n");
  EXPECT_THAT(csv.content_type, HasSubstr("text/csv"));
  EXPECT_EQ(Fetch("POST", "/v1/sql?format=json", sql).body,
            "[\n{\"symbol\":\"NVDA\",\"price\":140.125}\n]\n");
  EXPECT_EQ(Remote(sql).value(), "{\"symbol\":\"NVDA\",\"price\":140.125}\n");
}

TEST_F(OpsTest, ErrorsCarryTheirPlace) {
  const auto answer = Fetch("POST", "/v1/sql?format=csv", "SELECT nope FROM trades");
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("\"code\":\"invalid\""));
  EXPECT_THAT(answer.body, HasSubstr("\"line\":1,\"column\":8"));
  const auto remote = Remote("SELECT *\nFROM read_csv('/etc/passwd')");
  ASSERT_FALSE(remote);
  EXPECT_EQ(remote.error().code, Code::kUnsupported);
  EXPECT_EQ(remote.error().line, 2);
  EXPECT_EQ(remote.error().column, 6);
  EXPECT_THAT(remote.error().message, HasSubstr("line 2, column 6"));
  EXPECT_EQ(Fetch("POST", "/v1/sql?format=xml", "SELECT 1").status, 400);
  EXPECT_EQ(Fetch("POST", "/v1/sql?fromat=csv", "SELECT 1").status, 400);
}

TEST_F(OpsTest, LargeResultsStreamWhole) {
  const auto rows = Remote("SELECT range FROM range(200000)");
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_EQ(std::ranges::count(*rows, '\n'), 200'000);
}

TEST_F(OpsTest, StatsFollowEveryAnswer) {
  const auto small = Fetch("POST", "/v1/sql?format=csv&footer=off", "SELECT * FROM range(12)");
  EXPECT_THAT(small.fields.at("ticklake-stats"), HasSubstr("{\"rows\":12,\"elapsed_ms\":"));
  source_->SetNote("market", "trades", "rows of topic 'trädes' are not read here");
  StringSink sink;
  const auto large = query::RunRemote(
      {.server = {"127.0.0.1", server_->port()},
       .sql = "SELECT t.symbol FROM range(200000), (SELECT symbol FROM trades LIMIT 1) t",
       .output = {.format = query::Format::kJsonl}},
      sink);
  ASSERT_TRUE(large) << large.error().message;
  EXPECT_EQ(large->rows, 200'000);
  EXPECT_GT(large->elapsed.count(), 0);
  EXPECT_THAT(large->notes, testing::ElementsAre("rows of topic 'trädes' are not read here"));
}

TEST_F(OpsTest, TheFooterIsTheAskersChoice) {
  EXPECT_EQ(Fetch("POST", "/v1/sql?footer=off", "SELECT 1 AS n").body, "n\n─\n1\n");
  EXPECT_EQ(Fetch("POST", "/v1/sql?footer=maybe", "SELECT 1").status, 400);
}

TEST_F(OpsTest, ACancelledCallStopsItsQuery) {
  std::stop_source stop;
  StringSink sink;
  std::jthread canceller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    stop.request_stop();
  });
  const auto began = std::chrono::steady_clock::now();
  const auto outcome =
      query::RunRemote({.server = {"127.0.0.1", server_->port()},
                        .sql = "SELECT count(*) FROM range(100000000000) a WHERE sqrt(a.range) < 0",
                        .cancel = stop.get_token()},
                       sink);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Code::kCancelled) << outcome.error().message;
  const auto errors = [&] {
    return metrics_
        .Counter("ticklake_queries_total", "SQL statements, by outcome", {{"outcome", "error"}})
        .Get();
  };
  while (errors() == 0 && std::chrono::steady_clock::now() - began < std::chrono::seconds(20)) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(errors(), 1);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10));
}

TEST_F(OpsTest, AnErrorInTheMiddleIsNotAWholeAnswer) {
  const auto rows = Remote(
      "SELECT CASE WHEN range = 900000 THEN error('late') ELSE 'x' END AS x FROM range(1000000)");
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, Code::kIo) << rows.error().message;
}

TEST_F(OpsTest, PagesOfOtherSitesGetNothing) {
  // A raw request, since the client sends no Origin.
  const auto status = [&](const std::string& origin) {
    return net::HttpRequest{.headers = {{"origin", origin}}};
  };
  class Recorder : public net::HttpReply {
   public:
    void Send(int code, std::string_view, std::string_view) override { status = code; }
    Result<void> Begin(int, std::string_view, std::optional<uint64_t>) override { return {}; }
    Result<void> Write(std::string_view) override { return {}; }
    Result<void> WriteFile(File&, uint64_t, uint64_t) override { return {}; }
    void Abort() override {}
    void AddField(std::string_view, std::string_view) override {}
    int status = 0;
  };
  net::HttpServerOptions options;
  AddOps({.engine = &engine_}, options);
  const auto sql = std::ranges::find(options.routes, "/v1/sql", &net::HttpRoute::path)->handler;
  for (const auto& [origin, expected] :
       std::vector<std::pair<std::string, int>>{{"http://evil.example", 403},
                                                {"http://127.0.0.1.evil.example:8080", 403},
                                                {"null", 403},
                                                {"http://localhost:8080", 200},
                                                {"http://127.0.0.1:8080", 200},
                                                {"http://[::1]:8080", 200}}) {
    Recorder reply;
    net::HttpRequest request = status(origin);
    request.body = "SELECT 1";
    sql(request, reply);
    EXPECT_EQ(reply.status, expected) << origin;
  }
}

}  // namespace
}  // namespace ticklake::web
