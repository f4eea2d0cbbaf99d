#include "lake/rows/null_columns.h"

#include <arrow/array/array_base.h>
#include <arrow/array/data.h>
#include <arrow/array/util.h>
#include <arrow/buffer.h>
#include <arrow/memory_pool.h>
#include <arrow/type.h>

#include <utility>
#include <vector>

namespace ticklake::lake {

Result<std::shared_ptr<arrow::Array>> NullColumns::Make(
    const std::shared_ptr<arrow::DataType>& type, int64_t length) {
  TL_ASSIGN(const Data data, MakeData(type, length));
  return arrow::MakeArray(data);
}

Result<NullColumns::Data> NullColumns::MakeData(const std::shared_ptr<arrow::DataType>& type,
                                                int64_t length) {
  using arrow::Type;
  // A null is a bit that is not set; ends are 32-bit offsets, one more than rows.
  std::vector<std::shared_ptr<arrow::Buffer>> buffers = {Zeros((length + 7) / 8)};
  const bool ends =
      type->id() == Type::LIST || type->id() == Type::STRING || type->id() == Type::BINARY;
  if (ends) buffers.push_back(Zeros((length + 1) * static_cast<int64_t>(sizeof(int32_t))));
  if (type->id() == Type::STRUCT || type->id() == Type::LIST) {
    std::vector<Data> children;
    for (const auto& field : type->fields()) {
      TL_ASSIGN(Data child, MakeData(field->type(), ends ? 0 : length));
      children.push_back(std::move(child));
    }
    return arrow::ArrayData::Make(type, length, std::move(buffers), std::move(children), length);
  }
  if (ends || type->bit_width() > 0) {
    buffers.push_back(Zeros(ends ? 0 : (length * type->bit_width() + 7) / 8));
    return arrow::ArrayData::Make(type, length, std::move(buffers), length);
  }
  auto made = arrow::MakeArrayOfNull(type, length, arrow::system_memory_pool());
  if (made.ok()) return (*made)->data();
  return Fail(Code::kInternal, "a column of nulls: {}", made.status().ToString());
}

std::shared_ptr<arrow::Buffer> NullColumns::Zeros(int64_t size) {
  if (zeros_ == nullptr || zeros_->size() < size) {
    zeros_ = arrow::Buffer::FromVector(std::vector<uint8_t>(static_cast<size_t>(size)));
  }
  return zeros_;
}

}  // namespace ticklake::lake
