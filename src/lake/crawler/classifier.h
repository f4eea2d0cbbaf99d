// Classifiers that a user defines: how a file is to be read, before the built-in rules are asked.
//
// As AWS Glue's: they are tried in the crawler's order, and the first one that is certain wins; if
// none is, the built-in ones follow.
// https://docs.aws.amazon.com/glue/latest/dg/custom-classifier.html Threading: plain values. Does
// not: store them, or check names.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "lake/hive/layout.h"
#include "lake/hive/type.h"

namespace ticklake::lake::crawler {

enum class HeaderRule { kUnknown, kPresent, kAbsent };
enum class CsvSerde { kNone, kOpenCsv, kLazySimple };  ///< kNone: by whether cells are quoted

struct CsvRules {
  std::optional<char> delimiter;
  std::optional<char> quote;
  HeaderRule contains_header = HeaderRule::kUnknown;
  std::vector<std::string> header;  ///< names of the columns, in order
  bool trim_values = true;          ///< before a type is looked for
  bool allow_single_column = false;
  std::vector<hive::Type> types;  ///< of the columns, in order, whatever their values
  CsvSerde serde = CsvSerde::kNone;
};

struct JsonRules {
  std::string path;  ///< "$", "$[*]", "$.a.rows[*]", "$['a']"
};

struct Classifier {
  std::string name;
  std::variant<CsvRules, JsonRules, hive::GrokPatterns, hive::XmlRows> rules;
};

}  // namespace ticklake::lake::crawler
