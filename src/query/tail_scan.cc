#include "query/tail_scan.h"

#include <arrow/c/bridge.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>
#include <algorithm>
#include <atomic>

namespace ticklake::query {
namespace {

constexpr const char* kFunction = "__ticklake_tail";
constexpr int64_t kSlice = 2'048;  // rows of a DuckDB vector

std::string Message(duckdb_error_data error) {
  std::string message = duckdb_error_data_message(error);
  duckdb_destroy_error_data(&error);
  return message;
}

// DuckDB's form of an Arrow schema, for converting batches.
Result<ArrowTypes> Convert(const arrow::Schema& schema, Connection& connection) {
  ArrowSchema exported;
  if (const arrow::Status status = arrow::ExportSchema(schema, &exported); !status.ok()) {
    return Fail(Code::kInternal, "tail: {}", status.ToString());
  }
  duckdb_arrow_converted_schema types = nullptr;
  duckdb_error_data error = duckdb_schema_from_arrow(connection.handle(), &exported, &types);
  if (exported.release != nullptr) exported.release(&exported);
  if (error != nullptr) return Fail(Code::kInternal, "tail: {}", Message(error));
  return ArrowTypes(types);
}

// At most kSlice rows of a batch as vectors that share its buffers.
Result<DataChunk> Convert(const arrow::RecordBatch& rows, const ArrowTypes& types,
                          Connection& connection) {
  ArrowArray exported;
  if (const arrow::Status status = arrow::ExportRecordBatch(rows, &exported); !status.ok()) {
    return Fail(Code::kInternal, "tail: {}", status.ToString());
  }
  duckdb_data_chunk chunk = nullptr;
  duckdb_error_data error =
      duckdb_data_chunk_from_arrow(connection.handle(), &exported, types.get(), &chunk);
  if (exported.release != nullptr) exported.release(&exported);
  if (error != nullptr) return Fail(Code::kInternal, "tail: {}", Message(error));
  return DataChunk(chunk);
}

struct BindData {
  std::shared_ptr<const Batches> batches;
};

// One scan of a tail: the columns it wants, and the slices not handed out yet.
struct Scan {
  Batches batches;             // of the wanted columns
  std::vector<idx_t> targets;  // the output vector of each wanted column
  ArrowTypes types;
  std::vector<std::pair<size_t, int64_t>> slices;  // batch, first row
  std::atomic<size_t> next{0};
};

template <class T>
void Delete(void* data) {
  delete static_cast<T*>(data);
}

}  // namespace

// What DuckDB calls. Exceptions must not reach it.
struct TailCallbacks {
  static TailScan& Owner(void* extra) { return *static_cast<TailScan*>(extra); }

  static Result<void> Bind(duckdb_bind_info info) {
    TailScan& owner = Owner(duckdb_bind_get_extra_info(info));
    duckdb_value parameter = duckdb_bind_get_parameter(info, 0);
    const auto id = static_cast<uint64_t>(duckdb_get_int64(parameter));
    duckdb_destroy_value(&parameter);
    auto data = std::make_unique<BindData>(owner.tails_.Find(id));
    if (data->batches == nullptr) return Fail(Code::kInternal, "tail {}: not registered", id);

    const arrow::RecordBatch& first = *data->batches->front();
    TL_ASSIGN(const ArrowTypes types, Convert(*first.schema(), owner.connection_));
    TL_ASSIGN(const DataChunk empty, Convert(*first.Slice(0, 0), types, owner.connection_));
    for (int c = 0; c < first.num_columns(); ++c) {
      const LogicalType type(duckdb_vector_get_column_type(
          duckdb_data_chunk_get_vector(empty.get(), static_cast<idx_t>(c))));
      duckdb_bind_add_result_column(info, first.column_name(c).c_str(), type.get());
    }
    int64_t rows = 0;
    for (const auto& batch : *data->batches) rows += batch->num_rows();
    duckdb_bind_set_cardinality(info, static_cast<idx_t>(rows), true);
    duckdb_bind_set_bind_data(info, data.release(), Delete<BindData>);
    return {};
  }

