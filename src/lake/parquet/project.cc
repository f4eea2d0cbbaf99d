#include "lake/parquet/project.h"

#include <arrow/array.h>
#include <arrow/array/util.h>
#include <arrow/memory_pool.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>

#include <charconv>

#include "lake/rows/arrow_schema.h"

namespace ticklake::lake {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;

void CollectLeaves(const std::vector<iceberg::Field>& fields, std::set<int32_t>& ids) {
  for (const iceberg::Field& field : fields) {
    if (field.type->fields.empty()) ids.insert(field.id);
    CollectLeaves(field.type->fields, ids);
  }
}

Result<ArrayPtr> Nulls(const std::shared_ptr<arrow::DataType>& type, int64_t length) {
  auto nulls = arrow::MakeArrayOfNull(type, length, arrow::system_memory_pool());
  if (!nulls.ok()) return Fail(Code::kInternal, "reading Parquet: {}", nulls.status().ToString());
  return *std::move(nulls);
}

template <class From, class To>
ArrayPtr Promote(const arrow::Array& array, const std::shared_ptr<arrow::DataType>& type) {
  const auto& from = static_cast<const From&>(array);
  std::vector<To> values(static_cast<size_t>(from.length()));
  std::vector<uint8_t> bits((values.size() + 7) / 8);
  for (int64_t i = 0; i < from.length(); ++i) {
    const auto at = static_cast<size_t>(i);
    if (from.IsNull(i)) continue;
    values[at] = static_cast<To>(from.Value(i));
    bits[at / 8] = static_cast<uint8_t>(bits[at / 8] | (1 << (at % 8)));
  }
  return arrow::MakeArray(arrow::ArrayData::Make(
      type, from.length(),
      {arrow::Buffer::FromVector(std::move(bits)), arrow::Buffer::FromVector(std::move(values))}));
}

/// The children of a struct, list or map under new types, the parent's buffers shared.
Result<ArrayPtr> ProjectNested(const ArrayPtr& array, const iceberg::Field& to) {
  const auto type = ToArrowType(*to.type);
  auto data = array->data()->Copy();
  data->type = type;
  if (to.type->id == iceberg::TypeId::kList) {
    const auto elements = arrow::MakeArray(data->child_data[0]);
    TL_ASSIGN(ArrayPtr out, Project(elements, to.type->fields[0], elements->length()));
    data->child_data = {out->data()};
    return arrow::MakeArray(data);
  }
  const arrow::StructArray& from = static_cast<const arrow::StructArray&>(*array);
  std::vector<std::shared_ptr<arrow::ArrayData>> children;
  for (const iceberg::Field& field : to.type->fields) {
    ArrayPtr child;
    for (int i = 0; i < from.num_fields(); ++i) {
      if (FieldIdOf(*from.struct_type()->field(i)) == field.id)
        child = arrow::MakeArray(data->child_data[static_cast<size_t>(i)]);
    }
    const int64_t length = data->offset + data->length;
    TL_ASSIGN(ArrayPtr out, Project(child, field, length));
    children.push_back(out->data());
  }
  data->child_data = std::move(children);
  return arrow::MakeArray(data);
}

}  // namespace

int32_t FieldIdOf(const arrow::Field& field) {
  int32_t id = 0;
  if (field.HasMetadata()) {
    const std::string text = field.metadata()->Get(kFieldIdMetadata).ValueOr("0");
    std::from_chars(text.data(), text.data() + text.size(), id);
  }
  return id;
}

std::set<int32_t> LeafIds(const iceberg::Schema& schema) {
  std::set<int32_t> ids;
  CollectLeaves(schema.fields, ids);
  return ids;
}

Result<ArrayPtr> Project(const ArrayPtr& array, const iceberg::Field& to, int64_t length) {
  const auto type = ToArrowType(*to.type);
  if (array == nullptr) return Nulls(type, length);
  const auto from = array->type_id();
  const bool nested = (from == arrow::Type::STRUCT && type->id() == arrow::Type::STRUCT) ||
                      (from == arrow::Type::LIST && type->id() == arrow::Type::LIST);
  if (nested) return ProjectNested(array, to);
  if (array->type()->Equals(*type)) return array;
  if (from == arrow::Type::INT32 && type->id() == arrow::Type::INT64) {
    return Promote<arrow::Int32Array, int64_t>(*array, type);
  }
  if (from == arrow::Type::FLOAT && type->id() == arrow::Type::DOUBLE) {
    return Promote<arrow::FloatArray, double>(*array, type);
  }
  return Fail(Code::kUnsupported, "column '{}': {} in the file cannot be read as {}", to.name,
              array->type()->ToString(), iceberg::TypeName(*to.type));
}

}  // namespace ticklake::lake
