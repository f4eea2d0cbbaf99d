// Members: the input of an operation, read with the limits that Glue has.
//
// Reading never fails: the first problem is noted, and what was asked for is empty. Whoever has
// read all that it needs looks at Check() once. Members that are null count as absent, and unknown
// ones are ignored, as AWS does. Threading: none. The JSON outlives it.
#pragma once

#include <boost/json/object.hpp>

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/aws_error.h"
#include "catalog/catalog.h"

namespace ticklake::aws::glue {

/// Of a text: characters, and which of them that control something it may have.
struct TextLimits {
  size_t min = 0;
  size_t max = 255;
  bool lines = false;  ///< line breaks
  bool any = false;    ///< all: a delimiter of Hive's is "\u0001"
};

inline constexpr TextLimits kName{1, 255};
inline constexpr TextLimits kDescription{0, 2048, true};
inline constexpr TextLimits kUri{0, 2056, true};
inline constexpr TextLimits kLongText{0, 409'600, true};

class Members {
 public:
  explicit Members(const boost::json::object& object);

  /// A name of the catalog's, in lower case.
  std::string Name(std::string_view key) const;
  std::string Required(std::string_view key, TextLimits limits = kName) const;
  std::string Text(std::string_view key, TextLimits limits = {}) const;
  int64_t Int(std::string_view key, int64_t min, int64_t max, int64_t otherwise) const;
  bool Bool(std::string_view key, bool otherwise = false) const;
  catalog::Parameters Map(std::string_view key) const;
  std::vector<std::string> Strings(std::string_view key, size_t max_items,
                                   TextLimits limits = kName) const;
  std::optional<Members> Object(std::string_view key) const;
  Members RequiredObject(std::string_view key) const;
  std::vector<Members> Objects(std::string_view key, size_t max_items) const;
  bool Has(std::string_view key) const { return Find(key) != nullptr; }
  /// Notes a problem if it is not there.
  void RequireMember(std::string_view key) const;

  /// What a model of ours has no place for, as the text of a JSON object: all of `keys`, and of
  /// `if_empty` those that are empty, so that they are shown again. "" if there is nothing.
  std::string Extra(std::initializer_list<std::string_view> keys,
                    std::initializer_list<std::string_view> if_empty) const;

  const boost::json::object& raw() const { return *object_; }
  /// Notes a problem: InvalidInputException.
  void Refuse(std::string message) const;
  /// As Refuse, in the words that AWS has for a broken constraint.
  void RefuseValue(std::string_view key, std::string_view value, std::string_view must) const;
  AwsResult<> Check() const;

 private:
  struct Problem {
    std::optional<AwsError> first;
  };
  Members(const boost::json::object& object, std::string path, std::shared_ptr<Problem> problem)
      : object_(&object), path_(std::move(path)), problem_(std::move(problem)) {}

  const boost::json::value* Find(std::string_view key) const;
  const boost::json::array* Array(std::string_view key, size_t max_items) const;
  std::string CheckedText(std::string_view key, const boost::json::value& value,
                          TextLimits limits) const;
  std::string PathOf(std::string_view key) const;
  void WrongType(std::string_view key, std::string_view wanted) const;

  const boost::json::object* object_;
  std::string path_;  // "tableInput.", "" at the top
  std::shared_ptr<Problem> problem_;
};

}  // namespace ticklake::aws::glue
