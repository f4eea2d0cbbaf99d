// ByteSource: bytes in a row, from a file, standard input, or what one of them unpacks to.
//
// Threading: one thread. Does not: seek, or know what the bytes mean.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/fs.h"
#include "base/result.h"

namespace ticklake::market {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Reads up to `size` > 0 bytes; 0 at the end. kIo, or kCorrupt for packed data that is damaged
  /// or cut short.
  virtual Result<size_t> Read(char* buffer, size_t size) = 0;
  /// Bytes taken so far of the file as it is stored: for progress.
  virtual uint64_t consumed() const = 0;
  /// Bytes of the file as it is stored; 0 when unknown.
  virtual uint64_t total() const = 0;
};

/// kNotFound names the path.
Result<std::unique_ptr<ByteSource>> OpenFileSource(FileSystem& fs, const std::string& path);
/// The process's standard input; kCancelled once `stop` is asked for.
std::unique_ptr<ByteSource> StandardInputSource(std::stop_token stop);
/// `text` itself, for tests and fuzzing; handed out in pieces of at most `piece` bytes.
std::unique_ptr<ByteSource> TextSource(std::string text, size_t piece = SIZE_MAX);

struct Peeked {
  std::string head;                   ///< the first bytes
  std::unique_ptr<ByteSource> whole;  ///< the source, with the head still to be read
};
/// Looks at the first bytes, and waits for no more of them than `enough` asks for: up to 4096, or
/// the end.
Result<Peeked> Peek(std::unique_ptr<ByteSource> source,
                    const std::function<bool(std::string_view)>& enough);

/// Bytes of a UTF-8 byte-order mark at the beginning: 0 or 3. kUnsupported for UTF-16.
Result<size_t> ByteOrderMark(std::string_view head);

/// "-" is standard input; what is packed is unpacked (unpack.h). kCancelled once `stop` is asked
/// for.
Result<std::unique_ptr<ByteSource>> OpenSource(FileSystem& fs, const std::string& path,
                                               std::stop_token stop);

}  // namespace ticklake::market
