#include "lake/rows/conform.h"

#include <arrow/array.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/memory_pool.h>
#include <arrow/type.h>

#include <cmath>
#include <map>
#include <set>

#include "lake/rows/arrow_schema.h"
#include "lake/rows/json_text.h"
#include "lake/rows/names.h"
#include "lake/rows/null_columns.h"
#include "lake/rows/rescue.h"

namespace ticklake::lake {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;
using TypePtr = std::shared_ptr<arrow::DataType>;

std::string KeyOfField(const arrow::Field& field) { return DisplayKey(field.name(), DocOf(field)); }

/// What makes two columns the same one. System columns live in a name space of their own: a JSON
/// key may be called like them.
std::string Identity(const arrow::Field& field, bool top) {
  if (top && (field.name() == kKafkaColumn || field.name() == kRescuedColumn)) {
    return std::string(1, '\0') + field.name();
  }
  return KeyOfField(field);
}

/// Same types, names and keys, so that data can be shared; ids may differ.
bool SameShape(const arrow::DataType& a, const arrow::DataType& b) {
  if (!a.Equals(b)) return false;
  for (int i = 0; i < a.num_fields(); ++i) {
    if (KeyOfField(*a.field(i)) != KeyOfField(*b.field(i))) return false;
    if (!SameShape(*a.field(i)->type(), *b.field(i)->type())) return false;
  }
  return true;
}

/// The same data under a type that differs in metadata only, all the way down.
std::shared_ptr<arrow::ArrayData> Retyped(const arrow::ArrayData& data, const TypePtr& type) {
  auto out = data.Copy();
  out->type = type;
  for (size_t i = 0; i < out->child_data.size(); ++i) {
    out->child_data[i] = Retyped(*out->child_data[i], type->field(static_cast<int>(i))->type());
  }
  return out;
}

/// An array, and the rows of it that did not fit and are null now.
struct Converted {
  ArrayPtr array;
  std::set<int64_t> misfits;
};

class Conformer {
 public:
  explicit Conformer(const arrow::RecordBatch& rows) : rows_(rows) {}

  Result<std::shared_ptr<arrow::RecordBatch>> Run(const std::shared_ptr<arrow::Schema>& target);
  int64_t rescued_rows() const { return std::ssize(rescued_); }

 private:
  Result<Converted> Convert(const ArrayPtr& from, const TypePtr& to, bool in_list);
  Result<Converted> ConvertStruct(const ArrayPtr& from, const TypePtr& to, bool in_list);
  Result<Converted> ConvertList(const ArrayPtr& from, const TypePtr& to);
  Result<arrow::ArrayVector> ConvertChildren(const arrow::ArrayVector& from,
                                             const arrow::FieldVector& from_fields,
                                             const arrow::FieldVector& to_fields, bool in_list);
  void Rescue(const arrow::Array& from, const std::set<int64_t>& rows);
  Result<ArrayPtr> WithRescued(const arrow::Array& before);

