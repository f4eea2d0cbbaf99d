// Puts and gets objects on any S3 service, signed, by many clients at once.
//
//   s3_bench ENDPOINT BUCKET [--size BYTES] [--objects N] [--clients C] [--key ACCESS] [--secret S]
//
// Makes the bucket, puts N objects of that size under different keys, and gets each of them again;
// C threads, each with a connection of its own. Requests are signed before the clock runs, payloads
// by their SHA-256 and CRC-32C; every body that comes back must be the one that was put under its
// key. Prints one JSON line: requests/s and MiB/s of either way, the time from a request to its
// answer in milliseconds, and the CPU time that this program took of it.
#include <algorithm>
#include <atomic>
#include <barrier>
#include <chrono>
#include <map>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/base64.h"
#include "base/clock.h"
#include "base/crc32c.h"
#include "base/random.h"
#include "light_http.h"
#include "net/digests.h"
#include "net/sigv4.h"

namespace {

using namespace ticklake;         // NOLINT(google-build-using-namespace): a program of one file
using namespace ticklake::bench;  // NOLINT(google-build-using-namespace)
using Clock = std::chrono::steady_clock;

struct Options {
  std::string endpoint;
  std::string bucket;
  size_t size = 1024;
  size_t objects = 10'000;
  size_t clients = 16;
  std::string key = "test";
  std::string secret = "test";
};

/// The bodies: all alike but for their number, which stands at both ends.
class Bodies {
 public:
  explicit Bodies(size_t size) : middle_(size - (2 * sizeof(uint64_t)), 'x') {
    Random random(size);
    for (char& c : middle_) c = static_cast<char>(random.Next());
  }
  /// `number` outlives what is returned.
  std::array<std::string_view, 3> Of(const uint64_t& number) const {
    const std::string_view mark(reinterpret_cast<const char*>(&number), sizeof number);
    return {mark, middle_, mark};
  }

 private:
  std::string middle_;
};

std::string Join(std::span<const std::string_view> pieces) {
  std::string whole;
  for (const std::string_view piece : pieces) whole += piece;
  return whole;
}

/// The head of a signed request.
std::string Signed(const Options& options, std::string_view method, const std::string& path,
                   const std::string& body) {
  std::map<std::string, std::string> headers = {
      {"host", options.endpoint.substr(options.endpoint.find("//") + 2)},
      {"content-length", std::to_string(body.size())}};
  if (!body.empty()) {
    std::string crc;
    AppendBig<uint32_t>(crc, Crc32c(body));
    headers["x-amz-checksum-crc32c"] = Base64(crc);
    headers["content-type"] = "application/octet-stream";
  }
  const std::string hash = net::Sha256Hex(body);
  const auto signature =
      net::SignRequest({.method = method, .path = path, .headers = &headers, .payload_hash = hash},
                       {.access_key = options.key,
                        .secret_key = options.secret,
                        .region = "us-east-1",
                        .service = "s3",
                        .now = SystemClock().Now()});
  headers.insert(signature.begin(), signature.end());
  std::string head = fmt::format("{} {} HTTP/1.1\r\n", method, path);
  for (const auto& [name, value] : headers) head += fmt::format("{}: {}\r\n", name, value);
  return head + "\r\n";
}

std::string PathOf(const Options& options, size_t number) {
  return fmt::format("/{}/bench/{}/{:08}", options.bucket, options.size, number);
}

/// One request to come.
struct Planned {
  uint64_t number = 0;
  std::string head;
};

struct Measured {
  double seconds = 0;
  double cpu = 0;  ///< seconds, of this program
  std::vector<double> milliseconds;
};

/// PUT or GET of every object, by all clients at once: client c takes each C-th of them.
class Load {
 public:
  Load(const Options& options, const Bodies& bodies, std::string_view method)
      : options_(options), bodies_(bodies), method_(method), puts_(method == "PUT") {}

