// TableView: what a query sees of one table: a snapshot's files and the immutable tail.
//
// TableSource is what the query room asks; the sink implements it, both inside a running
// process and, without committing, for a directory that nobody runs.
// Threading: safe from any thread. Invariants: files and tail were taken under one lock: no
// record is in both, none is in neither, and every record that was durable when View was
// called is in one of them. Does not: run SQL.
#pragma once

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <arrow/record_batch.h>

#include "base/result.h"
#include "lake/hive/view.h"
#include "lake/iceberg/data_file.h"
#include "lake/iceberg/schema.h"

namespace ticklake::lake {

/// How long a caller waits, and what ends its wait early.
struct Patience {
  /// Implicit, so that a plain duration is one.
  template <class Rep, class Period>
  Patience(std::chrono::duration<Rep, Period> longest,  // NOLINT(google-explicit-constructor)
           std::stop_token end = {})
      : span(std::chrono::duration_cast<std::chrono::milliseconds>(longest)),
        cancel(std::move(end)) {}

  std::chrono::milliseconds span;
  std::stop_token cancel;
};

struct TableView {
  std::string database;
  std::string name;
  iceberg::Schema schema;                ///< the newest: the tail's where it has one
  std::vector<iceberg::DataFile> files;  ///< of the committed snapshot; paths are URIs
  /// Rows decoded but not committed; each batch has exactly `schema`'s columns and types.
  std::vector<std::shared_ptr<arrow::RecordBatch>> tail;
  /// Why the tail may lack rows of logs this process cannot reach ("" when it lacks none).
  std::string note;
  /// Where files outside the lake lie, URIs of folders or files: nothing else may be opened there.
  std::vector<std::string> directories;
  /// What keeps the files of paths above and below while it lives, where that is not given.
  std::vector<std::shared_ptr<const void>> pins;
  /// A Hive table's layout and files; then schema, files and tail are empty.
  std::shared_ptr<const hive::HiveView> hive;
};

class TableSource {
 public:
  virtual ~TableSource() = default;
  virtual Result<std::vector<std::string>> Databases() = 0;
  /// Every table of a database, those that have only a tail included. Sorted.
  virtual Result<std::vector<std::string>> Tables(const std::string& database) = 0;
  /// Waits until everything durable at the time of the call is decoded. kTimeout after
  /// `patience` (never a stale answer), kCancelled; kNotFound: no such table.
  virtual Result<TableView> View(const std::string& database, const std::string& table,
                                 const Patience& patience) = 0;
};

}  // namespace ticklake::lake
