#include "lake/crawler/tree.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <unordered_map>

#include "base/thread_pool.h"
#include "base/utf8.h"
#include "lake/crawler/classify.h"
#include "lake/crawler/csv_classifier.h"
#include "lake/hive/files.h"

namespace ticklake::lake::crawler {
namespace {

std::string_view LastPart(std::string_view key) {
  if (key.ends_with('/')) key.remove_suffix(1);
  return key.substr(key.rfind('/') + 1);
}

int64_t Estimate(const Classified& found, uint64_t size) {
  if (found.whole || found.sampled == 0) return found.records;
  return static_cast<int64_t>(static_cast<double>(found.records) * static_cast<double>(size) /
                              static_cast<double>(found.sampled));
}

class Builder {
 public:
  Builder(store::ObjectStore& store, const std::string& root, const TreeOptions& options)
      : store_(store), root_(root), options_(options), pool_(options.threads, "crawl") {}

  Result<Tree> Build() {
    tree_.root.key = root_;
    if (!root_.empty() && !root_.ends_with('/')) {
      TL_ASSIGN(const store::ObjectInfo file, store_.Head(root_));
      TL_TRY(Classify({file}, tree_.root));
    } else {
      TL_TRY(Walk(tree_.root, 0));
    }
    AdoptHeaders(tree_.root);
    DropHeaderless(tree_.root);
    for (auto& [reason, left] : left_out_) tree_.left_out.push_back(std::move(left));
    std::ranges::sort(tree_.left_out, std::greater<>(), &LeftOut::count);
    return std::move(tree_);
  }

 private:
  void Leave(const std::string& key, const Rejection& why) {
    LeftOut& left = left_out_[why.reason];
    left.reason = why.reason;
    ++left.count;
    if (left.examples.size() < LeftOut::kExamples) {
      left.examples.push_back({store_.UriOf(key), why.detail});
    }
  }

  bool Excluded(std::string_view key) const {
    std::string_view below = key.substr(root_.size());
    if (below.ends_with('/')) below.remove_suffix(1);
    return std::ranges::any_of(options_.exclusions, [below](const std::string& glob) {
      return hive::GlobMatches(glob, below);
    });
  }

  void Tell(const std::string& at) {
    if (options_.progress) options_.progress({tree_.folders, tree_.files, at});
  }

  Result<void> CheckStop() const {
    if (options_.stop.stop_requested()) return Fail(Code::kCancelled, "crawl: interrupted");
    return {};
  }

  Result<void> Walk(Folder& folder, int depth) {
    TL_TRY(CheckStop());
    ++tree_.folders;
    Tell(folder.key);
    auto listed = store_.ListFolder(folder.key);
    if (!listed && depth == 0) return Fail(listed.error());
    if (!listed) {
      Leave(folder.key, {"cannot be listed", listed.error().message});
      return {};
    }
    for (const auto& [key, what] : listed->others) Leave(key, {what, ""});
    TL_ASSIGN(const bool special, TakeSpecial(folder, *listed));
    if (special) return {};
    if (options_.iceberg_depth == 0) TL_TRY(LookAt(listed->objects, folder));
    for (const std::string& below : listed->folders) TL_TRY(Enter(folder, below, depth));
    return {};
  }

  Result<void> LookAt(const std::vector<store::ObjectInfo>& objects, Folder& folder) {
    if (options_.known_folders.contains(folder.key)) return {};
    std::vector<store::ObjectInfo> files = Wanted(folder, objects);
    if (options_.sample_size == 0 || files.size() <= options_.sample_size) {
      return Classify(files, folder);
    }
    const auto end_of_sample = files.begin() + static_cast<ptrdiff_t>(options_.sample_size);
    TL_TRY(Classify({files.begin(), end_of_sample}, folder));
    if (folder.files.empty()) return {};
    const FoundFile like = folder.files.front();
    for (auto file = end_of_sample; file != files.end(); ++file) {
      const double ratio = static_cast<double>(file->size) / static_cast<double>(like.size);
      folder.files.push_back({file->key, file->size,
                              static_cast<int64_t>(static_cast<double>(like.records) * ratio),
                              like.reading});
    }
    tree_.files += static_cast<uint64_t>(files.end() - end_of_sample);
    return {};
  }

