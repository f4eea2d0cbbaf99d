#include "query/remote.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cctype>

#include "net/http_client.h"

namespace ticklake::query {

namespace json = boost::json;

namespace {

Code CodeOf(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(Code::kInternal); ++i) {
    if (name == CodeName(static_cast<Code>(i))) return static_cast<Code>(i);
  }
  return Code::kInternal;
}

std::string LowerAscii(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

// JSON with every character beyond ASCII, which UTF-8 in a string may hold, as \uXXXX.
std::string Ascii(std::string_view json_text) {
  std::string out;
  uint32_t point = 0;
  for (size_t i = 0; i < json_text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(json_text[i]);
    if (byte < 0x80) {
      out += json_text[i];
      continue;
    }
    if (byte >= 0xC0) point = byte & (byte >= 0xF0 ? 0x07 : byte >= 0xE0 ? 0x0F : 0x1F);
    if (byte < 0xC0) point = point << 6 | (byte & 0x3F);
    const bool more =
        i + 1 < json_text.size() && (static_cast<unsigned char>(json_text[i + 1]) & 0xC0) == 0x80;
    if (more) continue;
    if (point >= 0x10000) {
      const uint32_t rest = point - 0x10000;
      out += fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (rest >> 10), 0xDC00 + (rest & 0x3FF));
    } else {
      out += fmt::format("\\u{:04x}", point);
    }
  }
  return out;
}

}  // namespace

SqlResult<RunStats> RunRemote(const RemoteQuery& query, ByteSink& sink) {
  net::HttpCall call;
  call.host = query.server.host;
  call.port = query.server.port;
  call.method = "POST";
  call.target = fmt::format("/v1/sql?format={}&width={}&footer={}", FormatName(query.output.format),
                            query.output.max_width, query.output.footer ? "on" : "off");
  call.content_type = "application/sql; charset=utf-8";
  call.body = query.sql;
  call.cancel = query.cancel;
  call.idle_timeout = query.timeout;
  constexpr int kOk = 200;
  std::string refusal;
  bool any = false;
  const auto answer =
      net::HttpStream(call, [&](const net::HttpAnswer& head, std::string_view piece) {
        if (head.status == kOk) {
          any = true;
          return sink.Write(piece);
        }
        refusal += piece;
        return Result<void>{};
      });
  if (!answer && any && answer.error().code == Code::kUnavailable) {
    return Fail(Code::kIo, "{}; the rows so far are not all of them", answer.error().message);
  }
  if (!answer) return Fail(answer.error());
  if (answer->status != kOk) return Fail(ErrorFromJson(refusal));
  const auto stats = answer->fields.find(LowerAscii(kStatsField));
  return stats == answer->fields.end() ? RunStats{} : StatsFromJson(stats->second);
}

std::string StatsToJson(const RunStats& stats) {
  constexpr size_t kMostNotes = 3'000;  // bytes: HTTP clients limit all fields together to 8 KiB
  json::array notes;
  size_t bytes = 0;
  for (const std::string& note : stats.notes) {
    bytes += Ascii(json::serialize(json::string(note))).size();
    if (bytes > kMostNotes) {
      notes.emplace_back(fmt::format("and {} more notes", stats.notes.size() - notes.size()));
      break;
    }
    notes.emplace_back(note);
  }
  const double millis = std::chrono::duration<double, std::milli>(stats.elapsed).count();
  return fmt::format(R"({{"rows":{},"elapsed_ms":{:.1f},"notes":{}}})", stats.rows, millis,
                     Ascii(json::serialize(notes)));
}

RunStats StatsFromJson(std::string_view text) {
  RunStats stats;
  boost::system::error_code failed;
  const json::value value = json::parse(json::string_view(text.data(), text.size()), failed);
  const json::object* object = failed ? nullptr : value.if_object();
  if (object == nullptr) return stats;
  if (const json::value* rows = object->if_contains("rows")) {
    stats.rows = rows->to_number<uint64_t>(failed);
  }
  if (const json::value* elapsed = object->if_contains("elapsed_ms")) {
    const double millis = elapsed->to_number<double>(failed);
    if (millis >= 0 && millis < 1e12) {
      stats.elapsed = std::chrono::nanoseconds(static_cast<int64_t>(millis * 1e6));
    }
  }
  const json::value* notes = object->if_contains("notes");
  if (notes == nullptr || !notes->is_array()) return stats;
  for (const json::value& note : notes->as_array()) {
    if (note.is_string()) stats.notes.emplace_back(note.as_string());
  }
  return stats;
}

std::string ErrorToJson(const SqlError& error) {
  json::object object = {{"code", CodeName(error.code)}, {"message", error.message}};
  if (error.line > 0) {
    object["line"] = error.line;
    object["column"] = error.column;
  }
  return json::serialize(json::object{{"error", object}}) + '\n';
}

SqlError ErrorFromJson(std::string_view text) {
  const auto strange = [&] {
    return Error{Code::kInternal,
                 fmt::format("the server's answer is not understood: {}", text.substr(0, 200))};
  };
  boost::system::error_code failed;
  const json::value value = json::parse(json::string_view(text.data(), text.size()), failed);
  const json::object* outer = failed ? nullptr : value.if_object();
  const json::value* inner = outer == nullptr ? nullptr : outer->if_contains("error");
  const json::object* object = inner == nullptr ? nullptr : inner->if_object();
  if (object == nullptr) return strange();
  const json::value* code = object->if_contains("code");
  const json::value* message = object->if_contains("message");
  if (code == nullptr || !code->is_string() || message == nullptr || !message->is_string()) {
    return strange();
  }
  SqlError error = Error{CodeOf(code->as_string()), std::string(message->as_string())};
  const auto number = [&](const char* key) {
    const json::value* at = object->if_contains(key);
    return at != nullptr && at->is_int64() ? static_cast<int>(at->as_int64()) : 0;
  };
  error.line = number("line");
  error.column = number("column");
  return error;
}

}  // namespace ticklake::query
