// LakePlace: where the lake of a data directory has its objects and its catalog.
//
// In the directory itself, unless --lake and --catalog say otherwise. What they said is kept in
// DIR/lake.json, so that whoever opens the directory later, with or without the options, opens the
// same lake and never quietly another one. Threading: plain values.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "base/fs.h"
#include "base/result.h"
#include "cli/data_dir.h"
#include "cli/settings.h"

namespace ticklake::cli {

struct LakePlace {
  std::string lake;     ///< "s3://bucket/prefix/"; "": the data directory
  std::string catalog;  ///< "glue" or "sqlite"; "": sqlite, unless the directory knows better

  bool OnS3() const { return !lake.empty(); }
  bool InGlue() const { return catalog == "glue"; }
};

/// Adds --lake and --catalog.
void AddLakeOptions(const Settings& settings, CLI::App& command, LakePlace& place);

/// The directory that a command reads: one that exists, or, for a lake that is elsewhere, a new
/// one.
Result<DataDirectory> OpenForReading(FileSystem& fs, const std::string& path,
                                     const LakePlace& asked);

/// What was asked for, completed by what the directory's lake.json says, which is written if there
/// is none and something other than the directory was asked for. kConflict: the directory has its
/// lake elsewhere; kInvalid: a place that makes no sense.
Result<LakePlace> SettleLakePlace(const DataDirectory& directory, FileSystem& fs,
                                  const LakePlace& asked);

}  // namespace ticklake::cli
