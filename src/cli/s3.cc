#include "cli/s3.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "aws/s3/acl.h"
#include "aws/s3/address.h"
#include "aws/s3/s3_service.h"
#include "base/bytes.h"
#include "base/dir_entries.h"
#include "base/hash.h"
#include "cli/buckets_dir.h"
#include "cli/data_dir.h"
#include "cli/exit_status.h"
#include "cli/lake_place.h"
#include "cli/terminal.h"
#include "store/object_store.h"

namespace ticklake::cli {
namespace {

constexpr char kHelp[] =
    "Works on the buckets of a data directory, also while `ticklake up` runs on it; once that "
    "process has\n"
    "written to a bucket, only it writes: then go through its door, with any S3 client.\n"
    "\nExamples:\n"
    "  ticklake s3 mb s3://research --data ./lake\n"
    "  ticklake s3 cp ./exports s3://research/2024 --recursive --data ./lake\n"
    "  ticklake s3 ls s3://research/2024/ --data ./lake\n"
    "  ticklake s3 rm s3://research/2024/fills.csv --data ./lake";

constexpr std::string_view kScheme = "s3://";
constexpr size_t kPiece = 1 << 20;

struct Options {
  std::string data = DefaultDataDirectory();
  std::string from;
  std::string to;
  bool recursive = false;
  bool json = false;
};

struct Place {
  std::string bucket;
  std::string key;
};

bool IsS3(const std::string& text) { return store::PlainUri(text).starts_with(kScheme); }

Result<Place> ParsePlace(const std::string& text) {
  const std::string uri = store::PlainUri(text);
  const size_t slash = std::min(uri.find('/', kScheme.size()), uri.size());
  if (!IsS3(text) || slash <= kScheme.size()) {
    return Fail(Code::kInvalid, "'{}': not s3://BUCKET/KEY", text);
  }
  return Place{uri.substr(kScheme.size(), slash - kScheme.size()),
               slash == uri.size() ? "" : uri.substr(slash + 1)};
}

/// The buckets of --data; `make`: and the directory, where there is none.
class Buckets {
 public:
  static Result<std::unique_ptr<Buckets>> Open(const Options& options, bool make) {
    FileSystem& fs = PosixFileSystem();
    auto directory = make ? DataDirectory::Open(fs, options.data)
                          : DataDirectory::OpenExisting(fs, options.data);
    if (!directory) return Fail(directory.error());
    TL_ASSIGN(const LakePlace place, SettleLakePlace(*directory, fs, {}));
    if (place.OnS3()) {
      return Fail(Code::kUnsupported,
                  "'{}': its lake is on S3, at {}, and so are the buckets; use an S3 client, as "
                  "`aws s3 ls {}`",
                  options.data, place.lake, place.lake);
    }
    auto buckets = std::make_unique<Buckets>(*directory, fs);
    TL_ASSIGN(buckets->store_, buckets->directory_.Open());
    return buckets;
  }
  Buckets(const DataDirectory& directory, FileSystem& fs)
      : directory_(directory, fs, SystemClock()) {}

  store::BucketStore* operator->() const { return store_; }

  /// All keys that begin with a place's.
  Result<std::vector<std::string>> Below(const Place& place) {
    std::vector<std::string> keys;
    store::ListRequest request{.prefix = place.key};
    while (true) {
      TL_ASSIGN(const auto page, store_->List(place.bucket, request));
      for (const auto& entry : page.entries) keys.push_back(entry.object.key);
      if (!page.more) return keys;
      request.after = keys.back();
    }
  }

