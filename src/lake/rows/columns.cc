#include "lake/rows/columns.h"

#include <arrow/array/array_nested.h>
#include <arrow/array/data.h>
#include <arrow/array/util.h>
#include <arrow/buffer.h>
#include <arrow/memory_pool.h>
#include <arrow/type.h>

#include <algorithm>

#include "lake/rows/json_scan.h"
#include "lake/rows/names.h"
#include "lake/rows/null_columns.h"

namespace ticklake::lake {
namespace {

using Buffers = std::vector<std::shared_ptr<arrow::Buffer>>;

/// Keys remembered per object: enough for every real shape, a bound for keys that are data.
constexpr size_t kMaxSlots = 4096;
constexpr size_t kMaxSlotBytes = 256;

/// Spare capacity that a finished batch may keep before it is worth a copy.
template <class Container>
void Trim(Container& container) {
  if (container.capacity() > container.size() + container.size() / 4) container.shrink_to_fit();
}

std::shared_ptr<arrow::Buffer> PackBits(const std::vector<uint8_t>& flags, int64_t* unset) {
  std::vector<uint8_t> bits((flags.size() + 7) / 8);
  int64_t set = 0;
  for (size_t i = 0; i < flags.size(); ++i) {
    bits[i / 8] = static_cast<uint8_t>(bits[i / 8] | (flags[i] << (i % 8)));
    set += flags[i];
  }
  *unset = std::ssize(flags) - set;
  return arrow::Buffer::FromVector(std::move(bits));
}

std::shared_ptr<arrow::Array> MakeArray(const std::shared_ptr<arrow::DataType>& type,
                                        int64_t length, Buffers buffers, int64_t nulls) {
  return arrow::MakeArray(arrow::ArrayData::Make(type, length, std::move(buffers), nulls));
}

/// A column whose type JSON cannot fill.
class OpaqueColumn final : public Column {
 public:
  using Column::Column;
  int64_t row_bytes() const override { return 16; }  // a decimal or a UUID
  std::shared_ptr<arrow::Array> Finish(int64_t length,
                                       const std::shared_ptr<arrow::DataType>& type) override {
    int64_t nulls = 0;
    PadTo(length);
    TakeValidity(&nulls);
    Reset();
    return arrow::MakeArrayOfNull(type, length, arrow::system_memory_pool()).ValueOrDie();
  }

