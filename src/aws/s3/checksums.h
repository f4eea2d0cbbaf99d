// Checksums: the five algorithms of S3, computed in one pass with the MD5 that makes ETags.
//
// Threading: a Digest belongs to one thread. A value is base64 of the big-endian checksum, as on
// the wire. Source: S3 User Guide, "Checking object integrity".
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ticklake::aws::s3 {

enum class Algorithm { kCrc32, kCrc32c, kCrc64nvme, kSha1, kSha256 };

struct AlgorithmFacts {
  Algorithm algorithm;
  std::string_view name;     ///< "CRC32C": of x-amz-checksum-algorithm
  std::string_view key;      ///< "crc32c": of store::ObjectFacts::checksums
  std::string_view header;   ///< "x-amz-checksum-crc32c"
  std::string_view element;  ///< "ChecksumCRC32C" in XML
  size_t size;               ///< bytes
};

inline constexpr std::array kAlgorithms = {
    AlgorithmFacts{Algorithm::kCrc32, "CRC32", "crc32", "x-amz-checksum-crc32", "ChecksumCRC32", 4},
    AlgorithmFacts{Algorithm::kCrc32c, "CRC32C", "crc32c", "x-amz-checksum-crc32c",
                   "ChecksumCRC32C", 4},
    AlgorithmFacts{Algorithm::kCrc64nvme, "CRC64NVME", "crc64nvme", "x-amz-checksum-crc64nvme",
                   "ChecksumCRC64NVME", 8},
    AlgorithmFacts{Algorithm::kSha1, "SHA1", "sha1", "x-amz-checksum-sha1", "ChecksumSHA1", 20},
    AlgorithmFacts{Algorithm::kSha256, "SHA256", "sha256", "x-amz-checksum-sha256",
                   "ChecksumSHA256", 32},
};

constexpr const AlgorithmFacts& FactsOf(Algorithm algorithm) {
  return kAlgorithms[static_cast<size_t>(algorithm)];
}
/// By name in any case, or by header; nullptr for none.
const AlgorithmFacts* FindAlgorithm(std::string_view name_or_header);

/// CRC-64, CRC-32 and CRC-32C of parts make that of the whole; hashes do not.
constexpr bool IsCrc(Algorithm algorithm) { return algorithm <= Algorithm::kCrc64nvme; }

/// True if `text` is base64 of as many bytes as the algorithm has.
bool IsChecksum(Algorithm algorithm, std::string_view text);

/// MD5 and any of the algorithms over a stream of bytes.
class Digest {
 public:
  explicit Digest(const std::vector<Algorithm>& algorithms);
  ~Digest();
  Digest(Digest&&) noexcept;
  Digest& operator=(Digest&&) noexcept;

  void Update(std::string_view data);
  /// Ends it: after this only the results are asked for.
  void Finish();
  const std::string& md5() const { return md5_; }  ///< 16 bytes
  /// base64; the algorithm is one of those that were asked for.
  std::string Value(Algorithm algorithm) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
  std::string md5_;
};

/// The checksum of a whole of its parts' ones, with their sizes: FULL_OBJECT. Only of CRCs.
class WholeChecksum {
 public:
  explicit WholeChecksum(Algorithm algorithm) : algorithm_(algorithm) {}
  /// False if `value` is no such checksum.
  bool Add(std::string_view value, uint64_t size);
  std::string Value() const;

 private:
  Algorithm algorithm_;
  uint64_t crc_ = 0;
};

/// COMPOSITE: "checksum of the parts' checksums-N". nullopt if one of them is none.
std::optional<std::string> CompositeChecksum(Algorithm algorithm,
                                             const std::vector<std::string>& parts);

/// The ETag of an object of parts: "md5 of their md5s-N", of their ETags. nullopt if one is none.
std::optional<std::string> MultipartEtag(const std::vector<std::string>& etags);

}  // namespace ticklake::aws::s3
