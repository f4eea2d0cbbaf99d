#include "lake/crawler/orc_classifier.h"

#include <arrow/adapters/orc/adapter.h>
#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <arrow/memory_pool.h>
#include <arrow/type.h>
#include <cstring>
#include <utility>

#include "lake/crawler/arrow_types.h"

namespace ticklake::lake::crawler {
namespace {

Rejection Damaged(std::string detail) { return {"damaged ORC", std::move(detail)}; }

// A stored object as Arrow reads files. One thread at a time.
class ObjectFile : public arrow::io::RandomAccessFile {
 public:
  ObjectFile(store::ObjectStore& store, store::ObjectInfo object)
      : store_(store), object_(std::move(object)) {}

  arrow::Result<int64_t> GetSize() override { return static_cast<int64_t>(object_.size); }
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

  arrow::Result<int64_t> ReadAt(int64_t position, int64_t size, void* out) override {
    // What a damaged file asks for is bounded before memory is.
    if (position < 0 || size < 0 || std::cmp_greater(position, object_.size)) {
      return arrow::Status::IOError("outside the file");
    }
    const uint64_t rest = object_.size - static_cast<uint64_t>(position);
    const size_t wanted = std::min<uint64_t>(rest, static_cast<uint64_t>(size));
    const auto bytes = store_.GetRange(object_.key, static_cast<uint64_t>(position), wanted);
    if (!bytes) return arrow::Status::IOError(bytes.error().message);
    std::memcpy(out, bytes->data(), std::min(bytes->size(), wanted));
    return static_cast<int64_t>(bytes->size());
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> ReadAt(int64_t position, int64_t size) override {
    if (size < 0 || std::cmp_greater(size, object_.size)) {
      return arrow::Status::IOError("outside the file");
    }
    ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateResizableBuffer(size));
    ARROW_ASSIGN_OR_RAISE(const int64_t read, ReadAt(position, size, buffer->mutable_data()));
    ARROW_RETURN_NOT_OK(buffer->Resize(read));
    return std::shared_ptr<arrow::Buffer>(std::move(buffer));
  }
  arrow::Result<int64_t> Read(int64_t size, void* out) override {
    ARROW_ASSIGN_OR_RAISE(const int64_t read, ReadAt(at_, size, out));
    at_ += read;
    return read;
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t size) override {
    ARROW_ASSIGN_OR_RAISE(auto buffer, ReadAt(at_, size));
    at_ += buffer->size();
    return buffer;
  }

 private:
  store::ObjectStore& store_;
  const store::ObjectInfo object_;
  int64_t at_ = 0;
  bool closed_ = false;
};

}  // namespace

std::expected<Classified, Rejection> ClassifyOrc(store::ObjectStore& store,
                                                 const store::ObjectInfo& file) {
  const auto source = std::make_shared<ObjectFile>(store, file);
  auto opened = arrow::adapters::orc::ORCFileReader::Open(source, arrow::default_memory_pool());
  if (!opened.ok()) return std::unexpected(Damaged(opened.status().message()));
  const auto schema = (*opened)->ReadSchema();
  if (!schema.ok()) return std::unexpected(Damaged(schema.status().message()));
  auto columns = ColumnsOf(**schema, "ORC");
  if (!columns) return std::unexpected(columns.error());
  Classified found;
  found.reading.format = hive::Format::kOrc;
  found.reading.schema = std::move(*columns);
  found.reading.certainty = 1;
  found.reading.why.push_back("ORC by its first bytes; columns from its footer");
  found.records = (*opened)->NumberOfRows();
  if (found.records < 0) return std::unexpected(Damaged("its footer claims fewer rows than none"));
  found.whole = true;
  return found;
}

}  // namespace ticklake::lake::crawler
