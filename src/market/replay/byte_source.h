// ByteSource: bytes in a row, from a file, standard input, or a gzip stream of either.
//
// Threading: one thread. Does not: seek.
#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>

#include "base/fs.h"
#include "base/result.h"

namespace ticklake::market {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Reads up to `size` > 0 bytes; 0 at the end. kIo, or kCorrupt for damaged gzip data.
  virtual Result<size_t> Read(char* buffer, size_t size) = 0;
  /// Bytes taken so far of the file as it is stored: for progress.
  virtual uint64_t consumed() const = 0;
  /// Bytes of the file as it is stored; 0 when unknown.
  virtual uint64_t total() const = 0;
};

/// kNotFound names the path.
Result<std::unique_ptr<ByteSource>> OpenFileSource(FileSystem& fs, const std::string& path);
/// The process's standard input; it ends where `stop` is asked for.
std::unique_ptr<ByteSource> StandardInputSource(std::stop_token stop);
/// What `compressed` unpacks to (RFC 1952, members one after another).
std::unique_ptr<ByteSource> GunzipSource(std::unique_ptr<ByteSource> compressed);
/// `text` itself, for tests and fuzzing; handed out in pieces of at most `piece` bytes.
std::unique_ptr<ByteSource> TextSource(std::string text, size_t piece = SIZE_MAX);

/// "-" is standard input; a name that ends in ".gz" is unpacked.
Result<std::unique_ptr<ByteSource>> OpenSource(FileSystem& fs, const std::string& path,
                                               std::stop_token stop);

}  // namespace ticklake::market
