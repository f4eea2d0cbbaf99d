#include "base/faulty_sqlite.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/random.h"

namespace ticklake {
namespace {

constexpr size_t kSector = 512;

std::string ReadWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

struct FaultySqlite::OpenFile {
  sqlite3_file base;
  FaultySqlite* self;
  sqlite3_file* real;  // behind this struct
  Shadow* shadow;      // nullptr: a temporary file without a name
  const char* name;    // SQLite keeps it as long as the file is open

  int Strike(int io_error) const { return self->strike_(io_error, name ? name : ""); }
  /// Calls through to the real file unless the fault strikes first.
  template <class Call>
  int Through(int io_error, Call call) {
    if (const int struck = Strike(io_error); struck != SQLITE_OK) return struck;
    return call(real->pMethods);
  }
  void Remember(Write write) const {
    if (shadow == nullptr) return;
    const std::lock_guard lock(self->mutex_);
    shadow->pending.push_back(std::move(write));
  }
};

FaultySqlite::OpenFile* FaultySqlite::At(sqlite3_file* file) {
  return reinterpret_cast<OpenFile*>(file);
}

const sqlite3_io_methods& FaultySqlite::Methods() {
  static const sqlite3_io_methods kMethods = {
      .iVersion = 2,
      .xClose = [](sqlite3_file* f) { return At(f)->real->pMethods->xClose(At(f)->real); },
      .xRead =
          [](sqlite3_file* f, void* data, int size, sqlite3_int64 at) {
            return At(f)->Through(SQLITE_IOERR_READ,
                                  [&](auto* m) { return m->xRead(At(f)->real, data, size, at); });
          },
      .xWrite =
          [](sqlite3_file* f, const void* data, int size, sqlite3_int64 at) {
            return At(f)->Through(SQLITE_IOERR_WRITE, [&](auto* m) {
              At(f)->Remember({.offset = at,
                               .bytes = std::string(static_cast<const char*>(data),
                                                    static_cast<size_t>(size))});
              return m->xWrite(At(f)->real, data, size, at);
            });
          },
      .xTruncate =
          [](sqlite3_file* f, sqlite3_int64 size) {
            return At(f)->Through(SQLITE_IOERR_TRUNCATE, [&](auto* m) {
              At(f)->Remember({.offset = -1, .size = size});
              return m->xTruncate(At(f)->real, size);
            });
          },
      .xSync =
          [](sqlite3_file* f, int) {
            return At(f)->Through(SQLITE_IOERR_FSYNC, [&](auto*) {
              if (At(f)->shadow == nullptr) return SQLITE_OK;
              const std::lock_guard lock(At(f)->self->mutex_);
              Shadow& shadow = *At(f)->shadow;
              for (const Write& write : shadow.pending) Apply(write, shadow.durable);
              shadow.pending.clear();
              shadow.synced = true;
              return SQLITE_OK;
            });
          },
      .xFileSize =
          [](sqlite3_file* f, sqlite3_int64* size) {
            return At(f)->Through(SQLITE_IOERR_FSTAT,
                                  [&](auto* m) { return m->xFileSize(At(f)->real, size); });
          },
      .xLock =
          [](sqlite3_file* f, int lock) {
            return At(f)->Through(SQLITE_IOERR_LOCK,
                                  [&](auto* m) { return m->xLock(At(f)->real, lock); });
          },
      .xUnlock = [](sqlite3_file* f,
                    int lock) { return At(f)->real->pMethods->xUnlock(At(f)->real, lock); },
      .xCheckReservedLock =
          [](sqlite3_file* f, int* out) {
            return At(f)->real->pMethods->xCheckReservedLock(At(f)->real, out);
          },
      .xFileControl =
          [](sqlite3_file* f, int op, void* arg) {
            return At(f)->real->pMethods->xFileControl(At(f)->real, op, arg);
          },
      .xSectorSize =
          [](sqlite3_file* f) { return At(f)->real->pMethods->xSectorSize(At(f)->real); },
      .xDeviceCharacteristics =
          [](sqlite3_file* f) {
            return At(f)->real->pMethods->xDeviceCharacteristics(At(f)->real);
          },
      .xShmMap =
          [](sqlite3_file* f, int page, int size, int extend, void volatile** out) {
            return At(f)->Through(SQLITE_IOERR_SHMMAP, [&](auto* m) {
              return m->xShmMap(At(f)->real, page, size, extend, out);
            });
          },
      .xShmLock =
          [](sqlite3_file* f, int offset, int n, int flags) {
            return At(f)->real->pMethods->xShmLock(At(f)->real, offset, n, flags);
          },
      .xShmBarrier = [](sqlite3_file* f) { At(f)->real->pMethods->xShmBarrier(At(f)->real); },
      .xShmUnmap = [](sqlite3_file* f,
                      int flag) { return At(f)->real->pMethods->xShmUnmap(At(f)->real, flag); },
      .xFetch = nullptr,
      .xUnfetch = nullptr,
  };
  return kMethods;
}

void FaultySqlite::Apply(const Write& write, std::string& content) {
  if (write.offset < 0) {
    content.resize(static_cast<size_t>(write.size), '\0');
    return;
  }
  const auto offset = static_cast<size_t>(write.offset);
  content.resize(std::max(content.size(), offset + write.bytes.size()), '\0');
  content.replace(offset, write.bytes.size(), write.bytes);
}

FaultySqlite::FaultySqlite(Strike strike)
    : strike_(std::move(strike)), real_(sqlite3_vfs_find(nullptr)), vfs_(*real_) {
  vfs_.zName = "faulty";
  vfs_.szOsFile = real_->szOsFile + static_cast<int>(sizeof(OpenFile));
  vfs_.pAppData = this;
  vfs_.pNext = nullptr;
  vfs_.xOpen = [](sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out) {
    return static_cast<FaultySqlite*>(vfs->pAppData)->Open(name, file, flags, out);
  };
  vfs_.xDelete = [](sqlite3_vfs* vfs, const char* name, int) {
    auto* self = static_cast<FaultySqlite*>(vfs->pAppData);
    const int struck = self->strike_(SQLITE_IOERR_DELETE, name);
    if (struck != SQLITE_OK) return struck;
    const std::lock_guard lock(self->mutex_);
    self->shadows_.erase(name);
    return self->real_->xDelete(self->real_, name, 0);
  };
  sqlite3_vfs_register(&vfs_, 1);
}

FaultySqlite::~FaultySqlite() { sqlite3_vfs_unregister(&vfs_); }

int FaultySqlite::Open(const char* name, sqlite3_file* file, int flags, int* out) {
  OpenFile* const made = At(file);
  made->base.pMethods = nullptr;
  if (strike_(SQLITE_CANTOPEN, name ? name : "") != SQLITE_OK) return SQLITE_CANTOPEN;
  made->self = this;
  made->name = name;
  made->shadow = nullptr;
  made->real = reinterpret_cast<sqlite3_file*>(made + 1);
  const bool is_new = name != nullptr && !std::filesystem::exists(name);
  const int opened = real_->xOpen(real_, name, made->real, flags, out);
  if (opened != SQLITE_OK) return opened;
  made->base.pMethods = &Methods();
  if (name == nullptr) return SQLITE_OK;
  const std::lock_guard lock(mutex_);
  const auto [at, added] = shadows_.try_emplace(name);
  made->shadow = &at->second;
  if (added && !is_new) at->second = {.synced = true, .durable = ReadWhole(name), .pending = {}};
  return SQLITE_OK;
}

void FaultySqlite::Crash(uint64_t seed) {
  Random random(seed);
  for (auto& [path, shadow] : shadows_) {
    const uint64_t mode = random.Below(4);  // 0: all of it, 1: nothing, else: some sectors
    for (const Write& write : shadow.pending) {
      if (write.offset < 0) {
        if (mode == 0 || (mode > 1 && random.Chance(1, 2))) Apply(write, shadow.durable);
        continue;
      }
      for (size_t at = 0; at < write.bytes.size(); at += kSector) {
        if (mode == 1 || (mode > 1 && random.Chance(1, 2))) continue;
        Apply({.offset = write.offset + static_cast<int64_t>(at),
               .bytes = write.bytes.substr(at, kSector)},
              shadow.durable);
      }
    }
    // Made anew: some file systems flush a file that is cut to nothing and written again.
    std::filesystem::remove(path);
    const bool lost = !shadow.synced && mode == 1;
    if (!lost) std::ofstream(path, std::ios::binary) << shadow.durable;
  }
  for (const auto& [path, shadow] : shadows_) std::filesystem::remove(path + "-shm");
  shadows_.clear();
}

}  // namespace ticklake
