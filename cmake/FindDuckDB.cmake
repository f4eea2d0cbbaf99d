# DuckDB's C API: header and library of the system when both have the asked minor version, else the dependency cache.
# Target: DuckDB::duckdb.

include(FindPackageHandleStandardArgs)

# The header does not state its version, so a system copy is asked to, at configure time.
find_path(DuckDB_INCLUDE_DIR duckdb.h)
find_library(DuckDB_LIBRARY duckdb)
set(_duckdb_bundled OFF)
if(DuckDB_INCLUDE_DIR AND DuckDB_LIBRARY AND NOT DEFINED DuckDB_SYSTEM_VERSION)
  file(WRITE "${CMAKE_BINARY_DIR}/duckdb_version.c"
       "#include <duckdb.h>\n#include <stdio.h>\nint main(void) { return puts(duckdb_library_version()) < 0; }\n")
  try_run(_duckdb_ran _duckdb_built "${CMAKE_BINARY_DIR}" "${CMAKE_BINARY_DIR}/duckdb_version.c"
          CMAKE_FLAGS "-DINCLUDE_DIRECTORIES=${DuckDB_INCLUDE_DIR}" LINK_LIBRARIES "${DuckDB_LIBRARY}"
          RUN_OUTPUT_VARIABLE _duckdb_said)
  string(REGEX MATCH "[0-9]+\\.[0-9]+\\.[0-9]+" _duckdb_said "${_duckdb_said}")
  set(DuckDB_SYSTEM_VERSION "${_duckdb_said}" CACHE INTERNAL "Version of the system's DuckDB")
endif()
set(DuckDB_VERSION "${DuckDB_SYSTEM_VERSION}")

if(NOT DuckDB_VERSION MATCHES "^${DuckDB_FIND_VERSION_MAJOR}\\.${DuckDB_FIND_VERSION_MINOR}\\.")
  set(DuckDB_INCLUDE_DIR "${TICKLAKE_DEPS_DIR}/duckdb/include")
  set(DuckDB_LIBRARY "${TICKLAKE_DEPS_DIR}/duckdb/lib/libduckdb.so")
  set(DuckDB_VERSION "")
  if(EXISTS "${TICKLAKE_DEPS_DIR}/duckdb/version")
    file(STRINGS "${TICKLAKE_DEPS_DIR}/duckdb/version" DuckDB_VERSION LIMIT_COUNT 1)
  endif()
  set(_duckdb_bundled ON)
endif()
find_package_handle_standard_args(DuckDB
  REQUIRED_VARS DuckDB_LIBRARY DuckDB_INCLUDE_DIR DuckDB_VERSION VERSION_VAR DuckDB_VERSION
  REASON_FAILURE_MESSAGE "Run tools/deps/fetch to fill the dependency cache.")

if(DuckDB_FOUND AND NOT TARGET DuckDB::duckdb)
  add_library(DuckDB::duckdb SHARED IMPORTED)
  set_target_properties(DuckDB::duckdb PROPERTIES
    IMPORTED_LOCATION "${DuckDB_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES "${DuckDB_INCLUDE_DIR}")
  if(_duckdb_bundled)
    list(APPEND TICKLAKE_BUNDLED DuckDB::duckdb)
  endif()
endif()
