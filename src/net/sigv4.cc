#include "net/sigv4.h"

#include <algorithm>

#include "base/bytes.h"
#include "net/url.h"

namespace ticklake::net {
namespace {

constexpr std::string_view kTerminator = "aws4_request";

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

int HexValue(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Escapes resolved; what is none stays as it is, so that it cannot be mistaken for anything else.
std::string Decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && HexValue(text[i + 1]) >= 0 &&
                        HexValue(text[i + 2]) >= 0;
    if (escape) {
      out += static_cast<char>(HexValue(text[i + 1]) * 16 + HexValue(text[i + 2]));
      i += 2;
    } else {
      out += text[i] == '+' && plus_is_space ? ' ' : text[i];
    }
  }
  return out;
}

void AppendEscaped(std::string& out, std::string_view text, bool keep_slash) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || IsDigit(c) || c == '-' ||
                       c == '_' || c == '.' || c == '~' || (keep_slash && c == '/');
    if (plain) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
}

// "." and ".." resolved, empty segments left out (RFC 3986, 5.2.4).
std::string Normalized(std::string_view path) {
  std::vector<std::string_view> kept;
  for (std::string_view rest = path; !rest.empty();) {
    const std::string_view segment = rest.substr(0, rest.find('/'));
    rest.remove_prefix(std::min(rest.size(), segment.size() + 1));
    if (segment == ".." && !kept.empty()) kept.pop_back();
    if (!segment.empty() && segment != "." && segment != "..") kept.push_back(segment);
  }
  std::string out;
  for (const std::string_view segment : kept) (out += '/') += segment;
  if (out.empty() || path.ends_with('/')) out += '/';
  return out;
}

// Without blanks around it, and one where there were several.
void AppendTrimmed(std::string& out, std::string_view value) {
  bool blank = false;
  const size_t begin = out.size();
  for (const char c : value) {
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      blank = true;
      continue;
    }
    if (blank && out.size() > begin) out += ' ';
    blank = false;
    out += c;
  }
}

std::vector<std::string> NamesOf(const std::map<std::string, std::string>& headers) {
  std::vector<std::string> names;
  names.reserve(headers.size());
  for (const auto& [name, value] : headers) names.push_back(name);
  return names;
}

std::string Joined(std::span<const std::string> names) {
  std::string out;
  for (const std::string& name : names) {
    if (!out.empty()) out += ';';
    out += name;
  }
  return out;
}

SigningScope ScopeOf(const SigningIdentity& who, std::string_view time) {
  return {.day = std::string(time.substr(0, 8)), .region = who.region, .service = who.service};
}

std::string SignatureOf(const SigningIdentity& who, std::string_view time,
                        std::string_view canonical) {
  const SigningScope scope = ScopeOf(who, time);
  const std::string hash = Sha256Hex(canonical);
  return Signature(DeriveSigningKey(SecretKey(who.secret_key), scope),
                   StringToSign{.time = time, .scope = scope.ToString(), .rest = hash}.ToString());
}

}  // namespace

std::string SigningScope::ToString() const {
  return fmt::format("{}/{}/{}/{}", day, region, service, kTerminator);
}

std::string AmzTime(Nanos t) {
  std::string text = FormatUtc(t - ((t % kNanosPerSecond) + kNanosPerSecond) % kNanosPerSecond);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

Result<Nanos> ParseAmzTime(std::string_view text) {
  const bool form = text.size() == 16 && text[8] == 'T' && text[15] == 'Z' &&
                    std::ranges::all_of(text.substr(0, 8), IsDigit) &&
                    std::ranges::all_of(text.substr(9, 6), IsDigit);
  if (!form) return Fail(Code::kInvalid, "'{}' is no time of the form 20260102T030405Z", text);
  const auto part = [text](size_t at, size_t size) { return text.substr(at, size); };
  return ParseUtc(fmt::format("{}-{}-{}T{}:{}:{}Z", part(0, 4), part(4, 2), part(6, 2), part(9, 2),
                              part(11, 2), part(13, 2)));
}

HmacSha256Key SecretKey(std::string_view secret) {
  return HmacSha256Key(fmt::format("AWS4{}", secret));
}

HmacSha256Key DeriveSigningKey(const HmacSha256Key& secret, const SigningScope& scope) {
  const HmacSha256Key day(View(secret.Sign(scope.day)));
  const HmacSha256Key region(View(day.Sign(scope.region)));
  const HmacSha256Key service(View(region.Sign(scope.service)));
  return HmacSha256Key(View(service.Sign(kTerminator)));
}

std::string CanonicalPath(std::string_view path, bool is_s3) {
  std::string out;
  out.reserve(path.size() + 16);
  if (is_s3) {
    AppendEscaped(out, Decode(path, false), true);
  } else {
    AppendEscaped(out, Normalized(path), true);
  }
  if (out.empty()) out = "/";
  return out;
}

std::string CanonicalQuery(std::string_view query, std::string_view without) {
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const size_t equals = std::min(pair.find('='), pair.size());
    const std::string name = Decode(pair.substr(0, equals), true);
    if (!without.empty() && name == without) continue;
    auto& [escaped_name, value] = pairs.emplace_back();
    AppendEscaped(escaped_name, name, false);
    AppendEscaped(value, Decode(pair.substr(std::min(equals + 1, pair.size())), true), false);
  }
  std::ranges::sort(pairs);
  std::string out;
  for (const auto& [name, value] : pairs) {
    if (!out.empty()) out += '&';
    ((out += name) += '=') += value;
  }
  return out;
}

