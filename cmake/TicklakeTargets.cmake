# Functions that make the targets: rooms with their tests, the program, fuzz targets, benches.

include(GoogleTest)

# The target of a room: tl_ and its path with / as _.
function(_ticklake_target path result)
  string(REPLACE "/" "_" name "tl_${path}")
  set(${result} ${name} PARENT_SCOPE)
endfunction()

# ticklake_room(<path> [DEPS <rooms>...] [LIBS <imported targets>...])
# Makes of src/<path>/*.cc (this folder only):
#   tl_<path>         a static library of all but *_test.cc, *_bench.cc and main.cc; of headers only when none are left
#   tl_<path>_test    a GoogleTest program of *_test.cc, each test known to ctest
#   tl_<path>_<name>  a benchmark for each <name>_bench.cc
# The globs are checked at every build, so that a new file, or a whole new folder, needs no further word.
function(ticklake_room path)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "DEPS;LIBS")
  set(folder "${PROJECT_SOURCE_DIR}/src/${path}")
  _ticklake_target(${path} target)
  file(GLOB sources CONFIGURE_DEPENDS "${folder}/*.cc")
  set(tests ${sources})
  set(benches ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(FILTER benches INCLUDE REGEX "_bench\\.cc$")
  list(FILTER sources EXCLUDE REGEX "(_test|_bench|/main)\\.cc$")

  set(links ${arg_LIBS})
  foreach(room IN LISTS arg_DEPS)
    _ticklake_target(${room} dep)
    if(NOT TARGET ${dep})
      message(FATAL_ERROR "room ${path} depends on ${room}, which is not declared above it")
    endif()
    list(APPEND links ${dep})
  endforeach()

  if(sources)
    add_library(${target} STATIC ${sources})
    target_include_directories(${target} PUBLIC "${PROJECT_SOURCE_DIR}/src")
    target_link_libraries(${target} PUBLIC ${links})
  else()
    add_library(${target} INTERFACE)
    target_include_directories(${target} INTERFACE "${PROJECT_SOURCE_DIR}/src")
    target_link_libraries(${target} INTERFACE ${links})
  endif()
  set_property(GLOBAL APPEND PROPERTY TICKLAKE_ROOMS ${target})

  if(tests)
    add_executable(${target}_test ${tests})
    target_link_libraries(${target}_test PRIVATE ${target} GTest::gmock_main)
    set_target_properties(${target}_test PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
    gtest_discover_tests(${target}_test DISCOVERY_MODE PRE_TEST TEST_PREFIX "${path}: " PROPERTIES TIMEOUT 300)
  endif()
  foreach(bench IN LISTS benches)
    cmake_path(GET bench STEM name)
    _ticklake_bench(${target}_${name} "${bench}" ${target})
  endforeach()
endfunction()

# tl_all: an interface to every room declared so far.
function(ticklake_all)
  get_property(rooms GLOBAL PROPERTY TICKLAKE_ROOMS)
  add_library(tl_all INTERFACE)
  target_link_libraries(tl_all INTERFACE ${rooms})
endfunction()

# tests/*_test.cc: what crosses rooms, as one GoogleTest program on all of them, tl_scenarios_test.
function(ticklake_scenarios)
  file(GLOB files CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/*_test.cc")
  if(files)
    add_executable(tl_scenarios_test ${files})
    target_link_libraries(tl_scenarios_test PRIVATE tl_all GTest::gmock_main)
    set_target_properties(tl_scenarios_test PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
    gtest_discover_tests(tl_scenarios_test DISCOVERY_MODE PRE_TEST TEST_PREFIX "tests: " PROPERTIES TIMEOUT 300)
  endif()
endfunction()

# The program, once src/cli/main.cc exists: <build>/ticklake.
function(ticklake_program)
  file(GLOB main CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/cli/main.cc")
  if(main)
    add_executable(ticklake ${main})
    target_link_libraries(ticklake PRIVATE tl_cli)
    target_compile_definitions(ticklake PRIVATE TICKLAKE_VERSION="${PROJECT_VERSION}")
    set_target_properties(ticklake PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}")
  else()
    add_custom_target(ticklake COMMAND "${CMAKE_COMMAND}" -E echo "src/cli/main.cc does not exist yet")
  endif()
endfunction()

function(_ticklake_bench target source)
  add_executable(${target} "${source}")
  target_link_libraries(${target} PRIVATE ${ARGN} benchmark::benchmark)
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bench")
  set_property(GLOBAL APPEND PROPERTY TICKLAKE_BENCHES ${target})
  if(TICKLAKE_SANITIZE)
    set_target_properties(${target} PROPERTIES EXCLUDE_FROM_ALL ON) # figures of what nobody runs
  endif()
endfunction()

# bench/<name>_bench.cc: one program each, <build>/bench/<name>_bench; the target `benches` builds them all.
function(ticklake_benches)
  file(GLOB files CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/bench/*_bench.cc")
  foreach(file IN LISTS files)
    cmake_path(GET file STEM name)
    _ticklake_bench(${name} "${file}" tl_all)
  endforeach()
  get_property(benches GLOBAL PROPERTY TICKLAKE_BENCHES)
  add_custom_target(benches DEPENDS ${benches})
endfunction()

# fuzz/<name>_fuzz.cc defines LLVMFuzzerTestOneInput. On libFuzzer in the preset asan; else on fuzz/driver.cc. As a
# test it runs fuzz/corpus/<name>/, and with the driver a second of seeded mutations. The target `fuzzers` builds them all.
function(ticklake_fuzz_targets)
  file(GLOB files CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/fuzz/*_fuzz.cc")
  foreach(file IN LISTS files)
    cmake_path(GET file STEM target)
    string(REGEX REPLACE "_fuzz$" "" name ${target})
    add_executable(${target} "${file}")
    target_link_libraries(${target} PRIVATE tl_all tl_cli)
    set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/fuzz")
    list(APPEND fuzzers ${target})
    set(corpus "${PROJECT_SOURCE_DIR}/fuzz/corpus/${name}")
    if(TICKLAKE_FUZZ)
      target_link_options(${target} PRIVATE -fsanitize=fuzzer)
      add_test(NAME "fuzz: ${name}" COMMAND ${target} -runs=0 -timeout=60 "${corpus}")
    else()
      target_sources(${target} PRIVATE "${PROJECT_SOURCE_DIR}/fuzz/driver.cc")
      add_test(NAME "fuzz: ${name}" COMMAND ${target} --seconds 1 "${corpus}")
    endif()
    set_tests_properties("fuzz: ${name}" PROPERTIES TIMEOUT 120)
  endforeach()
  add_custom_target(fuzzers DEPENDS ${fuzzers})
endfunction()
