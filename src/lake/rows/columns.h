// Column builders: a tree that mirrors a table's columns, filled row by row.
//
// Rows are sparse: a column that a record does not mention is not touched, and is padded with
// nulls when it is next needed. So length() > row tells that the row has a value already, and a row
// that fails half-way is taken back by Truncate. Fast paths are inline; the parser switches on
// kind() and calls the concrete class.
// Threading: one tree belongs to one thread. Does not: parse, or change its shape: a new schema
// means a new tree.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <arrow/type_fwd.h>

#include "lake/iceberg/schema.h"

namespace ticklake::lake {

enum class ColumnKind : uint8_t {
  kBoolean,
  kInt,
  kLong,
  kFloat,
  kDouble,
  kString,
  kTime,  ///< timestamptz or timestamp, microseconds
  kStruct,
  kList,
  kOpaque,  ///< a type that JSON values cannot fill: always null
};

/// How a column of a fixed schema reads JSON, beyond its type (docs/tables.md).
enum class ReadMode : uint8_t {
  kPlain,
  kNanos,   ///< kTime: integer nanoseconds, or ISO 8601 text
  kNumber,  ///< kDouble: also a decimal number in a string
  kText,    ///< kString: also an integer, as its text
};

class Column {
 public:
  Column(ColumnKind kind, const iceberg::Field& field);
  virtual ~Column() = default;
  Column(const Column&) = delete;
  Column& operator=(const Column&) = delete;

  ColumnKind kind() const { return kind_; }
  int64_t length() const { return length_; }
  /// True if the row has a value that is not null. row < length().
  bool IsValid(int64_t row) const {
    return valid_.empty() || valid_[static_cast<size_t>(row)] != 0;
  }
  const std::string& name() const { return name_; }
  const std::string& key() const { return key_; }

  /// Appends nulls up to `length` rows; no effect if there are as many.
  void PadTo(int64_t length) {
    if (length_ < length) Pad(length);
  }
  /// Takes back rows from `length` on.
  virtual void Truncate(int64_t length);
  /// A hint that about so many rows follow.
  virtual void Expect(int64_t /*rows*/) {}
  /// Nothing is expected any more: a batch has gone by without a value.
  virtual void Forget() {}
  /// About how many bytes a row takes, even if it is null: texts and elements of lists come on top.
  virtual int64_t row_bytes() const = 0;
  /// The array of `length` rows (padded), of Arrow type `type`; leaves the column empty.
  virtual std::shared_ptr<arrow::Array> Finish(int64_t length,
                                               const std::shared_ptr<arrow::DataType>& type) = 0;

  // Fixed schemas.
  ReadMode mode = ReadMode::kPlain;
  bool required = false;    ///< a record without it is a dead letter
  Column* exact = nullptr;  ///< kNanos: the long column that gets the nanoseconds

 protected:
  virtual void PadValues(int64_t count) = 0;
  /// Before a value is stored for the next row.
  void Grow() {
    ++length_;
    if (!valid_.empty()) valid_.push_back(1);
  }
  /// The validity bitmap of the first length_ rows, nullptr if all are valid; clears it.
  std::shared_ptr<arrow::Buffer> TakeValidity(int64_t* nulls);
  void Reset() { length_ = 0; }

 private:
  void Pad(int64_t length);

  ColumnKind kind_;
  std::string name_;
  std::string key_;
  int64_t length_ = 0;
  std::vector<uint8_t> valid_;  ///< one byte a row; empty while all rows are valid
};

/// Columns of fixed-width values.
template <class T>
class ValueColumn final : public Column {
 public:
  using Column::Column;
  void Append(T value) {
    Grow();
    values_.push_back(value);
  }
  void Truncate(int64_t length) override {
    Column::Truncate(length);
    if (std::ssize(values_) > length) values_.resize(static_cast<size_t>(length));
  }
  int64_t row_bytes() const override { return sizeof(T) + 1; }
  void Expect(int64_t rows) override {
    if (used_) values_.reserve(static_cast<size_t>(rows));
  }
  void Forget() override {
    used_ = false;
    values_ = {};
  }
  std::shared_ptr<arrow::Array> Finish(int64_t length,
                                       const std::shared_ptr<arrow::DataType>& type) override;

 private:
  void PadValues(int64_t count) override {
    values_.resize(values_.size() + static_cast<size_t>(count));
  }

  std::vector<T> values_;
  bool used_ = false;  ///< had values in the last batch
};

using LongColumn = ValueColumn<int64_t>;  ///< long, and times in microseconds
using IntColumn = ValueColumn<int32_t>;
using DoubleColumn = ValueColumn<double>;
using FloatColumn = ValueColumn<float>;

class BooleanColumn final : public Column {
 public:
  using Column::Column;
  void Append(bool value) {
    Grow();
    values_.push_back(value ? 1 : 0);
  }
  void Truncate(int64_t length) override;
  int64_t row_bytes() const override { return 2; }
  std::shared_ptr<arrow::Array> Finish(int64_t length,
                                       const std::shared_ptr<arrow::DataType>& type) override;

 private:
  void PadValues(int64_t count) override {
    values_.resize(values_.size() + static_cast<size_t>(count));
  }

