#include "query/results/value_text.h"

#include <fmt/format.h>
#include <charconv>
#include <cmath>
#include <cstring>
#include <iterator>

#include "query/results/number_text.h"
#include "query/results/temporal_text.h"

namespace ticklake::query {
namespace {

template <class T>
const T& Data(const Cell& cell) {
  return static_cast<const T*>(duckdb_vector_get_data(cell.vector))[cell.row];
}

std::string_view Bytes(const Cell& cell) {
  const auto& stored = Data<duckdb_string_t>(cell);
  const uint32_t size = stored.value.inlined.length;
  constexpr uint32_t kInlined = sizeof stored.value.inlined.inlined;
  return {size <= kInlined ? stored.value.inlined.inlined : stored.value.pointer.ptr, size};
}

template <class T>
void AppendInteger(T value, std::string& out) {
  fmt::format_to(std::back_inserter(out), "{}", value);
}

duckdb_hugeint Widen(int64_t value) { return {static_cast<uint64_t>(value), value < 0 ? -1 : 0}; }

void AppendDecimalCell(const Cell& cell, std::string& out) {
  const uint8_t scale = cell.type.scale;
  switch (cell.type.storage) {
    case DUCKDB_TYPE_SMALLINT: AppendDecimal(Widen(Data<int16_t>(cell)), scale, out); break;
    case DUCKDB_TYPE_INTEGER: AppendDecimal(Widen(Data<int32_t>(cell)), scale, out); break;
    case DUCKDB_TYPE_BIGINT: AppendDecimal(Widen(Data<int64_t>(cell)), scale, out); break;
    default: AppendDecimal(Data<duckdb_hugeint>(cell), scale, out); break;
  }
}

// A number's text; false if the type is no number.
bool AppendNumber(const Cell& cell, std::string& out) {
  switch (cell.type.id) {
    case DUCKDB_TYPE_TINYINT: AppendInteger(Data<int8_t>(cell), out); return true;
    case DUCKDB_TYPE_SMALLINT: AppendInteger(Data<int16_t>(cell), out); return true;
    case DUCKDB_TYPE_INTEGER: AppendInteger(Data<int32_t>(cell), out); return true;
    case DUCKDB_TYPE_BIGINT: AppendInteger(Data<int64_t>(cell), out); return true;
    case DUCKDB_TYPE_UTINYINT: AppendInteger(Data<uint8_t>(cell), out); return true;
    case DUCKDB_TYPE_USMALLINT: AppendInteger(Data<uint16_t>(cell), out); return true;
    case DUCKDB_TYPE_UINTEGER: AppendInteger(Data<uint32_t>(cell), out); return true;
    case DUCKDB_TYPE_UBIGINT: AppendInteger(Data<uint64_t>(cell), out); return true;
    case DUCKDB_TYPE_FLOAT: AppendFloating(Data<float>(cell), out); return true;
    case DUCKDB_TYPE_DOUBLE: AppendFloating(Data<double>(cell), out); return true;
    case DUCKDB_TYPE_HUGEINT: AppendHuge(Data<duckdb_hugeint>(cell), out); return true;
    case DUCKDB_TYPE_UHUGEINT: AppendHuge(Data<duckdb_uhugeint>(cell), out); return true;
    case DUCKDB_TYPE_DECIMAL: AppendDecimalCell(cell, out); return true;
    case DUCKDB_TYPE_BIGNUM: AppendBignum(Bytes(cell), out); return true;
    default: return false;
  }
}

// The text of a date or time; false if the type is none.
bool AppendTemporal(const Cell& cell, TimeStyle style, std::string& out) {
  const auto stamp = [&](int64_t per_second, bool zoned) {
    AppendTimestamp(Data<int64_t>(cell), {per_second, zoned, style}, out);
    return true;
  };
  switch (cell.type.id) {
    case DUCKDB_TYPE_DATE: AppendDate(Data<int32_t>(cell), out); return true;
    case DUCKDB_TYPE_TIME: AppendTime(Data<int64_t>(cell), 1'000'000, out); return true;
    case DUCKDB_TYPE_TIME_NS: AppendTime(Data<int64_t>(cell), 1'000'000'000, out); return true;
    case DUCKDB_TYPE_TIME_TZ: AppendTimeTz(Data<uint64_t>(cell), out); return true;
    case DUCKDB_TYPE_TIMESTAMP_S: return stamp(1, false);
    case DUCKDB_TYPE_TIMESTAMP_MS: return stamp(1'000, false);
    case DUCKDB_TYPE_TIMESTAMP: return stamp(1'000'000, false);
    case DUCKDB_TYPE_TIMESTAMP_NS: return stamp(1'000'000'000, false);
    case DUCKDB_TYPE_TIMESTAMP_TZ: return stamp(1'000'000, true);
    case DUCKDB_TYPE_INTERVAL: AppendInterval(Data<duckdb_interval>(cell), out); return true;
    default: return false;
  }
}

// As DuckDB stores it: the first 8 bytes with their top bit turned over, for sorting.
void AppendUuid(const duckdb_hugeint& value, std::string& out) {
  const uint64_t upper = static_cast<uint64_t>(value.upper) ^ (uint64_t{1} << 63);
  fmt::format_to(std::back_inserter(out), "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", upper >> 32,
                 (upper >> 16) & 0xFFFF, upper & 0xFFFF, value.lower >> 48,
                 value.lower & 0xFFFF'FFFF'FFFF);
}

// The first byte says how many leading bits of the second are padding.
void AppendBits(std::string_view stored, std::string& out) {
  if (stored.empty()) return;
  const auto padding = static_cast<size_t>(static_cast<unsigned char>(stored[0]));
  for (size_t bit = padding; bit < (stored.size() - 1) * 8; ++bit) {
    const auto byte = static_cast<unsigned char>(stored[1 + bit / 8]);
    out += (byte >> (7 - bit % 8)) & 1 ? '1' : '0';
  }
}

const std::string& EnumName(const Cell& cell) {
  switch (cell.type.storage) {
    case DUCKDB_TYPE_UTINYINT: return cell.type.names.at(Data<uint8_t>(cell));
    case DUCKDB_TYPE_USMALLINT: return cell.type.names.at(Data<uint16_t>(cell));
    default: return cell.type.names.at(Data<uint32_t>(cell));
  }
}

// Printable ASCII as it is, every other byte as \xHH.
void AppendEscapedBytes(std::string_view bytes, std::string& out) {
  for (const char c : bytes) {
    if (c >= ' ' && c <= '~' && c != '\\') {
      out += c;
    } else {
      fmt::format_to(std::back_inserter(out), "\\x{:02X}", static_cast<unsigned char>(c));
    }
  }
}

void AppendBase64(std::string_view bytes, std::string& out) {
  static constexpr char kAlphabet[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    const size_t count = std::min<size_t>(3, bytes.size() - i);
    for (size_t k = 0; k < 3; ++k) {
      group = group << 8 | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (size_t k = 0; k < 4; ++k) {
      out += k <= count ? kAlphabet[(group >> (18 - 6 * k)) & 0x3F] : '=';
    }
  }
}

void AppendJsonList(const ColumnType& element, duckdb_vector vector, duckdb_list_entry range,
                    std::string& out) {
  out += '[';
  for (uint64_t i = 0; i < range.length; ++i) {
    if (i != 0) out += ',';
    AppendJson({element, vector, range.offset + i}, out);
  }
  out += ']';
}

void AppendJsonStruct(const Cell& cell, std::string& out) {
  const bool unnamed = !cell.type.names.empty() && cell.type.names[0].empty();  // row(1, 2)
  out += unnamed ? '[' : '{';
  for (size_t i = 0; i < cell.type.children.size(); ++i) {
    if (i != 0) out += ',';
    if (!unnamed) {
      AppendJsonString(cell.type.names[i], out);
      out += ':';
    }
    AppendJson({cell.type.children[i], duckdb_struct_vector_get_child(cell.vector, i), cell.row},
               out);
  }
  out += unnamed ? ']' : '}';
}

// An object; keys that are not strings become their JSON text.
void AppendJsonMap(const Cell& cell, std::string& out) {
  const auto range = Data<duckdb_list_entry>(cell);
  duckdb_vector entries = duckdb_list_vector_get_child(cell.vector);
  duckdb_vector keys = duckdb_struct_vector_get_child(entries, 0);
  duckdb_vector values = duckdb_struct_vector_get_child(entries, 1);
  out += '{';
  for (uint64_t i = range.offset; i < range.offset + range.length; ++i) {
    if (i != range.offset) out += ',';
    std::string key;
    AppendJson({cell.type.children[0], keys, i}, key);
    if (key.starts_with('"')) {
      out += key;
    } else {
      AppendJsonString(key, out);
    }
    out += ':';
    AppendJson({cell.type.children[1], values, i}, out);
  }
  out += '}';
}

void AppendJsonUnion(const Cell& cell, std::string& out) {
  // A union is a struct whose first child is the tag.
  duckdb_vector tags = duckdb_struct_vector_get_child(cell.vector, 0);
  const auto tag = static_cast<const uint8_t*>(duckdb_vector_get_data(tags))[cell.row];
  duckdb_vector member = duckdb_struct_vector_get_child(cell.vector, tag + idx_t{1});
  AppendJson({cell.type.children.at(tag), member, cell.row}, out);
}

// The JSON of a nested value; false if the type is not nested.
bool AppendNested(const Cell& cell, std::string& out) {
  switch (cell.type.id) {
    case DUCKDB_TYPE_STRUCT: AppendJsonStruct(cell, out); return true;
    case DUCKDB_TYPE_MAP: AppendJsonMap(cell, out); return true;
    case DUCKDB_TYPE_UNION: AppendJsonUnion(cell, out); return true;
    case DUCKDB_TYPE_LIST:
      AppendJsonList(cell.type.children[0], duckdb_list_vector_get_child(cell.vector),
                     Data<duckdb_list_entry>(cell), out);
      return true;
    case DUCKDB_TYPE_ARRAY:
      AppendJsonList(cell.type.children[0], duckdb_array_vector_get_child(cell.vector),
                     {cell.row * cell.type.array_size, cell.type.array_size}, out);
      return true;
    default: return false;
  }
}

// JSON text as it is, but without line ends: inside strings JSON has none, and jsonl needs one
// line a row.
void AppendOnOneLine(std::string_view json, std::string& out) {
  for (const char c : json) out += c == '\n' || c == '\r' ? ' ' : c;
}

bool IsFinite(const Cell& cell) {
  if (cell.type.id == DUCKDB_TYPE_DOUBLE) return std::isfinite(Data<double>(cell));
  if (cell.type.id == DUCKDB_TYPE_FLOAT) return std::isfinite(Data<float>(cell));
  return true;
}

// Bytes of the UTF-8 character at the start of `text`; 0 if it is none.
size_t CharacterSize(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  size_t size = 1;
  if (lead >= 0xF0) {
    size = lead <= 0xF4 ? 4 : 0;
  } else if (lead >= 0xE0) {
    size = 3;
  } else if (lead >= 0x80) {
    size = lead >= 0xC2 ? 2 : 0;
  }
  if (size == 0 || size > text.size()) return 0;
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  const bool overlong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xF0 && byte(1) < 0x90);
  const bool outside = (lead == 0xED && byte(1) >= 0xA0) || (lead == 0xF4 && byte(1) >= 0x90);
  return overlong || outside ? 0 : size;
}

}  // namespace

bool Cell::IsNull() const {
  if (type.id == DUCKDB_TYPE_SQLNULL) return true;
  uint64_t* validity = duckdb_vector_get_validity(vector);
  return validity != nullptr && ((validity[row / 64] >> (row % 64)) & 1) == 0;
}

void AppendText(const Cell& cell, std::string& out) {
  if (AppendNumber(cell, out) || AppendTemporal(cell, TimeStyle::kSql, out) ||
      AppendNested(cell, out)) {
    return;
  }
  switch (cell.type.id) {
    case DUCKDB_TYPE_BOOLEAN: out += Data<bool>(cell) ? "true" : "false"; break;
    case DUCKDB_TYPE_UUID: AppendUuid(Data<duckdb_hugeint>(cell), out); break;
    case DUCKDB_TYPE_ENUM: out += EnumName(cell); break;
    case DUCKDB_TYPE_BIT: AppendBits(Bytes(cell), out); break;
    case DUCKDB_TYPE_BLOB:
    case DUCKDB_TYPE_GEOMETRY: AppendEscapedBytes(Bytes(cell), out); break;
    default: out += Bytes(cell); break;
  }
}

void AppendJson(const Cell& cell, std::string& out) {
  if (cell.IsNull()) {
    out += "null";
    return;
  }
  if (cell.type.IsNumber() && IsFinite(cell)) {
    AppendNumber(cell, out);
    return;
  }
  if (AppendNested(cell, out)) return;
  if (cell.type.id == DUCKDB_TYPE_BOOLEAN) {
    out += Data<bool>(cell) ? "true" : "false";
  } else if (cell.type.is_json) {
    AppendOnOneLine(Bytes(cell), out);
  } else if (cell.type.id == DUCKDB_TYPE_BLOB || cell.type.id == DUCKDB_TYPE_GEOMETRY) {
    out += '"';
    AppendBase64(Bytes(cell), out);
    out += '"';
  } else if (cell.type.id == DUCKDB_TYPE_VARCHAR) {
    AppendJsonString(Bytes(cell), out);
  } else {
    std::string text;
    if (!AppendTemporal(cell, TimeStyle::kIso, text)) AppendText(cell, text);
    AppendJsonString(text, out);
  }
}

void AppendJsonString(std::string_view text, std::string& out) {
  out += '"';
  while (!text.empty()) {
    const char c = text[0];
    size_t size = 1;
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
    } else if (const size_t character = CharacterSize(text); character == 0) {
      out += "\xEF\xBF\xBD";
    } else {
      size = character;
      out += text.substr(0, size);
    }
    text.remove_prefix(size);
  }
  out += '"';
}

}  // namespace ticklake::query
