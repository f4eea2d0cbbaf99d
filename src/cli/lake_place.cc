#include "cli/lake_place.h"

#include <boost/json.hpp>

namespace ticklake::cli {
namespace {

constexpr char kSqlite[] = "sqlite";
constexpr char kGlue[] = "glue";

std::string RecordPath(const DataDirectory& directory) {
  return JoinPath(directory.path(), "lake.json");
}

std::string Text(const LakePlace& place, const DataDirectory& directory) {
  return fmt::format("--lake {} --catalog {}", place.OnS3() ? place.lake : directory.LakePath(),
                     place.catalog);
}

Result<LakePlace> ReadRecord(const std::string& text, const std::string& path) {
  boost::system::error_code error;
  const boost::json::value parsed = boost::json::parse(text, error);
  const auto* object = error ? nullptr : parsed.if_object();
  const auto* lake = object == nullptr ? nullptr : object->if_contains("lake");
  const auto* catalog = object == nullptr ? nullptr : object->if_contains("catalog");
  if (lake == nullptr || catalog == nullptr || !lake->is_string() || !catalog->is_string()) {
    return Fail(Code::kCorrupt, "{}: no JSON object with lake and catalog; restore it", path);
  }
  return LakePlace{std::string(lake->get_string()), std::string(catalog->get_string())};
}

std::string WithSlash(std::string uri) {
  while (uri.ends_with('/')) uri.pop_back();
  return uri.empty() ? uri : uri + '/';
}

Result<void> Check(const LakePlace& place) {
  if (place.OnS3() && !place.lake.starts_with("s3://")) {
    return Fail(Code::kInvalid,
                "--lake '{}': give s3://BUCKET/PREFIX/, or nothing for a lake in --data",
                place.lake);
  }
  if (place.InGlue() && !place.OnS3()) {
    return Fail(Code::kInvalid,
                "--catalog glue: whoever reads Glue cannot read files of this machine; give "
                "--lake s3://BUCKET/PREFIX/ too");
  }
  return {};
}

}  // namespace

void AddLakeOptions(const Settings& settings, CLI::App& command, LakePlace& place) {
  settings.Add(command, "lake", place.lake,
               "Where the tables are: s3://BUCKET/PREFIX/; without it, in --data, or where that "
               "says");
  settings
      .Add(command, "catalog", place.catalog,
           "sqlite (a file in --data, for one host) or glue (AWS Glue, for any number of them)")
      ->check(CLI::IsMember({"", kSqlite, kGlue}));
}

Result<DataDirectory> OpenForReading(FileSystem& fs, const std::string& path,
                                     const LakePlace& asked) {
  return asked.OnS3() ? DataDirectory::Open(fs, path) : DataDirectory::OpenExisting(fs, path);
}

Result<LakePlace> SettleLakePlace(const DataDirectory& directory, FileSystem& fs,
                                  const LakePlace& asked) {
  LakePlace place{WithSlash(asked.lake), asked.catalog};
  const std::string path = RecordPath(directory);
  TL_ASSIGN(const bool recorded, fs.Exists(path));
  if (recorded) {
    TL_ASSIGN(const std::string text, fs.ReadFile(path));
    TL_ASSIGN(const LakePlace record, ReadRecord(text, path));
    if (place.lake.empty()) place.lake = record.lake;
    if (place.catalog.empty()) place.catalog = record.catalog;
    if (place.lake == record.lake && place.catalog == record.catalog) return place;
    return Fail(Code::kConflict, "{}: its lake is at {}, not {}; choose another --data directory",
                directory.path(), Text(record, directory), Text(place, directory));
  }
  if (place.catalog.empty()) place.catalog = kSqlite;
  TL_TRY(Check(place));
  if (!place.OnS3()) return place;
  TL_ASSIGN(const bool own, fs.Exists(directory.CatalogPath()));
  if (own) {
    return Fail(Code::kConflict,
                "{}: has a lake of its own already; choose another --data "
                "directory for {}",
                directory.path(), place.lake);
  }
  TL_TRY(fs.WriteFileAtomically(path, boost::json::serialize(boost::json::object{
                                          {"lake", place.lake}, {"catalog", place.catalog}}) +
                                          "\n"));
  return place;
}

}  // namespace ticklake::cli
