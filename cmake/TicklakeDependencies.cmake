# Every library the rooms use. A new enough system copy comes first, then the cache that tools/deps/fetch fills.

execute_process(
  COMMAND "${PROJECT_SOURCE_DIR}/tools/deps/fetch" --path
  OUTPUT_VARIABLE TICKLAKE_DEPS_DIR OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
             "${PROJECT_SOURCE_DIR}/tools/deps/pins.tsv" "${PROJECT_SOURCE_DIR}/tools/deps/fetch")

# Debian's packages: tools/deps/apt.txt lists them, tools/deps/install installs what is missing.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(BZip2 REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(fmt 9 REQUIRED)
find_package(spdlog 1.10 REQUIRED)
find_package(zstd REQUIRED)
find_package(Snappy REQUIRED)
find_package(SQLite3 3.37 REQUIRED)
find_package(CURL 7.88 REQUIRED)
find_package(pugixml 1.12 REQUIRED)
find_package(CLI11 2.1 REQUIRED)
find_package(tomlplusplus 3.3 REQUIRED)
find_package(GTest 1.12 REQUIRED)
find_package(benchmark REQUIRED)
pkg_check_modules(lz4 REQUIRED IMPORTED_TARGET liblz4)
pkg_check_modules(libedit REQUIRED IMPORTED_TARGET libedit)
pkg_check_modules(prometheus REQUIRED IMPORTED_TARGET prometheus-cpp-core) # its CMake package would drag libcurl in

# Modules of this folder.
find_package(Arrow 20 MODULE REQUIRED)
find_package(DuckDB 1.5 MODULE REQUIRED)
find_package(RdKafka 2.10 MODULE REQUIRED)