 private:
  BucketsDir directory_;
  store::BucketStore* store_ = nullptr;
};

// --- ls

void PrintEntry(const store::ListPage::Entry& entry, bool json) {
  const store::Object& object = entry.object;
  if (json) {
    boost::json::object line{{"key", object.key}};
    if (entry.is_prefix) {
      line["prefix"] = true;
    } else {
      line["size"] = object.size;
      line["modified"] = FormatUtc(object.modified);
      line["etag"] = object.facts.etag;
    }
    fmt::print("{}\n", boost::json::serialize(line));
  } else if (entry.is_prefix) {
    fmt::print("{:>20} {:>12} {}\n", "", "folder", object.key);
  } else {
    const Nanos second = object.modified - object.modified % kNanosPerSecond;
    fmt::print("{:>20} {:>12} {}\n", FormatUtc(second), object.size, object.key);
  }
}

Result<int> ListKeys(const Options& options) {
  TL_ASSIGN(const auto buckets, Buckets::Open(options, false));
  if (options.from.empty()) {
    TL_ASSIGN(const auto all, (*buckets)->ListBuckets());
    for (const auto& bucket : all) {
      if (options.json) {
        fmt::print("{}\n", boost::json::serialize(boost::json::object{
                               {"bucket", bucket.name}, {"created", FormatUtc(bucket.created)}}));
      } else {
        fmt::print("s3://{}\n", bucket.name);
      }
    }
    return kExitOk;
  }
  TL_ASSIGN(const Place place, ParsePlace(options.from));
  store::ListRequest request{.prefix = place.key, .delimiter = options.recursive ? "" : "/"};
  while (true) {
    TL_ASSIGN(const auto page, (*buckets)->List(place.bucket, request));
    for (const auto& entry : page.entries) PrintEntry(entry, options.json);
    if (!page.more) return kExitOk;
    request.after = page.entries.back().object.key;
  }
}

// --- cp

Result<void> CopyBytes(File& from, const std::function<Result<void>(std::string_view)>& write) {
  std::string buffer(kPiece, '\0');
  for (uint64_t offset = 0;;) {
    TL_ASSIGN(const size_t got, from.ReadAt(offset, buffer.data(), buffer.size()));
    if (got == 0) return {};
    TL_TRY(write(std::string_view(buffer).substr(0, got)));
    offset += got;
  }
}

Result<void> PutFile(Buckets& buckets, File& from, const Place& to, store::ObjectFacts facts) {
  TL_ASSIGN(auto upload, buckets->Begin(to.bucket));
  Hash md5(Hash::Kind::kMd5);
  const auto copied = CopyBytes(from, [&](std::string_view piece) {
    md5.Append(piece);
    return upload->Append(piece);
  });
  TL_TRY(copied);
  facts.etag = Hex(md5.Finish());
  TL_TRY(buckets->Finish(std::move(upload), to.key, std::move(facts), {}));
  fmt::print("s3://{}/{}\n", to.bucket, to.key);
  return {};
}

// "a/b" of the key "a/" (or "") and the name "b".
Place Below(Place folder, const std::string& name) {
  if (!folder.key.empty() && !folder.key.ends_with('/')) folder.key += '/';
  folder.key += name;
  return folder;
}

Result<void> UploadFolder(Buckets& buckets, const std::string& from, const Place& to) {
  TL_ASSIGN(const auto entries, ListEntries(PosixFileSystem(), from));
  for (const DirEntry& entry : entries) {
    const std::string path = JoinPath(from, entry.name);
    if (entry.kind == EntryKind::kDirectory) {
      TL_TRY(UploadFolder(buckets, path, Below(to, entry.name)));
    } else if (entry.kind == EntryKind::kFile) {
      TL_ASSIGN(const auto file, PosixFileSystem().Open(path, OpenMode::kRead));
      TL_TRY(PutFile(buckets, *file, Below(to, entry.name), {}));
    }
  }
  return {};
}

Result<void> Upload(Buckets& buckets, const Options& options) {
  TL_ASSIGN(Place to, ParsePlace(options.to));
  TL_ASSIGN(const bool folder, PosixFileSystem().IsDirectory(options.from));
  if (folder && !options.recursive) {
    return Fail(Code::kInvalid, "'{}': a folder; add --recursive", options.from);
  }
  if (folder) return UploadFolder(buckets, options.from, to);
  const std::string name = std::filesystem::path(options.from).filename().string();
  if (to.key.empty() || to.key.ends_with('/')) to = Below(to, name);
  TL_ASSIGN(const auto file, PosixFileSystem().Open(options.from, OpenMode::kRead));
  return PutFile(buckets, *file, to, {});
}

// To a temporary name first, so that what has the name is whole.
Result<void> Download(Buckets& buckets, const Options& options) {
  TL_ASSIGN(const Place from, ParsePlace(options.from));
  TL_ASSIGN(const auto open, buckets->Open(from.bucket, from.key));
  FileSystem& fs = PosixFileSystem();
  std::string path = options.to;
  TL_ASSIGN(const bool folder, fs.IsDirectory(path));
  if (folder) path = JoinPath(path, from.key.substr(from.key.rfind('/') + 1));
  const std::string partial = path + ".partial";
  {
    TL_ASSIGN(const auto file, fs.Open(partial, OpenMode::kTruncate));
    const auto copied =
        CopyBytes(*open.file, [&](std::string_view piece) { return file->Append(piece); });
    TL_TRY(copied);
  }
  TL_TRY(fs.Rename(partial, path));
  fmt::print("{}\n", path);
  return {};
}

Result<void> CopyInside(Buckets& buckets, const Options& options) {
  TL_ASSIGN(const Place from, ParsePlace(options.from));
  TL_ASSIGN(const Place to, ParsePlace(options.to));
  TL_ASSIGN(auto open, buckets->Open(from.bucket, from.key));
  return PutFile(buckets, *open.file, to, std::move(open.object.facts));
}

Result<int> Copy(const Options& options) {
  const bool from_s3 = IsS3(options.from);
  const bool to_s3 = IsS3(options.to);
  if (!from_s3 && !to_s3) {
    return Fail(Code::kInvalid, "s3 cp: neither '{}' nor '{}' is s3://BUCKET/KEY", options.from,
                options.to);
  }
  if (from_s3 && options.recursive) {
    return Fail(Code::kUnsupported,
                "s3 cp --recursive: copies folders into a bucket only; use an "
                "S3 client for the other way");
  }
  TL_ASSIGN(const auto buckets, Buckets::Open(options, false));
  TL_TRY(!from_s3 ? Upload(*buckets, options)
         : !to_s3 ? Download(*buckets, options)
                  : CopyInside(*buckets, options));
  return kExitOk;
}

// --- rm, mb

Result<int> Remove(const Options& options) {
  TL_ASSIGN(const Place place, ParsePlace(options.from));
  TL_ASSIGN(const auto buckets, Buckets::Open(options, false));
  if (!options.recursive) {
    TL_TRY((*buckets)->Head(place.bucket, place.key));
    TL_TRY((*buckets)->Delete(place.bucket, place.key, {}));
    return kExitOk;
  }
  TL_ASSIGN(const auto keys, buckets->Below(place));
  for (const std::string& key : keys) TL_TRY((*buckets)->Delete(place.bucket, key, {}));
  fmt::print("{} objects removed\n", keys.size());
  return kExitOk;
}

Result<int> MakeBucket(const Options& options) {
  TL_ASSIGN(const Place place, ParsePlace(options.from));
  if (!place.key.empty()) {
    return Fail(Code::kInvalid, "s3 mb {}: makes a bucket, s3://{}, and no key below it",
                options.from, place.bucket);
  }
  // As the door has it: what no client could use shall not be made.
  if (!aws::s3::IsBucketName(place.bucket)) {
    return Fail(Code::kInvalid, "s3 mb s3://{}: {}", place.bucket, aws::s3::kBucketNameRule);
  }
  if (place.bucket == aws::s3::kLakeBucket) {
    return Fail(Code::kAlreadyExists,
                "s3 mb s3://{}: in that bucket the AWS door shows the lake's own tables; choose "
                "another name",
                place.bucket);
  }
  TL_ASSIGN(const auto buckets, Buckets::Open(options, true));
  TL_TRY((*buckets)->CreateBucket(
      {.name = place.bucket, .facts = aws::s3::FactsOfNewBucket(aws::kRegion)}));
  return kExitOk;
}

}  // namespace

void AddS3Command(CLI::App& app, const Settings& settings, int* exit_status) {
  auto* command = app.add_subcommand("s3", "Buckets: make, list, copy, remove");
  command->footer(kHelp);
  command->require_subcommand(1);
  auto options = std::make_shared<Options>();
  const auto add = [&](const char* name, const char* help, Result<int> (*run)(const Options&)) {
    auto* sub = command->add_subcommand(name, help);
    settings.Add(*sub, "data", options->data, "The data directory");
    sub->callback([options, exit_status, run] {
      const auto status = run(*options);
      *exit_status = status ? *status : PrintError(status.error());
    });
    return sub;
  };
  auto* ls = add("ls", "Buckets, or what is below s3://BUCKET/PREFIX", ListKeys);
  ls->add_option("place", options->from, "s3://BUCKET/PREFIX; without it, the buckets");
  ls->add_flag("--json", options->json, "One JSON object a line");
  ls->add_flag("--recursive", options->recursive, "All keys, not only the next folders");
  auto* cp = add("cp", "A file or folder into a bucket, an object out of it, or inside", Copy);
  cp->add_option("from", options->from, "A path, or s3://BUCKET/KEY")->required();
  cp->add_option("to", options->to, "s3://BUCKET/KEY, or a path")->required();
  cp->add_flag("--recursive", options->recursive, "A folder with all that is in it");
  auto* rm = add("rm", "Removes an object", Remove);
  rm->add_option("place", options->from, "s3://BUCKET/KEY")->required();
  rm->add_flag("--recursive", options->recursive, "All objects whose keys begin so");
  add("mb", "Makes a bucket", MakeBucket)
      ->add_option("place", options->from, "s3://BUCKET")
      ->required();
}

}  // namespace ticklake::cli
