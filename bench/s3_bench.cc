// Puts and gets objects on any S3 service, signed, by many clients at once.
//
//   s3_bench ENDPOINT BUCKET [--size BYTES] [--objects N] [--clients C] [--key ACCESS] [--secret S]
//
// Makes the bucket, puts N objects of that size under different keys, and gets each of them again;
// C threads, each with connections of its own. Every body that comes back must be the one that was
// put under its key. Prints one JSON line: requests/s and MiB/s of either way, and the time from a
// request to its answer in milliseconds.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <map>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>

#include "store/s3_client.h"

namespace {

using namespace ticklake;  // NOLINT(google-build-using-namespace): a program of one file
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

template <class T>
T OrDie(Result<T> result) {
  if (result) return std::move(*result);
  fmt::print(stderr, "s3_bench: {}\n", result.error().message);
  std::exit(1);
}

void OrDie(const Result<void>& result) {
  if (result) return;
  fmt::print(stderr, "s3_bench: {}\n", result.error().message);
  std::exit(1);
}

std::unique_ptr<net::AwsClient> MakeClient(const Options& options) {
  const std::map<std::string, std::string> variables = {{"AWS_ENDPOINT_URL", options.endpoint},
                                                        {"AWS_REGION", "us-east-1"},
                                                        {"AWS_ACCESS_KEY_ID", options.key},
                                                        {"AWS_SECRET_ACCESS_KEY", options.secret}};
  net::AwsClientOptions client;
  client.environment = [variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
  return OrDie(net::AwsClient::Open(PosixFileSystem(), SystemClock(), std::move(client)));
}

std::string KeyOf(const Options& options, size_t number) {
  return fmt::format("bench/{}/{:08}", options.size, number);
}

/// The body under a key: all alike but for its number, which stands at both ends.
class Bodies {
 public:
  explicit Bodies(size_t size) : text_(std::max<size_t>(size, 16), 'x') {
    Random random(size);
    for (char& c : text_) c = static_cast<char>(random.Next());
  }
  const std::string& Of(uint64_t number) {
    std::memcpy(text_.data(), &number, sizeof number);
    std::memcpy(text_.data() + text_.size() - sizeof number, &number, sizeof number);
    return text_;
  }

 private:
  std::string text_;
};

struct Measured {
  double seconds = 0;
  std::vector<double> milliseconds;
};

/// Calls work(client, bodies, number) for every object, by all clients at once.
template <class Work>
Measured RunAll(const Options& options, const Work& work) {
  std::atomic<size_t> next = 0;
  std::vector<std::vector<double>> times(options.clients);
  const auto begin = Clock::now();
  {
    std::vector<std::jthread> threads;
    threads.reserve(options.clients);
    for (size_t t = 0; t < options.clients; ++t) {
      threads.emplace_back([&, t] {
        const auto client = MakeClient(options);
        auto s3 = OrDie(store::S3Client::Open(*client, options.bucket));
        Bodies bodies(options.size);
        for (size_t number = next++; number < options.objects; number = next++) {
          const auto start = Clock::now();
          work(s3, bodies, number);
          times[t].push_back(
              std::chrono::duration<double, std::milli>(Clock::now() - start).count());
        }
      });
    }
  }
  Measured measured{std::chrono::duration<double>(Clock::now() - begin).count(), {}};
  for (const auto& own : times) {
    measured.milliseconds.insert(measured.milliseconds.end(), own.begin(), own.end());
  }
  std::ranges::sort(measured.milliseconds);
  return measured;
}

std::string Json(const char* name, const Options& options, const Measured& measured) {
  const auto count = static_cast<double>(options.objects);
  const auto& times = measured.milliseconds;
  return fmt::format(R"("{}":{{"rate":{:.1f},"mib":{:.1f},"p50_ms":{:.3f},"p99_ms":{:.3f}}})", name,
                     count / measured.seconds,
                     count * static_cast<double>(options.size) / measured.seconds / (1 << 20),
                     times[times.size() / 2], times[times.size() * 99 / 100]);
}

void MakeBucket(const Options& options) {
  const auto client = MakeClient(options);
  const auto answer = OrDie(client->Send({.service = "s3",
                                          .method = "PUT",
                                          .origin = options.endpoint,
                                          .path = "/" + options.bucket}));
  if (answer.status < 300 || answer.status == 409) return;
  fmt::print(stderr, "s3_bench: bucket {}: HTTP status {}\n", options.bucket, answer.status);
  std::exit(1);
}

void Run(const Options& options) {
  MakeBucket(options);
  const Measured puts = RunAll(options, [&](store::S3Client& s3, Bodies& bodies, size_t number) {
    const std::string key = KeyOf(options, number);
    OrDie(s3.Put({.key = key, .data = bodies.Of(number)}));
  });
  const Measured gets = RunAll(options, [&](store::S3Client& s3, Bodies& bodies, size_t number) {
    if (OrDie(s3.Get(KeyOf(options, number))) == bodies.Of(number)) return;
    fmt::print(stderr, "s3_bench: {} came back as something else\n", KeyOf(options, number));
    std::exit(1);
  });
  fmt::print("{{{},{}}}\n", Json("put", options, puts), Json("get", options, gets));
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
  Run(options);
  return 0;
}
