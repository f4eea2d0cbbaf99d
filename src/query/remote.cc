#include "query/remote.h"

#include <boost/json.hpp>

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

}  // namespace

SqlResult<void> RunRemote(const RemoteQuery& query, ByteSink& sink) {
  net::HttpCall call;
  call.host = query.server.host;
  call.port = query.server.port;
  call.method = "POST";
  call.target = fmt::format("/v1/sql?format={}&width={}", FormatName(query.output.format),
                            query.output.max_width);
  call.content_type = "application/sql; charset=utf-8";
  call.body = query.sql;
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
  return {};
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
