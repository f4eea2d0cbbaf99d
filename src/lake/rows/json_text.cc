#include "lake/rows/json_text.h"

#include <arrow/array.h>
#include <arrow/scalar.h>
#include <fmt/format.h>

#include <cmath>

#include "base/bytes.h"
#include "base/clock.h"
#include "lake/rows/arrow_schema.h"
#include "lake/rows/json_scan.h"
#include "lake/rows/names.h"

namespace ticklake::lake {
namespace {

template <class ArrayType>
auto ValueOf(const arrow::Array& array, int64_t row) {
  return static_cast<const ArrayType&>(array).Value(row);
}

void AppendStruct(std::string& out, const arrow::StructArray& array, int64_t row) {
  out.push_back('{');
  const auto& type = *array.struct_type();
  bool first = true;
  for (int i = 0; i < type.num_fields(); ++i) {
    const auto child = array.field(i);
    if (child->IsNull(row)) continue;
    if (!first) out.push_back(',');
    first = false;
    AppendJsonString(out, DisplayKey(type.field(i)->name(), DocOf(*type.field(i))));
    out.push_back(':');
    AppendJsonText(out, *child, row);
  }
  out.push_back('}');
}

void AppendList(std::string& out, const arrow::ListArray& array, int64_t row) {
  out.push_back('[');
  for (int64_t i = array.value_offset(row); i < array.value_offset(row + 1); ++i) {
    if (i > array.value_offset(row)) out.push_back(',');
    AppendJsonText(out, *array.values(), i);
  }
  out.push_back(']');
}

/// Shortest text that gives the same double; JSON has no word for the others.
void AppendDouble(std::string& out, double value) {
  if (std::isfinite(value)) {
    fmt::format_to(std::back_inserter(out), "{}", value);
  } else {
    AppendJsonString(out, fmt::format("{}", value));
  }
}

}  // namespace

void AppendJsonText(std::string& out, const arrow::Array& array, int64_t row) {
  if (array.IsNull(row)) {
    out.append("null");
    return;
  }
  switch (array.type_id()) {
    case arrow::Type::BOOL:
      out.append(ValueOf<arrow::BooleanArray>(array, row) ? "true" : "false");
      return;
    case arrow::Type::INT32:
      out.append(std::to_string(ValueOf<arrow::Int32Array>(array, row)));
      return;
    case arrow::Type::INT64:
      out.append(std::to_string(ValueOf<arrow::Int64Array>(array, row)));
      return;
    case arrow::Type::FLOAT: AppendDouble(out, ValueOf<arrow::FloatArray>(array, row)); return;
    case arrow::Type::DOUBLE: AppendDouble(out, ValueOf<arrow::DoubleArray>(array, row)); return;
    case arrow::Type::TIMESTAMP:
      AppendJsonString(out, FormatUtc(ValueOf<arrow::TimestampArray>(array, row) * kNanosPerMicro));
      return;
    case arrow::Type::STRING:
      AppendJsonString(out, static_cast<const arrow::StringArray&>(array).GetView(row));
      return;
    case arrow::Type::BINARY:
      AppendJsonString(out, Hex(static_cast<const arrow::BinaryArray&>(array).GetView(row)));
      return;
    case arrow::Type::STRUCT:
      AppendStruct(out, static_cast<const arrow::StructArray&>(array), row);
      return;
    case arrow::Type::LIST:
      AppendList(out, static_cast<const arrow::ListArray&>(array), row);
      return;
    default: {
      const auto scalar = array.GetScalar(row);
      AppendJsonString(out, scalar.ok() ? (*scalar)->ToString() : "");
    }
  }
}

}  // namespace ticklake::lake
