// How seeded tests are asked for more, repeated, and say what they ran.
//
//   TICKLAKE_LONG=1        the long form (`make check`); under a sanitizer always the quick one
//   TICKLAKE_SEED=N        only seed N: to repeat a failure
//   TICKLAKE_SEEDS=N       N seeds, whatever the form
//   TICKLAKE_REPORTS=DIR   each Report is also appended, as a line, to DIR/<name>.txt
//
// Figures of memory and time are judged by `if (FiguresCount())`: a sanitizer hides the program's
// own.
//
// Tests only. Threading: none. Does not: judge.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <ranges>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/sanitizers.h"

namespace ticklake {

inline bool LongRun() {
  const char* asked = std::getenv("TICKLAKE_LONG");
  return !kSanitized && asked != nullptr && std::string_view(asked) == "1";
}

/// Whether figures of memory and time are the program's own; says so where they are a sanitizer's.
inline bool FiguresCount() {
  if (kSanitized) fmt::print("figures of memory and time are not judged: built with a sanitizer\n");
  return !kSanitized;
}

/// The seeds of one test, from 1 on: `for (const uint64_t seed : Seeds(20, 1'000))`.
inline auto Seeds(uint64_t quick, uint64_t long_run) {
  const auto number = [](const char* name) {
    const char* text = std::getenv(name);
    return text == nullptr ? uint64_t{0} : std::strtoull(text, nullptr, 10);
  };
  const uint64_t only = number("TICKLAKE_SEED");
  const uint64_t asked = number("TICKLAKE_SEEDS");
  const uint64_t count = asked > 0 ? asked : LongRun() ? long_run : quick;
  return only > 0 ? std::views::iota(only, only + 1) : std::views::iota(uint64_t{1}, count + 1);
}

/// For SCOPED_TRACE: what failed, and the command that repeats it.
inline std::string Repeat(uint64_t seed) {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  return fmt::format("seed {}; to repeat: {}TICKLAKE_SEED={} {} --gtest_filter={}.{}", seed,
                     LongRun() ? "TICKLAKE_LONG=1 " : "", seed,
                     std::filesystem::read_symlink("/proc/self/exe").filename().string(),
                     test->test_suite_name(), test->name());
}

/// One line about what ran: shown, and kept where TICKLAKE_REPORTS says.
inline void Report(std::string_view name, std::string_view line) {
  fmt::print("{}: {}\n", name, line);
  std::fflush(stdout);
  const char* folder = std::getenv("TICKLAKE_REPORTS");
  if (folder == nullptr || *folder == '\0') return;
  std::filesystem::create_directories(folder);
  std::ofstream(fmt::format("{}/{}.txt", folder, name), std::ios::app) << line << '\n';
}

}  // namespace ticklake