  Result<void> Enter(Folder& folder, const std::string& below, int depth) {
    if (hive::IsHidden(below)) {
      Leave(below, {"hidden: its name begins with _ or .", ""});
    } else if (Excluded(below)) {
      Leave(below, {"excluded by --exclude", ""});
    } else if (!IsUtf8(below)) {
      Leave(folder.key, {"a folder whose name is no UTF-8 is in it", ""});
    } else if (options_.iceberg_depth > 0 && depth >= options_.iceberg_depth) {
      Leave(below,
            {fmt::format("more than {} folders below the target", options_.iceberg_depth), ""});
    } else if (depth >= hive::kMaxFolderDepth) {
      Leave(below, {fmt::format("more than {} folders deep", hive::kMaxFolderDepth), ""});
    } else {
      folder.folders.push_back({.key = below});
      TL_TRY(Walk(folder.folders.back(), depth + 1));
      const Folder& walked = folder.folders.back();
      const bool empty = walked.folders.empty() && walked.files.empty() &&
                         walked.passed_over.empty() && !walked.iceberg;
      if (empty) folder.folders.pop_back();
    }
    return {};
  }

  // Folders that are a table of a kind of their own: their files alone would tell another story.
  Result<bool> TakeSpecial(Folder& folder, const store::FolderListing& listing) {
    for (const std::string& below : listing.folders) {
      const std::string_view name = LastPart(below);
      if (name == "_delta_log" || name == ".hoodie") {
        Leave(folder.key, {name == ".hoodie" ? "a Hudi table: not read here"
                                             : "a Delta Lake table: not read here",
                           "its files alone would show rows that were deleted"});
        return true;
      }
      if (name != "metadata") continue;
      TL_ASSIGN(const store::FolderListing inside, store_.ListFolder(below));
      if (!HasIcebergMetadata(inside.objects)) continue;
      auto facts = ReadIceberg(store_, inside.objects);
      if (!facts) {
        Leave(folder.key, facts.error());
      } else {
        folder.iceberg = std::move(*facts);
      }
      return true;
    }
    return false;
  }

  std::vector<store::ObjectInfo> Wanted(Folder& folder,
                                        const std::vector<store::ObjectInfo>& objects) {
    std::vector<store::ObjectInfo> wanted;
    for (const store::ObjectInfo& object : objects) {
      if (hive::IsHidden(object.key)) {
        Leave(object.key, {"hidden: its name begins with _ or .", ""});
      } else if (object.size == 0) {
        Leave(object.key, {"empty", ""});
      } else if (Excluded(object.key)) {
        Leave(object.key, {"excluded by --exclude", ""});
        folder.passed_over.push_back(object.key);
      } else if (!IsUtf8(object.key)) {
        Leave(folder.key, {"a file whose name is no UTF-8 is in it", ""});
      } else {
        wanted.push_back(object);
      }
    }
    return wanted;
  }

  Result<void> Classify(const std::vector<store::ObjectInfo>& files, Folder& folder) {
    constexpr size_t kWindow = 512;  // files whose readings are in memory before they are shared
    if (tree_.files + files.size() > options_.max_files) {
      return Fail(Code::kUnsupported,
                  "crawl of {}: more than {} files; crawl a folder below it, or leave some out "
                  "with --exclude",
                  store_.UriOf(root_), options_.max_files);
    }
    for (size_t begin = 0; begin < files.size(); begin += kWindow) {
      TL_TRY(CheckStop());
      const size_t end = std::min(files.size(), begin + kWindow);
      auto found = ClassifyWindow(files, begin, end);
      TL_TRY(CheckStop());  // what was not looked at any more must not be taken
      for (size_t i = begin; i < end; ++i) Take(files[i], std::move(found[i - begin]), folder);
      Tell(folder.key);
    }
    return {};
  }

  using Outcome = std::expected<Classified, Rejection>;

