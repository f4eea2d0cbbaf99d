#include "web/sql_endpoint.h"

#include <algorithm>
#include <charconv>

#include "base/log.h"
#include "query/remote.h"
#include "query/results/writer.h"

namespace ticklake::web {
namespace {

constexpr size_t kWhole = 256 << 10;  // bytes of a result that are kept to send it whole

// Keeps the start of a result back, so that an early error still gets a status of its own.
class ReplySink : public query::ByteSink {
 public:
  ReplySink(net::HttpReply& reply, const char* content_type)
      : reply_(reply), content_type_(content_type) {}

  Result<void> Write(std::string_view bytes) override {
    if (begun_) return reply_.Write(bytes);
    kept_ += bytes;
    if (kept_.size() < kWhole) return {};
    begun_ = true;
    TL_TRY(reply_.Begin(200, content_type_));
    return reply_.Write(std::exchange(kept_, ""));
  }

  void Finish() {
    if (!begun_) reply_.Send(200, content_type_, kept_);
  }

  bool begun() const { return begun_; }

 private:
  net::HttpReply& reply_;
  const char* content_type_;
  std::string kept_;
  bool begun_ = false;
};

int StatusOf(Code code) {
  switch (code) {
    case Code::kInvalid:
    case Code::kUnsupported:
    case Code::kNotFound: return 400;
    case Code::kAuth: return 403;
    case Code::kTimeout:
    case Code::kCancelled:
    case Code::kUnavailable: return 503;
    default: return 500;
  }
}

void SendError(const query::SqlError& error, net::HttpReply& reply) {
  reply.Send(StatusOf(error.code), "application/json", query::ErrorToJson(error));
}

// Browsers tell where a page that asks comes from. A page of some other site must not read the
// lake, not even through a name that it points at this machine.
Result<void> CheckOrigin(const net::HttpRequest& request) {
  const auto origin = request.headers.find("origin");
  if (origin == request.headers.end()) return {};
  std::string_view host = origin->second;
  if (const size_t scheme = host.find("://"); scheme != std::string_view::npos) {
    host.remove_prefix(scheme + 3);
  }
  const bool v6 = host.starts_with('[');
  host = host.substr(0, v6 ? host.find(']') : host.find(':'));
  const bool v4 = !host.empty() && std::ranges::all_of(host, [](char c) {
    return (c >= '0' && c <= '9') || c == '.';
  });
  if (v4 || v6 || host == "localhost") return {};
  return Fail(Code::kAuth, "origin {}: pages of other sites may not send SQL here", origin->second);
}

Result<query::WriterOptions> ReadOptions(const net::HttpRequest& request) {
  query::WriterOptions options;
  for (const auto& [name, value] : request.query) {
    if (name == "format") {
      TL_ASSIGN(options.format, query::ParseFormat(value));
    } else if (name == "width") {
      const auto read =
          std::from_chars(value.data(), value.data() + value.size(), options.max_width);
      if (read.ec != std::errc{} || read.ptr != value.data() + value.size()) {
        return Fail(Code::kInvalid, "width '{}': not a number of characters", value);
      }
    } else if (name == "footer") {
      if (value != "on" && value != "off") {
        return Fail(Code::kInvalid, "footer '{}': use on or off", value);
      }
      options.footer = value == "on";
    } else {
      return Fail(Code::kInvalid, "parameter '{}': unknown; there are format, width and footer",
                  name);
    }
  }
  return options;
}

}  // namespace

void AnswerSql(query::Engine& engine, std::chrono::milliseconds timeout,
               const net::HttpRequest& request, net::HttpReply& reply) {
  if (const auto trusted = CheckOrigin(request); !trusted) return SendError(trusted.error(), reply);
  const auto options = ReadOptions(request);
  if (!options) return SendError(options.error(), reply);
  ReplySink sink(reply, query::ContentType(options->format));
  const auto writer = query::MakeWriter(*options, sink);
  const auto outcome = engine.Run(request.body, *writer, {timeout, request.cancel});
  if (outcome) {
    reply.AddField(query::kStatsField, query::StatsToJson(*outcome));
    return sink.Finish();
  }
  if (!sink.begun()) return SendError(outcome.error(), reply);
  spdlog::warn("sql: broke off while rows were sent: {}", outcome.error().message);
  reply.Abort();
}

}  // namespace ticklake::web
