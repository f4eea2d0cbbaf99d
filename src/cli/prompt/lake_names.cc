#include "cli/prompt/lake_names.h"

#include <boost/json.hpp>

#include "query/duck.h"

namespace ticklake::cli {
namespace {

constexpr std::chrono::seconds kFresh{5};
constexpr std::chrono::milliseconds kPatience{1'000};  // while somebody waits for a key's effect

class StringSink : public query::ByteSink {
 public:
  Result<void> Write(std::string_view bytes) override {
    text.append(bytes);
    return {};
  }
  std::string text;
};

std::vector<std::string> FirstValues(std::string_view json_lines) {
  std::vector<std::string> values;
  while (!json_lines.empty()) {
    const size_t end = std::min(json_lines.find('\n'), json_lines.size());
    boost::system::error_code failed;
    const auto row = boost::json::parse(json_lines.substr(0, end), failed);
    if (!failed && row.is_object() && !row.get_object().empty()) {
      const auto& value = row.get_object().begin()->value();
      if (value.is_string()) values.emplace_back(value.get_string());
    }
    json_lines.remove_prefix(std::min(end + 1, json_lines.size()));
  }
  return values;
}

}  // namespace

std::vector<std::string> LakeNames::FirstColumn(const std::string& sql) {
  const auto now = std::chrono::steady_clock::now();
  Kept& kept = kept_[sql];
  if (kept.when != std::chrono::steady_clock::time_point() && now - kept.when < kFresh) {
    return kept.names;
  }
  StringSink sink;
  const auto asked = asker_.Ask(
      {.sql = sql, .output = {.format = query::Format::kJsonl}, .cancel = {}, .timeout = kPatience},
      sink);
  if (asked) kept.names = FirstValues(sink.text);
  kept.when = now;  // a failure as well: not again with every key
  return kept.names;
}

std::vector<std::string> LakeNames::Databases() { return FirstColumn("SHOW DATABASES"); }

std::vector<std::string> LakeNames::Tables(const std::string& database) {
  return FirstColumn("SHOW TABLES FROM " + query::QuoteName(database));
}

std::vector<std::string> LakeNames::Columns(const std::string& database, const std::string& table) {
  return FirstColumn("DESCRIBE " + query::QuoteName(database) + '.' + query::QuoteName(table));
}

}  // namespace ticklake::cli
