#include "lake/iceberg/literal.h"

#include <bit>
#include <cstring>

static_assert(std::endian::native == std::endian::little, "numbers are copied as they stand");

namespace ticklake::lake::iceberg {
namespace {

template <class T>
std::string Raw(T value) {
  return std::string(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class T>
T Load(std::string_view bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

struct Serialize {
  std::string operator()(std::monostate) const { return ""; }
  std::string operator()(bool v) const { return std::string(1, v ? '\1' : '\0'); }
  std::string operator()(const std::string& v) const { return v; }
  template <class T>
  std::string operator()(T v) const {
    return Raw(v);
  }
};

std::unexpected<Error> WrongLength(TypeId type, size_t size) {
  return Fail(Code::kCorrupt, "single value: {} bytes do not make a {}", size,
              TypeName(*Primitive(type)));
}

}  // namespace

std::string SingleValue(const Literal& value) { return std::visit(Serialize{}, value); }

Result<Literal> ParseSingleValue(TypeId type, std::string_view bytes) {
  const size_t size = bytes.size();
  switch (type) {
    case TypeId::kBoolean:
      if (size == 1) return Literal(bytes[0] != 0);
      break;
    case TypeId::kInt:
    case TypeId::kDate:
      if (size == 4) return Literal(Load<int32_t>(bytes));
      break;
    case TypeId::kLong:
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestamptz:
      if (size == 8) return Literal(Load<int64_t>(bytes));
      if (size == 4 && type == TypeId::kLong) return Literal(int64_t{Load<int32_t>(bytes)});
      break;
    case TypeId::kFloat:
      if (size == 4) return Literal(Load<float>(bytes));
      break;
    case TypeId::kDouble:
      if (size == 8) return Literal(Load<double>(bytes));
      if (size == 4) return Literal(double{Load<float>(bytes)});
      break;
    case TypeId::kUuid:
      if (size == 16) return Literal(std::string(bytes));
      break;
    case TypeId::kString:
    case TypeId::kBinary:
    case TypeId::kFixed:
    case TypeId::kDecimal: return Literal(std::string(bytes));
    case TypeId::kStruct:
    case TypeId::kList:
    case TypeId::kMap: return Fail(Code::kInvalid, "single value: nested types have none");
  }
  return WrongLength(type, size);
}

}  // namespace ticklake::lake::iceberg