std::string CanonicalRequest(const RequestToSign& request,
                             std::span<const std::string> signed_names, bool is_s3) {
  std::string out;
  out.reserve(1024);
  (out += request.method) += '\n';
  (out += CanonicalPath(request.path, is_s3)) += '\n';
  (out += CanonicalQuery(request.query, "X-Amz-Signature")) += '\n';
  for (const std::string& name : signed_names) {
    (out += name) += ':';
    if (const auto field = request.headers->find(name); field != request.headers->end()) {
      AppendTrimmed(out, field->second);
    }
    out += '\n';
  }
  (out += '\n') += Joined(signed_names);
  (out += '\n') += request.payload_hash;
  return out;
}

std::string StringToSign::ToString() const {
  return fmt::format("{}\n{}\n{}\n{}", algorithm, time, scope, rest);
}

std::string Signature(const HmacSha256Key& key, std::string_view string_to_sign) {
  return Hex(View(key.Sign(string_to_sign)));
}

std::string ChunkSignatures::Sign(std::string_view algorithm, const std::string& rest) const {
  return Signature(
      key_, StringToSign{.algorithm = algorithm, .time = time_, .scope = scope_, .rest = rest}
                .ToString());
}

const std::string& ChunkSignatures::Next(const Sha256Bytes& digest) {
  static const std::string kOfNothing = Sha256Hex("");
  last_ = Sign("AWS4-HMAC-SHA256-PAYLOAD",
               fmt::format("{}\n{}\n{}", last_, kOfNothing, Hex(View(digest))));
  return last_;
}

std::string ChunkSignatures::OfTrailer(const Sha256Bytes& digest) const {
  return Sign("AWS4-HMAC-SHA256-TRAILER", fmt::format("{}\n{}", last_, Hex(View(digest))));
}

std::map<std::string, std::string> SignRequest(const RequestToSign& request,
                                               const SigningIdentity& who) {
  const bool is_s3 = who.service == "s3";
  const std::string time = AmzTime(who.now);
  std::map<std::string, std::string> added = {{"x-amz-date", time}};
  if (is_s3) added["x-amz-content-sha256"] = request.payload_hash;
  if (!who.session_token.empty()) added["x-amz-security-token"] = who.session_token;
  std::map<std::string, std::string> headers = *request.headers;
  for (const auto& [name, value] : added) headers[name] = value;
  RequestToSign whole = request;
  whole.headers = &headers;
  const std::vector<std::string> names = NamesOf(headers);
  const std::string signature = SignatureOf(who, time, CanonicalRequest(whole, names, is_s3));
  added["authorization"] =
      fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}", kSigV4, who.access_key,
                  ScopeOf(who, time).ToString(), Joined(names), signature);
  return added;
}

std::string PresignQuery(RequestToSign request, const SigningIdentity& who,
                         std::chrono::seconds holds) {
  const std::string time = AmzTime(who.now);
  const std::vector<std::string> names = NamesOf(*request.headers);
  std::string query(request.query);
  const auto add = [&query](std::string_view name, std::string_view value) {
    if (!query.empty()) query += '&';
    (query += name) += '=';
    AppendEscaped(query, value, false);
  };
  add("X-Amz-Algorithm", kSigV4);
  add("X-Amz-Credential", who.access_key + "/" + ScopeOf(who, time).ToString());
  add("X-Amz-Date", time);
  add("X-Amz-Expires", std::to_string(holds.count()));
  add("X-Amz-SignedHeaders", Joined(names));
  if (!who.session_token.empty()) add("X-Amz-Security-Token", who.session_token);
  request.query = query;
  const bool is_s3 = who.service == "s3";
  if (is_s3) request.payload_hash = kUnsignedPayload;
  const std::string signature = SignatureOf(who, time, CanonicalRequest(request, names, is_s3));
  add("X-Amz-Signature", signature);
  return query;
}

}  // namespace ticklake::net
