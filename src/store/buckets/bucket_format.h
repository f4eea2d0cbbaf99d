// The format of buckets on disk (docs/buckets.md): DIR/index.db, and files below DIR/objects.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ticklake::store {

/// SQLite's user_version of the index; raised when an older program would misread it.
inline constexpr int kIndexVersion = 1;

/// SQLite's application_id, "TkLb".
inline constexpr int kIndexApplicationId = 0x546b4c62;

/// Objects of up to so many bytes lie in the index itself: a small object costs one flush, that it
/// shares with all that wait for one, instead of three.
inline constexpr size_t kSmallObject = size_t{16} * 1024;

/// Of a content's number: the session that made it, and its place there.
inline constexpr int kSessionShift = 32;
/// Contents of a session whose files share a folder, as a power of two.
inline constexpr int kFolderShift = 14;

/// Facts are (varint size, bytes) of each name and value; sizes of parts are varints; times are UTC
/// nanoseconds. A content is in `small` or, as a file, in `files`.
inline constexpr char kCreateIndex[] = R"sql(
CREATE TABLE buckets (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  created INTEGER NOT NULL,
  facts BLOB NOT NULL
);
CREATE TABLE objects (
  bucket INTEGER NOT NULL,
  key BLOB NOT NULL,
  size INTEGER NOT NULL,
  modified INTEGER NOT NULL,
  etag TEXT NOT NULL,
  content INTEGER NOT NULL,
  parts BLOB NOT NULL,
  checksums BLOB NOT NULL,
  tags BLOB NOT NULL,
  headers BLOB NOT NULL,
  metadata BLOB NOT NULL,
  PRIMARY KEY (bucket, key)
) WITHOUT ROWID;
CREATE TABLE small (
  content INTEGER PRIMARY KEY,
  data BLOB NOT NULL
);
CREATE TABLE files (
  content INTEGER PRIMARY KEY,
  path TEXT NOT NULL,
  remove_at INTEGER
);
CREATE INDEX removed_files ON files (remove_at) WHERE remove_at IS NOT NULL;
CREATE TABLE uploads (
  id TEXT PRIMARY KEY,
  bucket INTEGER NOT NULL,
  key BLOB NOT NULL,
  initiated INTEGER NOT NULL,
  checksums BLOB NOT NULL,
  tags BLOB NOT NULL,
  headers BLOB NOT NULL,
  metadata BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX uploads_of_a_bucket ON uploads (bucket, key, initiated);
CREATE TABLE parts (
  upload TEXT NOT NULL,
  number INTEGER NOT NULL,
  size INTEGER NOT NULL,
  modified INTEGER NOT NULL,
  etag TEXT NOT NULL,
  content INTEGER NOT NULL,
  checksums BLOB NOT NULL,
  PRIMARY KEY (upload, number)
) WITHOUT ROWID;
CREATE TABLE sessions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  began INTEGER NOT NULL
);
)sql";

}  // namespace ticklake::store