  std::vector<Outcome> ClassifyWindow(const std::vector<store::ObjectInfo>& files, size_t begin,
                                      size_t end) {
    std::vector<Outcome> found(end - begin);
    std::mutex mutex;
    std::condition_variable done;
    const size_t step = std::max<size_t>(1, (end - begin) / (options_.threads * 4));
    size_t running = (end - begin + step - 1) / step;
    for (size_t from = begin; from < end; from += step) {
      pool_.Submit([&, from] {
        for (size_t i = from; i < std::min(end, from + step); ++i) {
          if (options_.stop.stop_requested()) break;
          found[i - begin] = ClassifyFile(store_, files[i], options_.classifiers);
        }
        const std::lock_guard lock(mutex);
        if (--running == 0) done.notify_one();
      });
    }
    std::unique_lock lock(mutex);
    done.wait(lock, [&] { return running == 0; });
    return found;
  }

  void Take(const store::ObjectInfo& file, Outcome outcome, Folder& folder) {
    ++tree_.files;
    if (!outcome) {
      Leave(file.key, outcome.error());
      folder.passed_over.push_back(file.key);
      return;
    }
    FoundFile& found = folder.files.emplace_back();
    found.key = file.key;
    found.size = file.size;
    found.records = Estimate(*outcome, file.size);
    found.reading = Shared(std::move(outcome->reading));
  }

  // One object for all readings that are alike.
  std::shared_ptr<const Reading> Shared(Reading reading) {
    std::string key = fmt::format(
        "{}|{}|{}|{}|{}|{}|{}|{}|", static_cast<int>(reading.format),
        static_cast<int>(reading.json),
        reading.json_path + reading.grok.classification + reading.grok.pattern +
            reading.xml.classification + reading.xml.row_tag,
        static_cast<int>(reading.compression), static_cast<int>(reading.csv.delimiter),
        static_cast<int>(reading.csv.quote), reading.csv.header_lines, reading.only_with_header);
    for (const std::string& cell : reading.first_row) key += cell + '\2';
    key += Fingerprint(reading.schema);
    if (reading.csv.header_lines > 0) headers_.insert(NamesOf(reading));
    auto& shared = readings_[key];
    if (!shared) shared = std::make_shared<const Reading>(std::move(reading));
    return shared;
  }

  static std::vector<std::string> NamesOf(const Reading& reading) {
    std::vector<std::string> names;
    for (const ColumnFacts& column : reading.schema) names.push_back(column.name);
    return names;
  }

  // A file of text throughout cannot tell its header from its rows; others may have told it.
  void AdoptHeaders(Folder& folder) {
    for (FoundFile& file : folder.files) {
      const Reading& reading = *file.reading;
      if (reading.first_row.empty() || !headers_.contains(reading.first_row)) continue;
      file.reading = Shared(WithHeader(reading, reading.first_row));
      file.records = std::max<int64_t>(0, file.records - 1);
    }
    for (Folder& below : folder.folders) AdoptHeaders(below);
  }

  void DropHeaderless(Folder& folder) {
    std::erase_if(folder.files, [&](const FoundFile& file) {
      if (!file.reading->only_with_header) return false;
      Leave(file.key, {"no form that is known here (CSV, JSON, Parquet, ORC, Avro, Iceberg)",
                       "a single row; CSV needs two, or the header of other files"});
      folder.passed_over.push_back(file.key);
      return true;
    });
    for (Folder& below : folder.folders) DropHeaderless(below);
  }

  store::ObjectStore& store_;
  const std::string root_;
  const TreeOptions& options_;
  Tree tree_;
  std::map<std::string, LeftOut> left_out_;
  std::unordered_map<std::string, std::shared_ptr<const Reading>> readings_;
  std::set<std::vector<std::string>> headers_;
  ThreadPool pool_;
};

}  // namespace

Result<Tree> BuildTree(store::ObjectStore& store, const std::string& root,
                       const TreeOptions& options) {
  return Builder(store, root, options).Build();
}

}  // namespace ticklake::lake::crawler