  const arrow::RecordBatch& rows_;
  NullColumns nulls_;
  std::vector<std::string> path_;   ///< JSON keys down to the column being converted
  std::set<int64_t> list_misfits_;  ///< of children of the struct being converted inside a list
  std::map<int64_t, std::string> rescued_;  ///< the new text of rows that change
};

template <class T>
Result<T> Unwrap(arrow::Result<T> result, std::string_view what) {
  if (!result.ok()) return Fail(Code::kInternal, "{}: {}", what, result.status().ToString());
  return std::move(result).ValueUnsafe();
}

Result<ArrayPtr> Finish(arrow::ArrayBuilder& builder) {
  return Unwrap(builder.Finish(), "conforming a column");
}

std::set<int64_t> ValidRows(const arrow::Array& array) {
  std::set<int64_t> rows;
  for (int64_t i = 0; i < array.length(); ++i) {
    if (array.IsValid(i)) rows.insert(i);
  }
  return rows;
}

bool Exact(int64_t from, double* to) {
  *to = static_cast<double>(from);
  return *to < 0x1p63 && static_cast<int64_t>(*to) == from;
}

bool Exact(double from, int64_t* to) {
  if (!(std::fabs(from) <= 0x1p53) || std::trunc(from) != from) return false;
  *to = static_cast<int64_t>(from);
  return true;
}

bool Exact(int32_t from, int64_t* to) {
  *to = from;
  return true;
}

template <class From, class Builder>
Result<Converted> ConvertNumbers(const arrow::Array& array) {
  const auto& from = static_cast<const From&>(array);
  Converted out;
  Builder builder(arrow::system_memory_pool());
  if (!builder.Reserve(from.length()).ok()) return Fail(Code::kInternal, "out of memory");
  for (int64_t i = 0; i < from.length(); ++i) {
    typename Builder::value_type value{};
    if (from.IsNull(i)) {
      builder.UnsafeAppendNull();
    } else if (Exact(from.Value(i), &value)) {
      builder.UnsafeAppend(value);
    } else {
      builder.UnsafeAppendNull();
      out.misfits.insert(i);
    }
  }
  TL_ASSIGN(out.array, Finish(builder));
  return out;
}

void Conformer::Rescue(const arrow::Array& from, const std::set<int64_t>& rows) {
  const auto column = std::static_pointer_cast<arrow::StringArray>(
      rows_.GetColumnByName(std::string(kRescuedColumn)));
  const JsonPath path(path_.begin(), path_.end());
  for (const int64_t row : rows) {
    const auto [at, fresh] = rescued_.try_emplace(row);
    if (fresh && column != nullptr && column->type_id() == arrow::Type::STRING &&
        column->IsValid(row)) {
      at->second = column->GetString(row);
    }
    std::string text;
    AppendJsonText(text, from, row);
    AddRescued(at->second, path, text);
  }
}

Result<arrow::ArrayVector> Conformer::ConvertChildren(const arrow::ArrayVector& from,
                                                      const arrow::FieldVector& from_fields,
                                                      const arrow::FieldVector& to_fields,
                                                      bool in_list) {
  const bool top = path_.empty();
  std::map<std::string, size_t> sources;
  for (size_t i = 0; i < from.size(); ++i) sources.emplace(Identity(*from_fields[i], top), i);
  const int64_t length = from.empty() ? rows_.num_rows() : from[0]->length();
  arrow::ArrayVector out;
  for (const auto& field : to_fields) {
    const auto source = sources.find(Identity(*field, top));
    if (source == sources.end()) {
      TL_ASSIGN(ArrayPtr nulls, nulls_.Make(field->type(), length));
      out.push_back(std::move(nulls));
      continue;
    }
    const ArrayPtr& array = from[source->second];
    path_.push_back(KeyOfField(*from_fields[source->second]));
    sources.erase(source);
    TL_ASSIGN(Converted converted, Convert(array, field->type(), in_list));
    if (in_list) {
      list_misfits_.merge(converted.misfits);
    } else {
      Rescue(*array, converted.misfits);
    }
    path_.pop_back();
    out.push_back(std::move(converted.array));
  }
  for (const auto& [identity, i] : sources) {  // columns that the target lacks
    if (identity.starts_with('\0')) continue;
    path_.push_back(KeyOfField(*from_fields[i]));
    if (in_list) {
      list_misfits_.merge(ValidRows(*from[i]));
    } else {
      Rescue(*from[i], ValidRows(*from[i]));
    }
    path_.pop_back();
  }
  return out;
}

Result<Converted> Conformer::ConvertStruct(const ArrayPtr& from, const TypePtr& to, bool in_list) {
  const auto& source = static_cast<const arrow::StructArray&>(*from);
  arrow::ArrayVector children;
  for (int i = 0; i < source.num_fields(); ++i) children.push_back(source.field(i));
  std::set<int64_t> outer;
  outer.swap(list_misfits_);
  TL_ASSIGN(arrow::ArrayVector converted,
            ConvertChildren(children, source.struct_type()->fields(), to->fields(), in_list));
  Converted out;
  out.misfits.swap(list_misfits_);
  list_misfits_.swap(outer);
  std::shared_ptr<arrow::Buffer> validity;
  if (source.null_count() > 0) {
    arrow::TypedBufferBuilder<bool> bits(arrow::system_memory_pool());
    for (int64_t i = 0; i < source.length(); ++i) {
      if (!bits.Append(source.IsValid(i)).ok()) return Fail(Code::kInternal, "out of memory");
    }
    TL_ASSIGN(validity, Unwrap(bits.Finish(), "conforming a struct"));
  }
  out.array = std::make_shared<arrow::StructArray>(to, source.length(), std::move(converted),
                                                   std::move(validity), source.null_count());
  return out;
}

Result<Converted> Conformer::ConvertList(const ArrayPtr& from, const TypePtr& to) {
  const auto& source = static_cast<const arrow::ListArray&>(*from);
  TL_ASSIGN(Converted elements, Convert(source.values(), to->field(0)->type(), true));
  Converted out;
  std::vector<uint8_t> bits(static_cast<size_t>(source.length() + 7) / 8);
  std::vector<int32_t> ends(static_cast<size_t>(source.length()) + 1);
  for (int64_t i = 0; i < source.length(); ++i) {
    const auto misfit = elements.misfits.lower_bound(source.value_offset(i));
    const bool fits = misfit == elements.misfits.end() || *misfit >= source.value_offset(i + 1);
    const bool valid = source.IsValid(i) && fits;
    if (source.IsValid(i) && !fits) out.misfits.insert(i);
    const auto at = static_cast<size_t>(i);
    if (valid) bits[at / 8] = static_cast<uint8_t>(bits[at / 8] | (1 << (at % 8)));
    // A list that does not fit keeps its elements in the child array; nobody sees them.
    ends[at] = source.value_offset(i);
    ends[at + 1] = source.value_offset(i + 1);
  }
  out.array = std::make_shared<arrow::ListArray>(
      to, source.length(), arrow::Buffer::FromVector(std::move(ends)), std::move(elements.array),
      arrow::Buffer::FromVector(std::move(bits)));
  return out;
}

Result<Converted> Conformer::Convert(const ArrayPtr& from, const TypePtr& to, bool in_list) {
  using arrow::Type;
  if (SameShape(*from->type(), *to)) {
    return Converted{arrow::MakeArray(Retyped(*from->data(), to)), {}};
  }
  const auto both = [&](Type::type a, Type::type b) {
    return from->type_id() == a && to->id() == b;
  };
  if (both(Type::INT64, Type::DOUBLE)) {
    return ConvertNumbers<arrow::Int64Array, arrow::DoubleBuilder>(*from);
  }
  if (both(Type::DOUBLE, Type::INT64)) {
    return ConvertNumbers<arrow::DoubleArray, arrow::Int64Builder>(*from);
  }
  if (both(Type::INT32, Type::INT64)) {
    return ConvertNumbers<arrow::Int32Array, arrow::Int64Builder>(*from);
  }
  if (both(Type::STRUCT, Type::STRUCT)) return ConvertStruct(from, to, in_list);
  if (both(Type::LIST, Type::LIST)) return ConvertList(from, to);
  TL_ASSIGN(ArrayPtr nulls, nulls_.Make(to, from->length()));
  return Converted{std::move(nulls), ValidRows(*from)};
}

Result<ArrayPtr> Conformer::WithRescued(const arrow::Array& before) {
  if (before.type_id() != arrow::Type::STRING) {
    return Fail(Code::kUnsupported,
                "column '{}' is {}; it must be a string to keep what columns cannot",
                kRescuedColumn, before.type()->ToString());
  }
  const auto& texts = static_cast<const arrow::StringArray&>(before);
  arrow::StringBuilder builder(arrow::system_memory_pool());
  arrow::Status status;
  for (int64_t i = 0; i < texts.length() && status.ok(); ++i) {
    if (const auto at = rescued_.find(i); at != rescued_.end()) {
      status = builder.Append(at->second);
    } else {
      status = texts.IsValid(i) ? builder.Append(texts.GetView(i)) : builder.AppendNull();
    }
  }
  if (!status.ok()) return Fail(Code::kInternal, "rescued values: {}", status.ToString());
  return Finish(builder);
}

Result<std::shared_ptr<arrow::RecordBatch>> Conformer::Run(
    const std::shared_ptr<arrow::Schema>& target) {
  TL_ASSIGN(arrow::ArrayVector columns,
            ConvertChildren(rows_.columns(), rows_.schema()->fields(), target->fields(), false));
  if (!rescued_.empty()) {
    const int at = target->GetFieldIndex(std::string(kRescuedColumn));
    if (at < 0) {
      return Fail(Code::kUnsupported,
                  "{} rows have values without a column, and the schema no '{}'", rescued_.size(),
                  kRescuedColumn);
    }
    TL_ASSIGN(columns[static_cast<size_t>(at)], WithRescued(*columns[static_cast<size_t>(at)]));
  }
  for (int i = 0; i < target->num_fields(); ++i) {
    if (!target->field(i)->nullable() && columns[static_cast<size_t>(i)]->null_count() > 0) {
      return Fail(Code::kInvalid, "required column '{}' has no value in some rows",
                  target->field(i)->name());
    }
  }
  return arrow::RecordBatch::Make(target, rows_.num_rows(), std::move(columns));
}

}  // namespace

Result<std::shared_ptr<arrow::RecordBatch>> ConformBatch(
    const std::shared_ptr<arrow::RecordBatch>& rows, const std::shared_ptr<arrow::Schema>& target,
    int64_t* newly_rescued) {
  if (newly_rescued != nullptr) *newly_rescued = 0;
  if (rows->schema()->Equals(*target, /*check_metadata=*/true)) return rows;
  Conformer conformer(*rows);
  TL_ASSIGN(std::shared_ptr<arrow::RecordBatch> out, conformer.Run(target));
  if (newly_rescued != nullptr) *newly_rescued = conformer.rescued_rows();
  return out;
}

Result<std::shared_ptr<arrow::RecordBatch>> JoinBatches(
    const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches) {
  if (batches.size() == 1) return batches[0];
  return Unwrap(arrow::ConcatenateRecordBatches(batches, arrow::system_memory_pool()),
                "joining batches");
}

}  // namespace ticklake::lake
