#include "lake/iceberg/avro_value.h"

#include <bit>
#include <cstring>
#include <limits>

#include "base/bytes.h"

static_assert(std::endian::native == std::endian::little, "floats are copied as they stand");

namespace ticklake::lake::iceberg {
namespace {

// Values without bytes of their own (nulls, empty records) are bounded by this alone.
constexpr uint64_t kValuesWithoutBytes = 1 << 16;
constexpr uint64_t kValuesPerByte = 4;

std::unexpected<Error> Truncated() { return Fail(Code::kCorrupt, "Avro data: cut short"); }

template <class T>
AvroValue FromRaw(std::string_view bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return AvroValue{value};
}

template <class T>
Result<void> AppendRaw(const AvroValue& value, std::string& out) {
  const T* raw = std::get_if<T>(&value.value);
  if (!raw) return Fail(Code::kInternal, "Avro: the value is no floating-point number");
  out.append(reinterpret_cast<const char*>(raw), sizeof *raw);
  return {};
}

Result<void> EncodeText(const AvroType& type, const AvroValue& value, std::string& out) {
  const std::string* text = value.AsString();
  if (!text) return Fail(Code::kInternal, "Avro: the value is no string");
  if (type.kind == AvroKind::kFixed) {
    if (text->size() != type.size) return Fail(Code::kInternal, "Avro: fixed of another size");
  } else {
    AppendVarint(out, static_cast<int64_t>(text->size()));
  }
  out += *text;
  return {};
}

Result<void> EncodeList(const AvroType& type, const AvroList& list, std::string& out) {
  if (type.kind == AvroKind::kRecord) {
    if (list.size() != type.fields.size()) return Fail(Code::kInternal, "Avro: fields missing");
    for (size_t i = 0; i < list.size(); ++i) {
      TL_TRY(EncodeAvro(*type.fields[i].type, list[i], out));
    }
    return {};
  }
  if (!list.empty()) AppendVarint(out, static_cast<int64_t>(list.size()));
  for (const AvroValue& item : list) {
    if (type.kind == AvroKind::kArray) {
      TL_TRY(EncodeAvro(*type.branches[0], item, out));
      continue;
    }
    const AvroList* entry = item.AsList();
    if (!entry || entry->size() != 2) return Fail(Code::kInternal, "Avro: no map entry");
    AvroType key;
    key.kind = AvroKind::kString;
    TL_TRY(EncodeText(key, (*entry)[0], out));
    TL_TRY(EncodeAvro(*type.branches[0], (*entry)[1], out));
  }
  AppendVarint(out, 0);
  return {};
}

Result<void> EncodeUnion(const AvroType& type, const AvroValue& value, std::string& out) {
  if (type.branches.size() != 2 || type.branches[0]->kind != AvroKind::kNull) {
    return Fail(Code::kInternal, "Avro: only optional values are written as unions");
  }
  AppendVarint(out, value.IsNull() ? 0 : 1);
  return value.IsNull() ? Result<void>() : EncodeAvro(*type.branches[1], value, out);
}

}  // namespace

AvroDecoder::AvroDecoder(std::string_view bytes)
    : at_(bytes.data()),
      end_(bytes.data() + bytes.size()),
      values_left_(kValuesWithoutBytes + kValuesPerByte * bytes.size()) {}

Result<void> AvroDecoder::Count() {
  if (values_left_ == 0) return Fail(Code::kCorrupt, "Avro data: more values than bytes explain");
  --values_left_;
  return {};
}

Result<int64_t> AvroDecoder::ReadLong() {
  uint64_t raw = 0;
  const char* next = ReadUvarint(at_, end_, &raw);
  if (!next) return Truncated();
  at_ = next;
  return UnZigZag(raw);
}

Result<std::string_view> AvroDecoder::ReadBytes(uint64_t size) {
  if (size > static_cast<uint64_t>(end_ - at_)) return Truncated();
  const std::string_view bytes(at_, static_cast<size_t>(size));
  at_ += size;
  return bytes;
}

Result<uint64_t> AvroDecoder::ReadIndex(size_t bound) {
  TL_ASSIGN(const int64_t index, ReadLong());
  if (index < 0 || static_cast<uint64_t>(index) >= bound) {
    return Fail(Code::kCorrupt, "Avro data: position {} of {}", index, bound);
  }
  return static_cast<uint64_t>(index);
}

Result<AvroValue> AvroDecoder::Read(const AvroType& type) {
  if (type.kind != AvroKind::kUnion) TL_TRY(Count());
  switch (type.kind) {
    case AvroKind::kNull: return AvroValue{};
    case AvroKind::kBoolean: {
      TL_ASSIGN(const std::string_view byte, ReadBytes(1));
      return AvroValue{byte[0] != 0};
    }
    case AvroKind::kInt:
    case AvroKind::kLong: {
      TL_ASSIGN(const int64_t value, ReadLong());
      return AvroValue{value};
    }
    case AvroKind::kFloat: {
      TL_ASSIGN(const std::string_view bytes, ReadBytes(sizeof(float)));
      return FromRaw<float>(bytes);
    }
    case AvroKind::kDouble: {
      TL_ASSIGN(const std::string_view bytes, ReadBytes(sizeof(double)));
      return FromRaw<double>(bytes);
    }
    case AvroKind::kBytes:
    case AvroKind::kString: {
      TL_ASSIGN(const int64_t size, ReadLong());
      // A negative length becomes one that no block has.
      TL_ASSIGN(const std::string_view bytes, ReadBytes(static_cast<uint64_t>(size)));
      return AvroValue{std::string(bytes)};
    }
    case AvroKind::kFixed: {
      TL_ASSIGN(const std::string_view bytes, ReadBytes(type.size));
      return AvroValue{std::string(bytes)};
    }
    case AvroKind::kEnum: {
      TL_ASSIGN(const uint64_t index, ReadIndex(type.symbols.size()));
      return AvroValue{static_cast<int64_t>(index)};
    }
    case AvroKind::kUnion: {
      TL_ASSIGN(const uint64_t branch, ReadIndex(type.branches.size()));
      return Read(*type.branches[branch]);
    }
    case AvroKind::kRecord: return ReadRecord(type);
    case AvroKind::kArray:
    case AvroKind::kMap: return ReadSequence(type);
  }
  return Fail(Code::kInternal, "Avro: unknown kind");
}

Result<AvroValue> AvroDecoder::ReadRecord(const AvroType& type) {
  AvroList fields;
  fields.reserve(type.fields.size());
  for (const AvroField& field : type.fields) {
    TL_ASSIGN(AvroValue value, Read(*field.type));
    fields.push_back(std::move(value));
  }
  return AvroValue{std::move(fields)};
}

// Blocks of items: a count, then the items; a negative count is followed by the block's size.
Result<AvroValue> AvroDecoder::ReadSequence(const AvroType& type) {
  AvroList items;
  while (true) {
    TL_ASSIGN(int64_t count, ReadLong());
    if (count == 0) return AvroValue{std::move(items)};
    if (count < 0) {
      if (count == std::numeric_limits<int64_t>::min()) return Truncated();
      count = -count;
      TL_TRY(ReadLong());
    }
    for (; count > 0; --count) {
      AvroValue key;
      if (type.kind == AvroKind::kMap) {
        TL_ASSIGN(const int64_t size, ReadLong());
        TL_ASSIGN(const std::string_view bytes, ReadBytes(static_cast<uint64_t>(size)));
        key.value = std::string(bytes);
      }
      TL_ASSIGN(AvroValue item, Read(*type.branches[0]));
      if (type.kind == AvroKind::kMap) item = AvroValue{AvroList{std::move(key), std::move(item)}};
      items.push_back(std::move(item));
    }
  }
}

Result<void> EncodeAvro(const AvroType& type, const AvroValue& value, std::string& out) {
  switch (type.kind) {
    case AvroKind::kNull:
      if (!value.IsNull()) return Fail(Code::kInternal, "Avro: the value is not null");
      return {};
    case AvroKind::kBoolean: {
      const bool* flag = std::get_if<bool>(&value.value);
      if (!flag) return Fail(Code::kInternal, "Avro: the value is no boolean");
      out.push_back(*flag ? '\1' : '\0');
      return {};
    }
    case AvroKind::kInt:
    case AvroKind::kLong:
    case AvroKind::kEnum: {
      const int64_t* number = value.AsLong();
      if (!number) return Fail(Code::kInternal, "Avro: the value is no integer");
      AppendVarint(out, *number);
      return {};
    }
    case AvroKind::kFloat: return AppendRaw<float>(value, out);
    case AvroKind::kDouble: return AppendRaw<double>(value, out);
    case AvroKind::kBytes:
    case AvroKind::kString:
    case AvroKind::kFixed: return EncodeText(type, value, out);
    case AvroKind::kUnion: return EncodeUnion(type, value, out);
    case AvroKind::kRecord:
    case AvroKind::kArray:
    case AvroKind::kMap: {
      const AvroList* list = value.AsList();
      if (!list) return Fail(Code::kInternal, "Avro: the value has no parts");
      return EncodeList(type, *list, out);
    }
  }
  return Fail(Code::kInternal, "Avro: unknown kind");
}

}  // namespace ticklake::lake::iceberg
