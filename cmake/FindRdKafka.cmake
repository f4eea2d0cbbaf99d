# librdkafka's C API: the system's by pkg-config when new enough, else the static one of the dependency cache.
# Target: RdKafka::rdkafka; include <librdkafka/rdkafka.h>.

include(FindPackageHandleStandardArgs)

pkg_check_modules(rdkafka_system QUIET IMPORTED_TARGET "rdkafka>=${RdKafka_FIND_VERSION}")
if(rdkafka_system_FOUND)
  set(RdKafka_LIBRARY "${rdkafka_system_LINK_LIBRARIES}")
  set(RdKafka_VERSION "${rdkafka_system_VERSION}")
else()
  set(RdKafka_LIBRARY "${TICKLAKE_DEPS_DIR}/rdkafka/lib/librdkafka.a")
  set(RdKafka_VERSION "")
  if(EXISTS "${TICKLAKE_DEPS_DIR}/rdkafka/version")
    file(STRINGS "${TICKLAKE_DEPS_DIR}/rdkafka/version" RdKafka_VERSION LIMIT_COUNT 1)
  endif()
endif()
find_package_handle_standard_args(RdKafka
  REQUIRED_VARS RdKafka_LIBRARY RdKafka_VERSION VERSION_VAR RdKafka_VERSION
  REASON_FAILURE_MESSAGE "Run tools/deps/fetch to fill the dependency cache.")

if(RdKafka_FOUND AND NOT TARGET RdKafka::rdkafka)
  if(rdkafka_system_FOUND)
    add_library(RdKafka::rdkafka ALIAS PkgConfig::rdkafka_system)
  else()
    add_library(RdKafka::rdkafka STATIC IMPORTED)
    set_target_properties(RdKafka::rdkafka PROPERTIES
      IMPORTED_LOCATION "${RdKafka_LIBRARY}"
      INTERFACE_INCLUDE_DIRECTORIES "${TICKLAKE_DEPS_DIR}/rdkafka/include"
      INTERFACE_LINK_LIBRARIES
        "OpenSSL::SSL;OpenSSL::Crypto;ZLIB::ZLIB;zstd::libzstd_shared;PkgConfig::lz4;Threads::Threads;m;${CMAKE_DL_LIBS}")
  endif()
endif()
