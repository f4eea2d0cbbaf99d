#include "market/replay/byte_source.h"

#include <poll.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

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

class StandardInput final : public ByteSource {
 public:
  explicit StandardInput(std::stop_token stop) : stop_(std::move(stop)) {}

  Result<size_t> Read(char* buffer, size_t size) override {
    constexpr int kLookMs = 100;  // a read that waits for a person would not see the stop
    while (!stop_.stop_requested()) {
      pollfd input{STDIN_FILENO, POLLIN, 0};
      if (::poll(&input, 1, kLookMs) == 0) continue;
      const ssize_t got = ::read(STDIN_FILENO, buffer, size);
      if (got >= 0) {
        consumed_ += static_cast<uint64_t>(got);
        return static_cast<size_t>(got);
      }
      if (errno != EINTR) return Fail(Code::kIo, "standard input: {}", std::strerror(errno));
    }
    return 0;
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

class Gunzip final : public ByteSource {
 public:
  explicit Gunzip(std::unique_ptr<ByteSource> from) : from_(std::move(from)), input_(64 << 10) {
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    ready_ = inflateInit2(&stream_, kGzipOnly) == Z_OK;
  }
  ~Gunzip() override { inflateEnd(&stream_); }
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;

  Result<size_t> Read(char* buffer, size_t size) override {
    if (!ready_) return Fail(Code::kInternal, "gzip: zlib did not start");
    stream_.next_out = reinterpret_cast<Bytef*>(buffer);
    stream_.avail_out = static_cast<uInt>(std::min<size_t>(size, 1 << 30));
    const uInt room = stream_.avail_out;
    while (stream_.avail_out == room) {
      TL_ASSIGN(const bool more, Refill());
      if (!more) {
        if (inside_) return Fail(Code::kCorrupt, "gzip: the file ends before its data does");
        return 0;
      }
      inside_ = true;
      const int status = inflate(&stream_, Z_NO_FLUSH);
      if (status == Z_STREAM_END) {
        inside_ = false;
        inflateReset(&stream_);
      } else if (status != Z_OK) {
        return Fail(Code::kCorrupt, "gzip: {} near byte {}",
                    stream_.msg == nullptr ? "damaged" : stream_.msg, from_->consumed());
      }
    }
    return room - stream_.avail_out;
  }
  uint64_t consumed() const override { return from_->consumed(); }
  uint64_t total() const override { return from_->total(); }

 private:
  // False at the end of the compressed bytes.
  Result<bool> Refill() {
    if (stream_.avail_in > 0) return true;
    TL_ASSIGN(const size_t got, from_->Read(input_.data(), input_.size()));
    stream_.next_in = reinterpret_cast<Bytef*>(input_.data());
    stream_.avail_in = static_cast<uInt>(got);
    return got > 0;
  }

  std::unique_ptr<ByteSource> from_;
  std::vector<char> input_;
  z_stream stream_{};
  bool ready_ = false;
  bool inside_ = false;  // of a gzip member
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

std::unique_ptr<ByteSource> GunzipSource(std::unique_ptr<ByteSource> compressed) {
  return std::make_unique<Gunzip>(std::move(compressed));
}

std::unique_ptr<ByteSource> TextSource(std::string text, size_t piece) {
  return std::make_unique<Text>(std::move(text), piece);
}

Result<std::unique_ptr<ByteSource>> OpenSource(FileSystem& fs, const std::string& path,
                                               std::stop_token stop) {
  if (path == "-") return StandardInputSource(std::move(stop));
  TL_ASSIGN(auto file, OpenFileSource(fs, path));
  if (path.ends_with(".gz")) return GunzipSource(std::move(file));
  return file;
}

}  // namespace ticklake::market
