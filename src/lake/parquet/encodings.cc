#include "lake/parquet/encodings.h"

#include <arrow/array.h>
#include <arrow/table.h>

#include <algorithm>
#include <string>
#include <unordered_set>

namespace ticklake::lake {
namespace {

/// Values looked at to tell a running number from a code.
constexpr int64_t kSample = 1024;

/// True if most values of a sample differ: then deltas are smaller than a dictionary.
bool MostlyDistinct(const arrow::Int64Array& array) {
  const int64_t count = std::min(array.length(), kSample);
  std::unordered_set<int64_t> seen;
  int64_t valid = 0;
  for (int64_t i = 0; i < count; ++i) {
    if (array.IsNull(i)) continue;
    ++valid;
    seen.insert(array.Value(i));
  }
  return valid > 0 && std::ssize(seen) * 2 > valid;
}

class Chooser {
 public:
  explicit Chooser(parquet::WriterProperties::Builder& properties) : properties_(properties) {}

  void Visit(const std::string& path, const arrow::Array& sample) {
    switch (sample.type_id()) {
      case arrow::Type::TIMESTAMP: Delta(path); break;
      case arrow::Type::INT64:
        if (MostlyDistinct(static_cast<const arrow::Int64Array&>(sample))) Delta(path);
        break;
      case arrow::Type::STRUCT: {
        const auto& array = static_cast<const arrow::StructArray&>(sample);
        for (int i = 0; i < array.num_fields(); ++i) {
          Visit(path + "." + array.struct_type()->field(i)->name(), *array.field(i));
        }
        break;
      }
      case arrow::Type::LIST: {
        const auto& array = static_cast<const arrow::ListArray&>(sample);
        Visit(path + ".list.element", *array.values());
        break;
      }
      default: break;  // dictionary, and plain when that grows too large
    }
  }

 private:
  void Delta(const std::string& path) {
    properties_.disable_dictionary(path);
    properties_.encoding(path, parquet::Encoding::DELTA_BINARY_PACKED);
  }

  parquet::WriterProperties::Builder& properties_;
};

}  // namespace

void ChooseEncodings(const arrow::Table& table, parquet::WriterProperties::Builder& properties) {
  Chooser chooser(properties);
  for (int i = 0; i < table.num_columns(); ++i) {
    if (table.column(i)->num_chunks() == 0) continue;
    chooser.Visit(table.field(i)->name(), *table.column(i)->chunk(0));
  }
}

}  // namespace ticklake::lake
