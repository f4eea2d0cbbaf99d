#include "query/partition_lookup.h"

#include <fmt/format.h>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "query/table_sql.h"

namespace ticklake::query {
namespace {

constexpr const char* kFunction = "__ticklake_partition";

using ScalarFunction = Owned<duckdb_scalar_function, duckdb_destroy_scalar_function>;

std::string_view TextAt(duckdb_vector vector, idx_t row) {
  auto* texts = static_cast<duckdb_string_t*>(duckdb_vector_get_data(vector));
  return {duckdb_string_t_data(&texts[row]), duckdb_string_t_length(texts[row])};
}

int64_t NumberAt(duckdb_vector vector, idx_t row) {
  return static_cast<int64_t*>(duckdb_vector_get_data(vector))[row];
}

}  // namespace

struct PartitionLookup::Files {
  std::vector<catalog::PartitionValues> partitions;
  std::unordered_map<std::string, size_t> by_path;
};

// What DuckDB calls, with (table, key, file) of constant table and key.
struct LookupCallback {
  static Result<void> Fill(duckdb_function_info info, duckdb_data_chunk input,
                           duckdb_vector output) {
    auto& lookup = *static_cast<PartitionLookup*>(duckdb_scalar_function_get_extra_info(info));
    const idx_t rows = duckdb_data_chunk_get_size(input);
    if (rows == 0) return {};
    duckdb_vector names = duckdb_data_chunk_get_vector(input, 2);
    const auto id = static_cast<uint64_t>(NumberAt(duckdb_data_chunk_get_vector(input, 0), 0));
    const auto key = static_cast<size_t>(NumberAt(duckdb_data_chunk_get_vector(input, 1), 0));
    const auto files = lookup.tables_.Find(id);
    if (files == nullptr) return Fail(Code::kInternal, "partitions {}: not registered", id);
    std::string_view last;
    const std::string* value = nullptr;
    for (idx_t row = 0; row < rows; ++row) {
      const std::string_view name = TextAt(names, row);
      if (value == nullptr || name != last) {
        const auto found = files->by_path.find(std::string(name));
        if (found == files->by_path.end()) {
          return Fail(Code::kInternal, "file '{}': belongs to no partition", name);
        }
        value = &files->partitions.at(found->second).at(key);
        last = name;
      }
      duckdb_vector_assign_string_element_len(output, row, value->data(), value->size());
    }
    return {};
  }

  static void OnCall(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
    try {
      if (auto done = Fill(info, input, output); !done) {
        duckdb_scalar_function_set_error(info, done.error().message.c_str());
      }
    } catch (const std::exception& e) {  // must not reach DuckDB
      duckdb_scalar_function_set_error(info, e.what());
    }
  }
};

PartitionLookup::PartitionLookup() = default;
PartitionLookup::~PartitionLookup() = default;

Result<std::unique_ptr<PartitionLookup>> PartitionLookup::Register(Connection& connection) {
  std::unique_ptr<PartitionLookup> lookup(new PartitionLookup());
  const ScalarFunction function(duckdb_create_scalar_function());
  const LogicalType number(duckdb_create_logical_type(DUCKDB_TYPE_BIGINT));
  const LogicalType text(duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR));
  duckdb_scalar_function_set_name(function.get(), kFunction);
  duckdb_scalar_function_add_parameter(function.get(), number.get());
  duckdb_scalar_function_add_parameter(function.get(), number.get());
  duckdb_scalar_function_add_parameter(function.get(), text.get());
  duckdb_scalar_function_set_return_type(function.get(), text.get());
  duckdb_scalar_function_set_extra_info(function.get(), lookup.get(), nullptr);
  duckdb_scalar_function_set_function(function.get(), LookupCallback::OnCall);
  if (duckdb_register_scalar_function(connection.handle(), function.get()) != DuckDBSuccess) {
    return Fail(Code::kInternal, "query engine: DuckDB refused the function of partitions");
  }
  return lookup;
}

Result<PartitionLookup::Registration> PartitionLookup::Add(const lake::hive::HiveView& view) {
  Files files{.partitions = view.partitions, .by_path = {}};
  for (const auto& file : view.files) {
    TL_ASSIGN(std::string path, LocalPath(file.path));
    files.by_path.emplace(std::move(path), file.partition);
  }
  return Registration(tables_.Add(std::move(files)));
}

std::string PartitionLookup::Registration::Call(size_t key, const std::string& file) const {
  return fmt::format("{}({}, {}, {})", kFunction, handle_.id(), key, file);
}

}  // namespace ticklake::query
