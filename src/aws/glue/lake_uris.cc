#include "aws/glue/lake_uris.h"

#include <initializer_list>

namespace ticklake::aws::glue {
namespace {

// Parameters that hold a URI: Iceberg's pointers, and Spark's "path" of a serde.
template <class Change>
void ForEachUri(catalog::Parameters& parameters, Change change) {
  for (const char* name :
       {catalog::kMetadataLocation, catalog::kPreviousMetadataLocation, "path"}) {
    const auto at = parameters.find(name);
    if (at != parameters.end()) at->second = change(at->second);
  }
}

}  // namespace

std::string LakeUris::Swap(const std::string& uri, const std::string& from, const std::string& to) {
  if (from.empty()) return uri;
  if (uri.starts_with(from)) return to + uri.substr(from.size());
  // The root itself, without its '/'.
  if (uri.size() + 1 == from.size() && from.starts_with(uri)) return to.substr(0, to.size() - 1);
  return uri;
}

std::string LakeUris::Take(const std::string& uri) const {
  for (const char* hadoop : {"s3a://", "s3n://"}) {
    if (!uri.starts_with(hadoop)) continue;
    const std::string plain = "s3://" + uri.substr(6);
    const std::string taken = Swap(plain, shown_, root_);
    return taken == plain ? uri : taken;
  }
  return root_.empty() ? uri : Swap(uri, shown_, root_);
}

catalog::Parameters LakeUris::Show(catalog::Parameters parameters) const {
  ForEachUri(parameters, [this](const std::string& uri) { return Show(uri); });
  return parameters;
}

catalog::Parameters LakeUris::Take(catalog::Parameters parameters) const {
  ForEachUri(parameters, [this](const std::string& uri) { return Take(uri); });
  return parameters;
}

}  // namespace ticklake::aws::glue
