// Tree: the folders below a path with their files, as a crawl lists and classifies them.
//
// Threading: Build runs on the caller's thread and classifies on a pool of its own. Memory: some
// 200 bytes a file and at most CrawlOptions::max_files of them; files that are alike share one
// Reading. Does not: decide what is a table.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "lake/crawler/classifier.h"
#include "lake/crawler/iceberg_folder.h"
#include "lake/crawler/reading.h"
#include "store/object_store.h"

namespace ticklake::lake::crawler {

struct FoundFile {
  std::string key;
  uint64_t size = 0;
  int64_t records = 0;  ///< exact for Parquet, estimated otherwise
  std::shared_ptr<const Reading> reading;
};

struct Folder {
  std::string key;  ///< "" or ends with '/'
  std::vector<Folder> folders;
  std::vector<FoundFile> files;
  std::vector<std::string> passed_over;  ///< keys of files here that no table may read
  std::optional<IcebergFacts> iceberg;   ///< then there is nothing else in it
};

/// What was left out for the same reason.
struct LeftOut {
  static constexpr size_t kExamples = 20;
  struct Example {
    std::string uri;
    std::string detail;
  };
  std::string reason;
  uint64_t count = 0;
  std::vector<Example> examples;
};

struct Tree {
  Folder root;
  std::vector<LeftOut> left_out;
  uint64_t folders = 0;
  uint64_t files = 0;
};

struct Progress {
  uint64_t folders = 0;
  uint64_t files = 0;  ///< classified
  std::string at;      ///< the folder that is being looked at
};

struct TreeOptions {
  std::vector<Classifier> classifiers;  ///< a user's, before the built-in ones
  std::vector<std::string> exclusions;  ///< globs over keys relative to the root
  uint64_t max_files = 1'000'000;
  /// Files of each folder that are opened; the others are taken to be like the first. 0: all.
  size_t sample_size = 0;
  /// Keys of folders whose files are known from earlier: they are not looked at.
  std::set<std::string> known_folders;
  /// Iceberg tables only, at most so many folders below the root. 0: every form.
  int iceberg_depth = 0;
  size_t threads = 2;
  std::stop_token stop;
  std::function<void(const Progress&)> progress;  ///< now and then, on the caller's thread
};

/// The tree below `root`, a folder ("" or ends with '/') or one file. kNotFound: nothing is
/// there; kCancelled; kUnsupported: more than max_files.
Result<Tree> BuildTree(store::ObjectStore& store, const std::string& root,
                       const TreeOptions& options);

}  // namespace ticklake::lake::crawler