  static Result<void> Init(duckdb_init_info info) {
    TailScan& owner = Owner(duckdb_init_get_extra_info(info));
    const auto& batches = *static_cast<BindData*>(duckdb_init_get_bind_data(info))->batches;
    auto scan = std::make_unique<Scan>();
    std::vector<int> wanted;
    for (idx_t i = 0; i < duckdb_init_get_column_count(info); ++i) {
      const idx_t column = duckdb_init_get_column_index(info, i);
      // count(*) asks for a row number, which nobody reads.
      if (column >= static_cast<idx_t>(batches.front()->num_columns())) continue;
      wanted.push_back(static_cast<int>(column));
      scan->targets.push_back(i);
    }
    for (const auto& batch : batches) {
      auto selected = batch->SelectColumns(wanted);
      if (!selected.ok()) return Fail(Code::kInternal, "tail: {}", selected.status().ToString());
      scan->batches.push_back(*selected);
      for (int64_t row = 0; row < batch->num_rows(); row += kSlice) {
        scan->slices.emplace_back(scan->batches.size() - 1, row);
      }
    }
    if (!wanted.empty()) {
      TL_ASSIGN(scan->types, Convert(*scan->batches.front()->schema(), owner.connection_));
    }
    duckdb_init_set_max_threads(info, std::max<idx_t>(1, scan->slices.size() / 8));
    duckdb_init_set_init_data(info, scan.release(), Delete<Scan>);
    return {};
  }

  static Result<void> Read(duckdb_function_info info, duckdb_data_chunk output) {
    TailScan& owner = Owner(duckdb_function_get_extra_info(info));
    auto& scan = *static_cast<Scan*>(duckdb_function_get_init_data(info));
    const size_t next = scan.next.fetch_add(1, std::memory_order_relaxed);
    if (next >= scan.slices.size()) {
      duckdb_data_chunk_set_size(output, 0);
      return {};
    }
    const auto [batch, row] = scan.slices[next];
    const auto rows = scan.batches[batch]->Slice(row, kSlice);
    if (!scan.targets.empty()) {
      TL_ASSIGN(const DataChunk chunk, Convert(*rows, scan.types, owner.connection_));
      for (idx_t c = 0; c < scan.targets.size(); ++c) {
        duckdb_vector_reference_vector(duckdb_data_chunk_get_vector(output, scan.targets[c]),
                                       duckdb_data_chunk_get_vector(chunk.get(), c));
      }
    }
    duckdb_data_chunk_set_size(output, static_cast<idx_t>(rows->num_rows()));
    return {};
  }

  // DuckDB's forms of the three, with their own ways of reporting an error.
  static void OnBind(duckdb_bind_info info) {
    if (auto done = Bind(info); !done) duckdb_bind_set_error(info, done.error().message.c_str());
  }
  static void OnInit(duckdb_init_info info) {
    if (auto done = Init(info); !done) duckdb_init_set_error(info, done.error().message.c_str());
  }
  static void OnRead(duckdb_function_info info, duckdb_data_chunk output) {
    if (auto done = Read(info, output); !done) {
      duckdb_function_set_error(info, done.error().message.c_str());
    }
  }
};

Result<std::unique_ptr<TailScan>> TailScan::Register(Connection connection) {
  std::unique_ptr<TailScan> scan(new TailScan(std::move(connection)));
  duckdb_table_function function = duckdb_create_table_function();
  const LogicalType number(duckdb_create_logical_type(DUCKDB_TYPE_BIGINT));
  duckdb_table_function_set_name(function, kFunction);
  duckdb_table_function_add_parameter(function, number.get());
  duckdb_table_function_set_extra_info(function, scan.get(), nullptr);
  duckdb_table_function_set_bind(function, TailCallbacks::OnBind);
  duckdb_table_function_set_init(function, TailCallbacks::OnInit);
  duckdb_table_function_set_function(function, TailCallbacks::OnRead);
  duckdb_table_function_supports_projection_pushdown(function, true);
  const duckdb_state state = duckdb_register_table_function(scan->connection_.handle(), function);
  duckdb_destroy_table_function(&function);
  if (state != DuckDBSuccess) {
    return Fail(Code::kInternal, "query engine: DuckDB refused the function that reads tails");
  }
  return scan;
}

TailScan::Registration TailScan::Add(Batches batches) {
  return Registration(tails_.Add(std::move(batches)));
}

std::string TailScan::Registration::Call() const {
  return fmt::format("{}({})", kFunction, handle_.id());
}

}  // namespace ticklake::query
