// LakeAsker: statements to whoever has the data directory: the process that runs it, over HTTP, or
// the directory itself, opened as that process would, without committing anything.
//
// The opened directory is kept from one statement to the next, and left when a process begins to
// run it; when that ends, it is opened anew.
// Threading: as Asker. Does not: hold the directory's lock, so that `ticklake up` may start any
// time.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "cli/data_dir.h"
#include "cli/lake_dir.h"
#include "cli/prompt/asker.h"
#include "kafka/log_reader.h"
#include "lake/sink/sink.h"

namespace ticklake::cli {

class LakeAsker : public Asker {
 public:
  explicit LakeAsker(DataDirectory directory, LakePlace place = {})
      : directory_(std::move(directory)), place_(std::move(place)) {}

  query::SqlResult<query::RunStats> Ask(const Question& question, query::ByteSink& sink) override;
  std::string Where() override;

 private:
  using LockTime = std::optional<std::filesystem::file_time_type>;
  /// In the order of construction.
  struct Opened {
    LakeDir lake;
    std::unique_ptr<kafka::LogReader> reader;
    std::unique_ptr<lake::Sink> source;
    std::unique_ptr<lake::ExternalTables> tables;
    std::unique_ptr<query::Engine> engine;
    LockTime locked;
  };

  query::SqlResult<query::RunStats> AskProcess(const RunningProcess& process,
                                               const Question& question, query::ByteSink& sink);
  query::SqlResult<query::RunStats> AskDirectory(const Question& question, query::ByteSink& sink);
  Result<void> OpenDirectory();
  /// When somebody last locked the broker's files: whoever changes them must have.
  LockTime LastLocked() const;

  DataDirectory directory_;
  const LakePlace place_;
  std::unique_ptr<Opened> opened_;
};

}  // namespace ticklake::cli
