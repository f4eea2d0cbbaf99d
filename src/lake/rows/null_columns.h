// NullColumns: columns of nulls that share their memory.
//
// A thousand new columns may come to a million rows, which would be gigabytes of zeros.
// Threading: one thread; the arrays are immutable, as all are. Does not: know schemas.
#pragma once

#include <cstdint>
#include <memory>

#include <arrow/type_fwd.h>

#include "base/result.h"

namespace ticklake::lake {

class NullColumns {
 public:
  /// `length` nulls of that type. Arrays of one NullColumns have one buffer, as far as it is long
  /// enough.
  Result<std::shared_ptr<arrow::Array>> Make(const std::shared_ptr<arrow::DataType>& type,
                                             int64_t length);

 private:
  using Data = std::shared_ptr<arrow::ArrayData>;

  Result<Data> MakeData(const std::shared_ptr<arrow::DataType>& type, int64_t length);
  std::shared_ptr<arrow::Buffer> Zeros(int64_t size);

  std::shared_ptr<arrow::Buffer> zeros_;
};

}  // namespace ticklake::lake
