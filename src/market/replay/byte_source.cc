#include "market/replay/byte_source.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/clock.h"
#include "market/replay/unpack.h"

namespace ticklake::market {
namespace {

class FileSource final : public ByteSource {
 public:
  FileSource(std::unique_ptr<File> file, uint64_t size) : file_(std::move(file)), size_(size) {}

  Result<size_t> Read(char* buffer, size_t size) override {
    TL_ASSIGN(const size_t got, file_->ReadAt(offset_, buffer, size));
    offset_ += got;
    return got;
  }
  uint64_t consumed() const override { return offset_; }
  uint64_t total() const override { return size_; }

 private:
  std::unique_ptr<File> file_;
  const uint64_t size_;
  uint64_t offset_ = 0;
};

// Not the end: what was read of a line would pass for the whole of it.
std::unexpected<Error> Stopped() { return Fail(Code::kCancelled, "reading was stopped"); }

class StandardInput final : public ByteSource {
 public:
  explicit StandardInput(std::stop_token stop) : stop_(std::move(stop)) {}

  Result<size_t> Read(char* buffer, size_t size) override {
    constexpr int kLookMs = 100;  // a read that waits for a person would not see the stop
    while (!stop_.stop_requested()) {
      pollfd input{STDIN_FILENO, POLLIN, 0};
      if (::poll(&input, 1, kLookMs) == 0) continue;
      const ssize_t got = ::read(STDIN_FILENO, buffer, size);
      // Ctrl-C ends who writes as well, and that may be seen here before the Ctrl-C is.
      if (got == 0) SystemClock().SleepFor(std::chrono::milliseconds(kLookMs));
      if (got == 0 && stop_.stop_requested()) break;
      if (got >= 0) {
        consumed_ += static_cast<uint64_t>(got);
        return static_cast<size_t>(got);
      }
      if (errno != EINTR) return Fail(Code::kIo, "standard input: {}", std::strerror(errno));
    }
    return Stopped();
  }
  uint64_t consumed() const override { return consumed_; }
  uint64_t total() const override { return 0; }

 private:
  const std::stop_token stop_;
  uint64_t consumed_ = 0;
};

class Text final : public ByteSource {
 public:
  Text(std::string text, size_t piece) : text_(std::move(text)), piece_(piece) {}

  Result<size_t> Read(char* buffer, size_t size) override {
    const size_t got = std::min({size, piece_, text_.size() - offset_});
    std::memcpy(buffer, text_.data() + offset_, got);
    offset_ += got;
    return got;
  }
  uint64_t consumed() const override { return offset_; }
  uint64_t total() const override { return text_.size(); }

 private:
  const std::string text_;
  const size_t piece_;
  size_t offset_ = 0;
};

// What was peeked at, and then the rest.
class Rewound final : public ByteSource {
 public:
  Rewound(std::string head, std::unique_ptr<ByteSource> rest)
      : head_(std::move(head)), rest_(std::move(rest)) {}

  Result<size_t> Read(char* buffer, size_t size) override {
    if (offset_ == head_.size()) return rest_->Read(buffer, size);
    const size_t got = std::min(size, head_.size() - offset_);
    std::memcpy(buffer, head_.data() + offset_, got);
    offset_ += got;
    return got;
  }
  uint64_t consumed() const override { return rest_->consumed(); }
  uint64_t total() const override { return rest_->total(); }

 private:
  const std::string head_;
  size_t offset_ = 0;
  std::unique_ptr<ByteSource> rest_;
};

// Sees the stop where a few packed bytes, or blank lines, go on for hours.
class Stoppable final : public ByteSource {
 public:
  Stoppable(std::unique_ptr<ByteSource> from, std::stop_token stop)
      : from_(std::move(from)), stop_(std::move(stop)) {}

  Result<size_t> Read(char* buffer, size_t size) override {
    if (stop_.stop_requested()) return Stopped();
    return from_->Read(buffer, size);
  }
  uint64_t consumed() const override { return from_->consumed(); }
  uint64_t total() const override { return from_->total(); }

 private:
  std::unique_ptr<ByteSource> from_;
  const std::stop_token stop_;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> OpenFileSource(FileSystem& fs, const std::string& path) {
  TL_ASSIGN(auto file, fs.Open(path, OpenMode::kRead));
  TL_ASSIGN(const uint64_t size, file->Size());
  return std::make_unique<FileSource>(std::move(file), size);
}

std::unique_ptr<ByteSource> StandardInputSource(std::stop_token stop) {
  return std::make_unique<StandardInput>(std::move(stop));
}

std::unique_ptr<ByteSource> TextSource(std::string text, size_t piece) {
  return std::make_unique<Text>(std::move(text), piece);
}

Result<Peeked> Peek(std::unique_ptr<ByteSource> source,
                    const std::function<bool(std::string_view)>& enough) {
  constexpr size_t kMost = 4096;
  Peeked peeked;
  peeked.head.resize(kMost);
  size_t have = 0;
  while (have < kMost && !enough(std::string_view(peeked.head).substr(0, have))) {
    TL_ASSIGN(const size_t got, source->Read(peeked.head.data() + have, kMost - have));
    if (got == 0) break;
    have += got;
  }
  peeked.head.resize(have);
  peeked.whole = std::make_unique<Rewound>(peeked.head, std::move(source));
  return peeked;
}

Result<size_t> ByteOrderMark(std::string_view head) {
  if (head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF")) {
    return Fail(Code::kUnsupported,
                "the file is UTF-16; convert it first: iconv -f UTF-16 -t UTF-8");
  }
  return head.starts_with("\xEF\xBB\xBF") ? 3 : 0;
}

Result<std::unique_ptr<ByteSource>> OpenSource(FileSystem& fs, const std::string& path,
                                               std::stop_token stop) {
  std::unique_ptr<ByteSource> raw;
  if (path == "-") {
    raw = StandardInputSource(stop);
  } else {
    TL_ASSIGN(raw, OpenFileSource(fs, path));
  }
  TL_ASSIGN(auto unpacked, Unpacked(std::move(raw)));
  return std::make_unique<Stoppable>(std::move(unpacked), std::move(stop));
}

}  // namespace ticklake::market