  Measured Run() {
    Measured measured;
    double cpu = 0;
    Clock::time_point begin;
    std::barrier prepared(static_cast<std::ptrdiff_t>(options_.clients), [&]() noexcept {
      cpu = CpuSeconds();
      begin = Clock::now();
    });
    std::vector<std::vector<double>> times(options_.clients);
    {
      std::vector<std::jthread> threads;
      threads.reserve(options_.clients);
      for (size_t c = 0; c < options_.clients; ++c) {
        threads.emplace_back([&, c] {
          const std::vector<Planned> plan = PlanOf(c);
          prepared.arrive_and_wait();
          LightHttp http(options_.endpoint);
          for (const Planned& next : plan) times[c].push_back(Do(http, next));
        });
      }
    }
    measured.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    measured.cpu = CpuSeconds() - cpu;
    for (const auto& own : times) {
      measured.milliseconds.insert(measured.milliseconds.end(), own.begin(), own.end());
    }
    std::ranges::sort(measured.milliseconds);
    return measured;
  }

 private:
  std::vector<Planned> PlanOf(size_t client) const {
    std::vector<Planned> plan;
    for (uint64_t number = client; number < options_.objects; number += options_.clients) {
      const std::string body = puts_ ? Join(bodies_.Of(number)) : "";
      plan.push_back({number, Signed(options_, method_, PathOf(options_, number), body)});
    }
    return plan;
  }

  /// Milliseconds that it took.
  double Do(LightHttp& http, const Planned& request) const {
    const auto body = bodies_.Of(request.number);
    const std::span<const std::string_view> none;
    const auto start = Clock::now();
    const int status =
        puts_ ? http.Exchange(request.head, body, none) : http.Exchange(request.head, none, body);
    if (status != 200) {
      Die(fmt::format("{} {}: HTTP status {}", method_, PathOf(options_, request.number), status));
    }
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  }

  const Options& options_;
  const Bodies& bodies_;
  const std::string_view method_;
  const bool puts_;
};

std::string Json(const char* name, const Options& options, const Measured& measured) {
  const auto count = static_cast<double>(options.objects);
  const auto& times = measured.milliseconds;
  return fmt::format(
      R"("{}":{{"rate":{:.1f},"mib":{:.1f},"p50_ms":{:.3f},"p99_ms":{:.3f},"client_cpu_ms":{:.3f}}})",
      name, count / measured.seconds,
      count * static_cast<double>(options.size) / measured.seconds / (1 << 20),
      times[times.size() / 2], times[times.size() * 99 / 100], measured.cpu * 1e3 / count);
}

void MakeBucket(const Options& options) {
  LightHttp http(options.endpoint);
  const int status = http.Exchange(Signed(options, "PUT", "/" + options.bucket, ""), {}, {});
  if (status >= 300 && status != 409) {
    Die(fmt::format("bucket {}: HTTP status {}", options.bucket, status));
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Puts and gets objects on any S3 service.");
  Options options;
  app.add_option("endpoint", options.endpoint, "http://HOST:PORT")->required();
  app.add_option("bucket", options.bucket, "Made if it is missing")->required();
  app.add_option("--size", options.size, "Bytes of an object")->check(CLI::Range(16, 1 << 30));
  app.add_option("--objects", options.objects, "How many")->check(CLI::Range(1, 100'000'000));
  app.add_option("--clients", options.clients, "At once")->check(CLI::Range(1, 1024));
  app.add_option("--key", options.key, "Access key");
  app.add_option("--secret", options.secret, "Secret key");
  CLI11_PARSE(app, argc, argv);
  MakeBucket(options);
  const Bodies bodies(options.size);
  const Measured puts = Load(options, bodies, "PUT").Run();
  const Measured gets = Load(options, bodies, "GET").Run();
  fmt::print("{{{},{}}}\n", Json("put", options, puts), Json("get", options, gets));
  return 0;
}
