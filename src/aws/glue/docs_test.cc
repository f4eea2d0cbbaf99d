// docs/glue.md lists each operation once, where the table of operations has it.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "aws/glue/crawler_fixture.h"

namespace ticklake::aws::glue {
namespace {

std::string Page() {
  const auto root = std::filesystem::path(__FILE__).parent_path() / "../../..";
  std::ifstream file(root / "docs/glue.md");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// The words in `backquotes`; commands have several.
std::vector<std::string> NamesIn(const std::string& text) {
  std::vector<std::string> names;
  for (size_t at = text.find('`'); at != std::string::npos; at = text.find('`', at + 1)) {
    const size_t end = text.find('`', at + 1);
    const std::string name = text.substr(at + 1, end - at - 1);
    if (!name.contains(' ')) names.push_back(name);
    at = end;
  }
  return names;
}

TEST_F(CrawlerOperationsTest, EachOperationIsInTheDocumentation) {
  const std::string page = Page();
  const size_t list = page.find("Answered:\n");
  const size_t refusals = page.find("Refused with `OperationNotSupportedException`:\n");
  ASSERT_NE(list, std::string::npos);
  ASSERT_NE(refusals, std::string::npos);
  std::vector<std::string> answered;
  for (const Operation& operation : AllOperations()) {
    if (operation.handler) answered.emplace_back(operation.name);
  }
  std::ranges::sort(answered);
  EXPECT_EQ(NamesIn(page.substr(list, refusals - list)), answered);

  std::string wanted = "Refused with `OperationNotSupportedException`:\n";
  std::string_view why;
  std::vector<std::string> names;
  std::vector<std::string> written;
  for (const Operation& operation : RefusedOperations()) {
    if (operation.why != why) {
      EXPECT_NE(page.find(fmt::format("\n- {}:\n", operation.why)), std::string::npos)
          << operation.why;
      why = operation.why;
    }
    names.emplace_back(operation.name);
  }
  written = NamesIn(page.substr(refusals + wanted.size()));
  EXPECT_EQ(written, names);
}

}  // namespace
}  // namespace ticklake::aws::glue
