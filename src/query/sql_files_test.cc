// Runs tests/sql/*.sql: statements with their expected result or error over SampleLake.
//
// A case is lines of SQL, then "---- csv" (or table, json, jsonl) and the expected text, or
// "---- error LINE:COLUMN part of the message" (0:0: the error has no place). A blank line or a
// further case's end closes it; lines that start with "# " are comments.
// TICKLAKE_BLESS=1 rewrites the expected texts with what came out: read the diff.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "query/engine.h"
#include "query/sample_lake.h"

namespace ticklake::query {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMark = "---- ";

struct Case {
  std::string comment;  // lines before it, as they stand
  std::string sql;
  std::string verdict;   // after the mark
  std::string expected;  // lines
  int line = 0;
};

class StringSink : public ByteSink {
 public:
  Result<void> Write(std::string_view bytes) override {
    text += bytes;
    return {};
  }
  std::string text;
};

fs::path SqlFolder() {
  return fs::path(__FILE__).parent_path().parent_path().parent_path() / "tests" / "sql";
}

std::vector<fs::path> SqlFiles() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(SqlFolder())) {
    if (entry.path().extension() == ".sql") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

std::vector<Case> ReadCases(const fs::path& file) {
  std::ifstream in(file);
  std::vector<Case> cases;
  Case current;
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.empty()) {
      if (!current.verdict.empty()) cases.push_back(std::exchange(current, {}));
    } else if (!current.verdict.empty()) {
      current.expected += line + '\n';
    } else if (line.starts_with(kMark)) {
      current.verdict = line.substr(kMark.size());
      current.line = number;
    } else if (current.sql.empty() && line.starts_with("# ")) {
      current.comment += line + '\n';
    } else {
      current.sql += (current.sql.empty() ? "" : "\n") + line;
    }
  }
  if (!current.verdict.empty()) cases.push_back(current);
  return cases;
}

struct Outcome {
  std::string verdict;
  std::string text;
};

Outcome RunCase(Engine& engine, const Case& one) {
  const std::string name = one.verdict.starts_with("error") ? "csv" : one.verdict;
  StringSink sink;
  const auto writer = MakeWriter({.format = ParseFormat(name).value()}, sink);
  const auto result = engine.Run(one.sql, *writer);
  if (!result) {
    return {fmt::format("error {}:{} {}", result.error().line, result.error().column,
                        result.error().message),
            Caret(one.sql, result.error())};
  }
  std::erase(sink.text, '\r');
  return {name, sink.text};
}

// An expected error names the place and a part of the message.
bool SameVerdict(const std::string& expected, const std::string& actual) {
  if (!expected.starts_with("error ")) return expected == actual;
  const size_t space = expected.find(' ', 6);
  return actual.starts_with(expected.substr(0, space)) &&
         (space == std::string::npos ||
          actual.find(expected.substr(space + 1)) != std::string::npos);
}

class SqlFileTest : public testing::TestWithParam<fs::path> {};

TEST_P(SqlFileTest, AllCases) {
  const std::string folder = testing::TempDir() + "/ticklake-sql-" + GetParam().stem().string();
  const auto source = SampleLake(folder);
  Engine engine(*source, {.threads = 2, .lake_root = folder, .temp_dir = ""});
  const bool bless = std::getenv("TICKLAKE_BLESS") != nullptr;
  std::ostringstream blessed;
  const auto cases = ReadCases(GetParam());
  EXPECT_FALSE(cases.empty());
  for (const Case& one : cases) {
    const Outcome outcome = RunCase(engine, one);
    const bool same =
        SameVerdict(one.verdict, outcome.verdict) &&
        (one.expected.empty() && one.verdict.starts_with("error") ? true
                                                                  : one.expected == outcome.text);
    if (!bless) {
      EXPECT_TRUE(same) << GetParam().filename().string() << ':' << one.line << "\n"
                        << one.sql << "\nexpected: " << one.verdict << "\n"
                        << one.expected << "got: " << outcome.verdict << "\n"
                        << outcome.text;
    }
    blessed << one.comment << one.sql << '\n'
            << kMark << (same ? one.verdict : outcome.verdict) << '\n'
            << (same ? one.expected : outcome.text) << '\n';
  }
  if (bless) std::ofstream(GetParam()) << blessed.str();
  fs::remove_all(folder);
}

INSTANTIATE_TEST_SUITE_P(Files, SqlFileTest, testing::ValuesIn(SqlFiles()),
                         [](const auto& file) { return file.param.stem().string(); });

}  // namespace
}  // namespace ticklake::query
