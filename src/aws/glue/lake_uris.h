// LakeUris: the two names of the lake's root: where it is, and what AWS's clients are told.
//
// The catalog has file:///DIR/lake/…; through the doors that is s3://ticklake/…, the bucket that
// serves it. Threading: pure functions.
#pragma once

#include <string>

#include "catalog/catalog.h"

namespace ticklake::aws::glue {

class LakeUris {
 public:
  /// Both end with '/'. An empty root: nothing is renamed.
  LakeUris(std::string root, std::string shown)
      : root_(std::move(root)), shown_(std::move(shown)) {}

  std::string Show(const std::string& uri) const { return Swap(uri, root_, shown_); }
  /// Also of the spellings s3a:// and s3n://.
  std::string Take(const std::string& uri) const;

  catalog::Parameters Show(catalog::Parameters parameters) const;
  catalog::Parameters Take(catalog::Parameters parameters) const;

  const std::string& root() const { return root_; }

 private:
  static std::string Swap(const std::string& uri, const std::string& from, const std::string& to);

  std::string root_;
  std::string shown_;
};

}  // namespace ticklake::aws::glue
