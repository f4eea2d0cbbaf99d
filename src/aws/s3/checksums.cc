#include "aws/s3/checksums.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>
#include <zlib.h>

#include "base/base64.h"
#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/crc64nvme.h"
#include "base/hash.h"

namespace ticklake::aws::s3 {
namespace {

std::string BigEndian(uint64_t crc, size_t size) {
  std::string bytes;
  AppendBig<uint64_t>(bytes, crc);
  return bytes.substr(8 - size);
}

// One algorithm at work.
struct Running {
  Algorithm algorithm;
  std::optional<Hash> hash;  // of what is no CRC
  uint64_t crc = 0;
  std::string result;

  void Update(std::string_view data) {
    switch (algorithm) {
      case Algorithm::kCrc32:
        crc = ::crc32_z(static_cast<uLong>(crc), reinterpret_cast<const Bytef*>(data.data()),
                        data.size());
        break;
      case Algorithm::kCrc32c: crc = ExtendCrc32c(static_cast<uint32_t>(crc), data); break;
      case Algorithm::kCrc64nvme: crc = ExtendCrc64Nvme(crc, data); break;
      case Algorithm::kSha1:
      case Algorithm::kSha256: hash->Append(data); break;
    }
  }

  void Finish() {
    result = IsCrc(algorithm) ? BigEndian(crc, FactsOf(algorithm).size) : hash->Finish();
  }
};

uint64_t PolynomialOf(Algorithm algorithm) {
  if (algorithm == Algorithm::kCrc32) return kCrc32Polynomial;
  return algorithm == Algorithm::kCrc32c ? kCrc32cPolynomial : kCrc64NvmePolynomial;
}

std::optional<std::string> FromHex(std::string_view hex) {
  std::string bytes;
  if (hex.size() % 2 != 0) return std::nullopt;
  for (size_t i = 0; i < hex.size(); i += 2) {
    int value = 0;
    for (const char c : hex.substr(i, 2)) {
      if (std::isxdigit(static_cast<unsigned char>(c)) == 0) return std::nullopt;
      value = value * 16 + (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    bytes += static_cast<char>(value);
  }
  return bytes;
}

}  // namespace

struct Digest::State {
  Hash md5{Hash::Kind::kMd5};
  std::vector<Running> running;
};

const AlgorithmFacts* FindAlgorithm(std::string_view name_or_header) {
  std::string upper(name_or_header);
  std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return std::toupper(c); });
  for (const AlgorithmFacts& facts : kAlgorithms) {
    if (facts.name == upper || facts.header == name_or_header) return &facts;
  }
  return nullptr;
}

bool IsChecksum(Algorithm algorithm, std::string_view text) {
  const auto bytes = FromBase64(text);
  return bytes && bytes->size() == FactsOf(algorithm).size;
}

Digest::Digest(const std::vector<Algorithm>& algorithms) : state_(std::make_unique<State>()) {
  for (const Algorithm algorithm : algorithms) {
    Running running{.algorithm = algorithm};
    if (algorithm == Algorithm::kSha1) running.hash.emplace(Hash::Kind::kSha1);
    if (algorithm == Algorithm::kSha256) running.hash.emplace(Hash::Kind::kSha256);
    state_->running.push_back(std::move(running));
  }
}

Digest::~Digest() = default;
Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;

void Digest::Update(std::string_view data) {
  state_->md5.Append(data);
  for (Running& running : state_->running) running.Update(data);
}

void Digest::Finish() {
  md5_ = state_->md5.Finish();
  for (Running& running : state_->running) running.Finish();
}

std::string Digest::Value(Algorithm algorithm) const {
  for (const Running& running : state_->running) {
    if (running.algorithm == algorithm) return Base64(running.result);
  }
  return "";
}

bool WholeChecksum::Add(std::string_view value, uint64_t size) {
  const auto bytes = FromBase64(value);
  if (!bytes || bytes->size() != FactsOf(algorithm_).size) return false;
  uint64_t crc = 0;
  for (const char c : *bytes) crc = crc << 8 | static_cast<unsigned char>(c);
  crc_ = CombineCrc(PolynomialOf(algorithm_), crc_, crc, size);
  return true;
}

std::string WholeChecksum::Value() const {
  return Base64(BigEndian(crc_, FactsOf(algorithm_).size));
}

std::optional<std::string> CompositeChecksum(Algorithm algorithm,
                                             const std::vector<std::string>& parts) {
  Digest digest({algorithm});
  for (const std::string& part : parts) {
    if (!IsChecksum(algorithm, part)) return std::nullopt;
    digest.Update(*FromBase64(part));
  }
  digest.Finish();
  return fmt::format("{}-{}", digest.Value(algorithm), parts.size());
}

std::optional<std::string> MultipartEtag(const std::vector<std::string>& etags) {
  Digest digest({});
  for (const std::string& etag : etags) {
    const auto bytes = FromHex(etag);
    if (!bytes || bytes->size() != 16) return std::nullopt;
    digest.Update(*bytes);
  }
  digest.Finish();
  return fmt::format("{}-{}", Hex(digest.md5()), etags.size());
}

}  // namespace ticklake::aws::s3