 private:
  void PadValues(int64_t /*count*/) override {}
};

}  // namespace

Column::Column(ColumnKind kind, const iceberg::Field& field)
    : kind_(kind), name_(field.name), key_(DisplayKey(field.name, field.doc)) {}

void Column::Pad(int64_t length) {
  if (valid_.empty()) valid_.assign(static_cast<size_t>(length_), 1);
  valid_.resize(static_cast<size_t>(length), 0);
  PadValues(length - length_);
  length_ = length;
}

void Column::Truncate(int64_t length) {
  if (length_ <= length) return;
  length_ = length;
  if (!valid_.empty()) valid_.resize(static_cast<size_t>(length));
}

std::shared_ptr<arrow::Buffer> Column::TakeValidity(int64_t* nulls) {
  *nulls = 0;
  if (valid_.empty()) return nullptr;
  auto bits = PackBits(valid_, nulls);
  valid_.clear();
  return *nulls == 0 ? nullptr : bits;
}

template <class T>
std::shared_ptr<arrow::Array> ValueColumn<T>::Finish(int64_t length,
                                                     const std::shared_ptr<arrow::DataType>& type) {
  used_ = this->length() > 0;
  PadTo(length);
  int64_t nulls = 0;
  auto validity = TakeValidity(&nulls);
  Reset();
  Trim(values_);
  auto data = arrow::Buffer::FromVector(std::exchange(values_, {}));
  return MakeArray(type, length, {std::move(validity), std::move(data)}, nulls);
}

template class ValueColumn<int32_t>;
template class ValueColumn<int64_t>;
template class ValueColumn<float>;
template class ValueColumn<double>;

void BooleanColumn::Truncate(int64_t length) {
  Column::Truncate(length);
  if (std::ssize(values_) > length) values_.resize(static_cast<size_t>(length));
}

std::shared_ptr<arrow::Array> BooleanColumn::Finish(int64_t length,
                                                    const std::shared_ptr<arrow::DataType>& type) {
  PadTo(length);
  int64_t nulls = 0;
  int64_t unset = 0;
  auto validity = TakeValidity(&nulls);
  auto bits = PackBits(std::exchange(values_, {}), &unset);
  Reset();
  return MakeArray(type, length, {std::move(validity), std::move(bits)}, nulls);
}

void StringColumn::Truncate(int64_t length) {
  Column::Truncate(length);
  if (std::ssize(ends_) > length + 1) {
    ends_.resize(static_cast<size_t>(length) + 1);
    text_.resize(static_cast<size_t>(ends_.back()));
  }
}

void StringColumn::Expect(int64_t rows) {
  if (last_bytes_ == 0) return;
  ends_.reserve(static_cast<size_t>(rows) + 1);
  text_.reserve(last_bytes_);
}

std::shared_ptr<arrow::Array> StringColumn::Finish(int64_t length,
                                                   const std::shared_ptr<arrow::DataType>& type) {
  PadTo(length);
  int64_t nulls = 0;
  auto validity = TakeValidity(&nulls);
  Reset();
  last_bytes_ = text_.size();
  Trim(ends_);
  Trim(text_);
  auto ends = arrow::Buffer::FromVector(std::exchange(ends_, {0}));
  auto text = arrow::Buffer::FromString(std::exchange(text_, {}));
  return MakeArray(type, length, {std::move(validity), std::move(ends), std::move(text)}, nulls);
}

StructColumn::StructColumn(ColumnKind kind, const iceberg::Field& field) : Column(kind, field) {
  for (const iceberg::Field& child : field.type->fields) {
    children_.push_back(MakeColumn(child));
    Column* const column = children_.back().get();
    if (auto key = KeyOf(child.name, child.doc)) {
      by_key_.try_emplace(*std::move(key), column);
    } else {
      by_folded_name_.try_emplace(child.name, column);
    }
  }
}

Column* StructColumn::Child(std::string_view name) const {
  const auto at = std::ranges::find(children_, name,
                                    [](const auto& c) -> std::string_view { return c->name(); });
  return at == children_.end() ? nullptr : at->get();
}

void StructColumn::Hide(const Column& child) { by_key_.erase(child.key()); }

Column* StructColumn::Resolve(const std::string& key) const {
  if (const auto at = by_key_.find(key); at != by_key_.end()) return at->second;
  if (by_folded_name_.empty()) return nullptr;
  const auto at = by_folded_name_.find(FoldName(key));
  return at == by_folded_name_.end() ? nullptr : at->second;
}

const KeySlot* StructColumn::Search(std::string_view text, size_t* hint) {
  size_t quote = 0;
  while (quote < text.size() && text[quote] != '"') quote += text[quote] == '\\' ? 2 : 1;
  const std::string_view raw = text.substr(0, quote + 1);
  if (const auto at = by_raw_.find(raw); at != by_raw_.end()) {
    *hint = at->second + 1;
    return slots_[at->second].get();
  }
  const auto key = quote < text.size() ? Unescape(text.substr(0, quote)) : std::nullopt;
  if (!key) return nullptr;
  if (slots_.size() >= kMaxSlots || raw.size() > kMaxSlotBytes) {
    overflow_ = KeySlot(raw, Resolve(*key));
    return &overflow_;
  }
  *hint = slots_.size() + 1;
  slots_.push_back(std::make_unique<KeySlot>(raw, Resolve(*key)));
  by_raw_.emplace(slots_.back()->raw, slots_.size() - 1);
  return slots_.back().get();
}

void StructColumn::Truncate(int64_t length) {
  Column::Truncate(length);
  // Also where the struct itself is not longer: it may have been left half-way.
  for (const auto& child : children_) child->Truncate(length);
}

void StructColumn::Expect(int64_t rows) {
  for (const auto& child : children_) child->Expect(rows);
}

std::vector<std::shared_ptr<arrow::Array>> StructColumn::FinishChildren(
    int64_t length, const arrow::DataType& type) {
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  arrays.reserve(children_.size());
  NullColumns nulls;
  for (size_t i = 0; i < children_.size(); ++i) {
    const auto& child_type = type.field(static_cast<int>(i))->type();
    // No row has a value of it: of a thousand columns, most are such.
    if (children_[i]->length() == 0 && length > 0) {
      if (auto made = nulls.Make(child_type, length)) {
        children_[i]->Forget();
        arrays.push_back(*std::move(made));
        continue;
      }
    }
    arrays.push_back(children_[i]->Finish(length, child_type));
  }
  return arrays;
}

std::shared_ptr<arrow::Array> StructColumn::Finish(int64_t length,
                                                   const std::shared_ptr<arrow::DataType>& type) {
  PadTo(length);
  int64_t nulls = 0;
  auto validity = TakeValidity(&nulls);
  Reset();
  return std::make_shared<arrow::StructArray>(type, length, FinishChildren(length, *type),
                                              std::move(validity), nulls);
}

ListColumn::ListColumn(ColumnKind kind, const iceberg::Field& field)
    : Column(kind, field),
      element_(MakeColumn(field.type->fields[0])),
      element_bytes_(element_->row_bytes()) {}

void ListColumn::Truncate(int64_t length) {
  Column::Truncate(length);
  if (std::ssize(ends_) > length + 1) ends_.resize(static_cast<size_t>(length) + 1);
  element_->Truncate(ends_.back());
}

std::shared_ptr<arrow::Array> ListColumn::Finish(int64_t length,
                                                 const std::shared_ptr<arrow::DataType>& type) {
  PadTo(length);
  int64_t nulls = 0;
  auto validity = TakeValidity(&nulls);
  Reset();
  auto elements = element_->Finish(ends_.back(), type->field(0)->type());
  auto ends = arrow::Buffer::FromVector(std::exchange(ends_, {0}));
  return std::make_shared<arrow::ListArray>(type, length, std::move(ends), std::move(elements),
                                            std::move(validity), nulls);
}

std::unique_ptr<Column> MakeColumn(const iceberg::Field& field) {
  using iceberg::TypeId;
  switch (field.type->id) {
    case TypeId::kBoolean: return std::make_unique<BooleanColumn>(ColumnKind::kBoolean, field);
    case TypeId::kInt: return std::make_unique<IntColumn>(ColumnKind::kInt, field);
    case TypeId::kLong: return std::make_unique<LongColumn>(ColumnKind::kLong, field);
    case TypeId::kFloat: return std::make_unique<FloatColumn>(ColumnKind::kFloat, field);
    case TypeId::kDouble: return std::make_unique<DoubleColumn>(ColumnKind::kDouble, field);
    case TypeId::kString: return std::make_unique<StringColumn>(ColumnKind::kString, field);
    case TypeId::kTimestamp:
    case TypeId::kTimestamptz: return std::make_unique<LongColumn>(ColumnKind::kTime, field);
    case TypeId::kStruct: return std::make_unique<StructColumn>(ColumnKind::kStruct, field);
    case TypeId::kList: return std::make_unique<ListColumn>(ColumnKind::kList, field);
    default: return std::make_unique<OpaqueColumn>(ColumnKind::kOpaque, field);
  }
}

}  // namespace ticklake::lake