  std::vector<uint8_t> values_;
};

class StringColumn final : public Column {
 public:
  StringColumn(ColumnKind kind, const iceberg::Field& field) : Column(kind, field) {}
  void Append(std::string_view value) {
    Grow();
    text_.append(value);
    ends_.push_back(static_cast<int32_t>(text_.size()));
  }
  void Truncate(int64_t length) override;
  int64_t row_bytes() const override { return sizeof(int32_t) + 1; }
  void Expect(int64_t rows) override;
  void Forget() override {
    last_bytes_ = 0;
    ends_ = {0};
    text_ = {};
  }
  std::shared_ptr<arrow::Array> Finish(int64_t length,
                                       const std::shared_ptr<arrow::DataType>& type) override;

 private:
  void PadValues(int64_t count) override {
    ends_.resize(ends_.size() + static_cast<size_t>(count), ends_.back());
  }

  std::vector<int32_t> ends_{0};  ///< Arrow's offsets
  std::string text_;
  size_t last_bytes_ = 0;  ///< text of the last batch
};

/// A key of an object as it was seen, and where its value goes.
struct KeySlot {
  KeySlot() = default;
  KeySlot(std::string_view key, Column* to) : raw(key), column(to) {
    const size_t first = std::min<size_t>(raw.size(), 8);
    std::memcpy(&head, raw.data(), first);
    std::memset(&head_mask, 0xFF, first);
    if (raw.size() >= 8) std::memcpy(&tail, raw.data() + raw.size() - 8, 8);
  }

  /// True if the text, of which `readable` bytes can be read, begins with `raw`.
  bool Leads(const char* text, size_t readable) const {
    const size_t size = raw.size();
    if (size > readable) return false;
    if (size > 16 || readable < 8) return std::memcmp(raw.data(), text, size) == 0;
    uint64_t first = 0;
    std::memcpy(&first, text, 8);
    if (((first ^ head) & head_mask) != 0) return false;
    if (size <= 8) return true;
    uint64_t last = 0;
    std::memcpy(&last, text + size - 8, 8);
    return last == tail;
  }

  std::string raw;           ///< escaped, with the closing quote
  Column* column = nullptr;  ///< nullptr: no such column
  uint64_t head = 0;         ///< its first 8 bytes, or all
  uint64_t head_mask = 0;    ///< those that count
  uint64_t tail = 0;         ///< its last 8 bytes, if it has as many
};

class StructColumn final : public Column {
 public:
  StructColumn(ColumnKind kind, const iceberg::Field& field);

  /// The slot of a raw key that starts at `raw` (after the quote), with `readable` bytes behind
  /// it; nullptr if the key is malformed. *hint: the slot guessed first; moves on, because keys
  /// come in the same order in most records.
  const KeySlot* Lookup(const char* raw, size_t readable, size_t* hint) {
    if (*hint < slots_.size()) {
      const KeySlot* guess = slots_[*hint].get();
      if (guess->Leads(raw, readable)) {
        ++*hint;
        return guess;
      }
    }
    return Search(std::string_view(raw, readable), hint);
  }

  /// The row is complete: the struct has a value.
  void Close() { Grow(); }
  const std::vector<std::unique_ptr<Column>>& children() const { return children_; }
  /// The child column called `name`, or nullptr.
  Column* Child(std::string_view name) const;
  /// JSON keys no longer lead to this child: something else fills it.
  void Hide(const Column& child);

  void Truncate(int64_t length) override;
  int64_t row_bytes() const override {
    int64_t bytes = 1;
    for (const auto& child : children_) bytes += child->row_bytes();
    return bytes;
  }
  void Forget() override {
    for (const auto& child : children_) child->Forget();
  }
  void Expect(int64_t rows) override;
  std::shared_ptr<arrow::Array> Finish(int64_t length,
                                       const std::shared_ptr<arrow::DataType>& type) override;
  /// As Finish, the children alone, in order.
  std::vector<std::shared_ptr<arrow::Array>> FinishChildren(int64_t length,
                                                            const arrow::DataType& type);

 private:
  const KeySlot* Search(std::string_view text, size_t* hint);
  Column* Resolve(const std::string& key) const;
  void PadValues(int64_t /*count*/) override {}  // children are padded by Finish

  std::vector<std::unique_ptr<Column>> children_;
  std::vector<std::unique_ptr<KeySlot>> slots_;
  std::unordered_map<std::string_view, size_t> by_raw_;  ///< views into slots_
  std::unordered_map<std::string, Column*> by_key_;
  std::unordered_map<std::string, Column*> by_folded_name_;  ///< of columns with unknown keys
  KeySlot overflow_;                                         ///< reused when slots_ is full
};

class ListColumn final : public Column {
 public:
  ListColumn(ColumnKind kind, const iceberg::Field& field);
  Column& element() { return *element_; }
  int64_t element_bytes() const { return element_bytes_; }  ///< its row_bytes
  int32_t begin() const { return ends_.back(); }            ///< where the row being built begins
  /// The row is complete: it has all elements appended since the last.
  void Close() {
    Grow();
    ends_.push_back(static_cast<int32_t>(element_->length()));
  }
  void Truncate(int64_t length) override;
  int64_t row_bytes() const override { return sizeof(int32_t) + 1; }
  std::shared_ptr<arrow::Array> Finish(int64_t length,
                                       const std::shared_ptr<arrow::DataType>& type) override;

 private:
  void PadValues(int64_t count) override {
    ends_.resize(ends_.size() + static_cast<size_t>(count), ends_.back());
  }

  std::vector<int32_t> ends_{0};
  std::unique_ptr<Column> element_;
  int64_t element_bytes_;
};

std::unique_ptr<Column> MakeColumn(const iceberg::Field& field);

}  // namespace ticklake::lake
