// FaultySqlite: SQLite's way to its files, while it lives, with calls that fail and a power cut.
//
// Tests only. Files are real ones, opened by whoever opens a database meanwhile; locks and shared
// memory are the system's. What was written since a file's last sync is remembered: Crash puts the
// file back to that sync and a seeded part of what came after it, sector by sector. Syncs
// themselves are not passed on: nothing here survives the machine's own crash. Threading: safe from
// any thread; Crash once every connection is closed. Does not: lose names of files that were
// synced.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace ticklake {

class FaultySqlite {
 public:
  /// What becomes of a call: SQLITE_OK, or an error to give instead of making it.
  using Strike = std::function<int(int io_error, const std::string& path)>;

  explicit FaultySqlite(Strike strike);
  ~FaultySqlite();
  FaultySqlite(const FaultySqlite&) = delete;
  FaultySqlite& operator=(const FaultySqlite&) = delete;

  void Crash(uint64_t seed);

 private:
  struct OpenFile;
  struct Write {
    int64_t offset = 0;  ///< -1: a truncation to `size`
    std::string bytes;
    int64_t size = 0;
  };
  struct Shadow {
    bool synced = false;  ///< once, and its name with it
    std::string durable;
    std::vector<Write> pending;
  };

  static OpenFile* At(sqlite3_file* file);
  static const sqlite3_io_methods& Methods();
  static void Apply(const Write& write, std::string& content);
  int Open(const char* name, sqlite3_file* file, int flags, int* out);

  Strike strike_;
  sqlite3_vfs* const real_;
  sqlite3_vfs vfs_;
  std::mutex mutex_;
  std::map<std::string, Shadow> shadows_;  // by path
};

}  // namespace ticklake
