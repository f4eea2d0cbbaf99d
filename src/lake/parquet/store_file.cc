#include "lake/parquet/store_file.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <arrow/buffer.h>

namespace ticklake::lake {
namespace {

class StoreFile final : public arrow::io::RandomAccessFile {
 public:
  StoreFile(store::ObjectStore& store, std::string key, uint64_t size)
      : store_(store), key_(std::move(key)), size_(size) {}

  arrow::Result<int64_t> GetSize() override { return static_cast<int64_t>(size_); }
  arrow::Result<int64_t> Tell() const override { return at_; }
  arrow::Status Seek(int64_t position) override {
    at_ = position;
    return arrow::Status::OK();
  }
  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }

  arrow::Result<int64_t> ReadAt(int64_t position, int64_t count, void* out) override {
    ARROW_ASSIGN_OR_RAISE(const std::string bytes, Bytes(position, count));
    std::memcpy(out, bytes.data(), bytes.size());
    return std::ssize(bytes);
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> ReadAt(int64_t position, int64_t count) override {
    ARROW_ASSIGN_OR_RAISE(std::string bytes, Bytes(position, count));
    return arrow::Buffer::FromString(std::move(bytes));
  }
  arrow::Result<int64_t> Read(int64_t count, void* out) override {
    ARROW_ASSIGN_OR_RAISE(const int64_t read, ReadAt(at_, count, out));
    at_ += read;
    return read;
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t count) override {
    ARROW_ASSIGN_OR_RAISE(auto buffer, ReadAt(at_, count));
    at_ += buffer->size();
    return buffer;
  }

 private:
  // At most `count`: fewer at the end of the file.
  arrow::Result<std::string> Bytes(int64_t position, int64_t count) const {
    if (position < 0 || count < 0 || std::cmp_greater(position, size_)) {
      return arrow::Status::IOError("a read outside the file");
    }
    const auto begin = static_cast<uint64_t>(position);
    const size_t wanted = std::min(size_ - begin, static_cast<uint64_t>(count));
    auto bytes = store_.GetRange(key_, begin, wanted);
    if (!bytes) return arrow::Status::IOError(bytes.error().message);
    if (bytes->size() > wanted) bytes->resize(wanted);
    return *std::move(bytes);
  }

  store::ObjectStore& store_;
  const std::string key_;
  const uint64_t size_;
  int64_t at_ = 0;
  bool closed_ = false;
};

}  // namespace

std::shared_ptr<arrow::io::RandomAccessFile> OpenStoreFile(store::ObjectStore& store,
                                                           std::string key, uint64_t size) {
  return std::make_shared<StoreFile>(store, std::move(key), size);
}

}  // namespace ticklake::lake
