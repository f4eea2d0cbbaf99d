# The language, warnings, launcher, linker and sanitizers of every target.

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-Og -g -D_GLIBCXX_ASSERTIONS")

set(TICKLAKE_SANITIZE "" CACHE STRING "Value of -fsanitize for every target, for example address,undefined")
option(TICKLAKE_FUZZ "Build fuzz targets on libFuzzer (clang) instead of the small driver" OFF)

find_program(TICKLAKE_CCACHE ccache)
if(TICKLAKE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${TICKLAKE_CCACHE}")
endif()

find_program(TICKLAKE_MOLD mold)
find_program(TICKLAKE_LLD ld.lld)
if(TICKLAKE_MOLD)
  add_link_options(-fuse-ld=mold)
elseif(TICKLAKE_LLD)
  add_link_options(-fuse-ld=lld)
endif()
add_link_options(-Wl,--as-needed)

add_compile_options(
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wold-style-cast -Wnon-virtual-dtor -Woverloaded-virtual -Wextra-semi
  -Wcast-qual -Wimplicit-fallthrough -Wvla
  -Wno-missing-field-initializers) # {.name = value} leaves the other options at their defaults
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # gcc 12 reports these wrongly once std::expected, std::string and coroutines are inlined; the clang builds watch the
  # same mistakes, and the sanitizers see the real ones.
  add_compile_options(-Wno-restrict -Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-stringop-overread
                      -Wno-array-bounds -Wno-dangling-pointer -Wlogical-op -Wduplicated-cond)
else()
  # gcc 12's library calls its own deprecated get_temporary_buffer in std::stable_sort.
  add_compile_options(-Wconditional-uninitialized -Wunreachable-code-break -Wno-deprecated-declarations)
endif()

if(TICKLAKE_SANITIZE)
  add_compile_options(-fsanitize=${TICKLAKE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${TICKLAKE_SANITIZE})
endif()
if(TICKLAKE_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
