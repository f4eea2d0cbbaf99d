# Apache Arrow and Parquet: an installed CMake package of at least the asked version, else the dependency cache.
# Targets: Arrow::arrow, Arrow::parquet and, where it exists, Arrow::arrow_s3 (a library of its own in the wheels).

include(FindPackageHandleStandardArgs)

find_package(Arrow ${Arrow_FIND_VERSION} CONFIG QUIET)
if(Arrow_FOUND)
  find_package(Parquet ${Arrow_FIND_VERSION} CONFIG QUIET)
endif()

if(Arrow_FOUND AND Parquet_FOUND)
  find_package_handle_standard_args(Arrow CONFIG_MODE)
  if(NOT TARGET Arrow::arrow)
    add_library(Arrow::arrow ALIAS Arrow::arrow_shared)
    add_library(Arrow::parquet ALIAS Parquet::parquet_shared)
  endif()
  return()
endif()

set(_arrow "${TICKLAKE_DEPS_DIR}/arrow")
set(Arrow_VERSION "")
if(EXISTS "${_arrow}/version")
  file(STRINGS "${_arrow}/version" Arrow_VERSION LIMIT_COUNT 1)
endif()
file(GLOB Arrow_LIBRARY "${_arrow}/lib/libarrow.so.*")
find_package_handle_standard_args(Arrow
  REQUIRED_VARS Arrow_LIBRARY Arrow_VERSION VERSION_VAR Arrow_VERSION
  REASON_FAILURE_MESSAGE "Run tools/deps/fetch to fill the dependency cache.")

if(Arrow_FOUND AND NOT TARGET Arrow::arrow)
  foreach(_part arrow parquet arrow_s3)
    file(GLOB _file "${_arrow}/lib/lib${_part}.so.*")
    if(_file)
      add_library(Arrow::${_part} SHARED IMPORTED)
      set_target_properties(Arrow::${_part} PROPERTIES
        IMPORTED_LOCATION "${_file}" INTERFACE_INCLUDE_DIRECTORIES "${_arrow}/include")
      list(APPEND TICKLAKE_BUNDLED Arrow::${_part})
    endif()
  endforeach()
  set_property(TARGET Arrow::parquet PROPERTY INTERFACE_LINK_LIBRARIES Arrow::arrow)
  list(REMOVE_ITEM TICKLAKE_BUNDLED Arrow::arrow_s3) # not linked yet, so not installed
  if(TARGET Arrow::arrow_s3)
    set_property(TARGET Arrow::arrow_s3 PROPERTY INTERFACE_LINK_LIBRARIES Arrow::arrow)
  endif()
endif()
