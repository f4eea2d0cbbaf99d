#include "aws/key_file.h"

#include <boost/json.hpp>

#include "base/base64.h"

namespace ticklake::aws {
namespace {

namespace json = boost::json;

constexpr int64_t kFormat = 1;

std::string Text(const json::object& object, const char* name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

int64_t Number(const json::object& object, const char* name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

json::object ToJson(const AccessKey& key) {
  json::object object = {{"id", key.id},
                         {"name", key.spec.name},
                         {"created", FormatUtc(key.created)},
                         {"read_only", key.spec.read_only},
                         {"v4", Base64(key.v4.State())},
                         {"v2", Base64(key.v2.State())}};
  if (key.spec.scope) object["scope"] = *key.spec.scope;
  return object;
}

std::optional<AccessKey> KeyFrom(const json::value& value) {
  if (!value.is_object()) return std::nullopt;
  const json::object& object = value.get_object();
  const auto v4 = net::HmacSha256Key::FromState(FromBase64(Text(object, "v4")).value_or(""));
  const auto v2 = net::HmacSha1Key::FromState(FromBase64(Text(object, "v2")).value_or(""));
  const auto created = ParseUtc(Text(object, "created"));
  const json::value* read_only = object.if_contains("read_only");
  // Nothing of what bounds a key may be lost on the way.
  const json::value* scope = object.if_contains("scope");
  if (!v4 || !v2 || !created || Text(object, "id").empty() || read_only == nullptr ||
      !read_only->is_bool() || (scope != nullptr && Text(object, "scope").empty())) {
    return std::nullopt;
  }
  AccessKey key{.id = Text(object, "id"),
                .spec = {.name = Text(object, "name"), .read_only = read_only->get_bool()},
                .created = *created,
                .v4 = *v4,
                .v2 = *v2};
  if (scope != nullptr) key.spec.scope = Text(object, "scope");
  return key;
}

}  // namespace

std::string FormatKeyFile(const KeyRing& ring) {
  json::array keys;
  for (const AccessKey& key : ring.keys) keys.push_back(ToJson(key));
  const json::object file = {
      {"format", kFormat}, {"sessions", Base64(ring.sessions.State())}, {"keys", keys}};
  return json::serialize(file) + '\n';
}

Result<KeyRing> ParseKeyFile(std::string_view text, const std::string& path) {
  const auto damaged = [&path] {
    return Fail(Code::kCorrupt,
                "{}: no file of access keys; restore it from a backup, or delete it and make new "
                "keys with `ticklake keys create`",
                path);
  };
  boost::system::error_code failed;
  const json::value parsed = json::parse(json::string_view(text.data(), text.size()), failed);
  if (failed || !parsed.is_object()) return damaged();
  const json::object& file = parsed.get_object();
  const int64_t format = Number(file, "format");
  if (format > kFormat) {
    return Fail(Code::kUnsupported,
                "{}: format {} is newer than this program's {}; run a newer ticklake", path, format,
                kFormat);
  }
  const auto sessions =
      net::HmacSha256Key::FromState(FromBase64(Text(file, "sessions")).value_or(""));
  const json::value* keys = file.if_contains("keys");
  if (format != kFormat || !sessions || keys == nullptr || !keys->is_array()) return damaged();
  KeyRing ring{{}, *sessions};
  for (const json::value& value : keys->get_array()) {
    auto key = KeyFrom(value);
    if (!key) return damaged();
    ring.keys.push_back(std::move(*key));
  }
  return ring;
}

}  // namespace ticklake::aws
