#include "cli/failpoints.h"

#include <fnmatch.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>

#include "base/clock.h"
#include "base/log.h"

namespace ticklake::cli {
namespace {

using Call = Failpoints::Call;
using Moment = Failpoints::Moment;
using Place = Failpoints::Place;

constexpr char kVariable[] = "TICKLAKE_FAILPOINT";

/// In the order of the data's way. The first that fits counts.
constexpr auto kPlaces = std::to_array<Place>({
    {"dir.stamp", Call::kName, "format"},
    {"dir.running", Call::kName, "up.json"},
    {"broker.cluster", Call::kName, "broker/cluster"},
    {"topics.change", Call::kName, "broker/topics.meta"},
    {"topics.delete", Call::kRemoveAll, "broker/topics/*"},
    {"producers.ids", Call::kName, "broker/producer-ids"},
    {"log.create", Call::kCreate, "topics/*/*/00000000000000000000.log"},
    {"log.roll", Call::kCreate, "topics/*/*/*.log"},
    {"log.append", Call::kAppend, "topics/*/*/*.log"},
    {"log.flush", Call::kSync, "topics/*/*/*.log"},
    {"log.index", Call::kAppend, "topics/*/*/*.index"},
    {"log.checkpoint", Call::kName, "topics/*/*/checkpoint"},
    {"log.drop", Call::kRemove, "topics/*/*/*.log"},
    {"log.cut", Call::kTruncate, "topics/*/*/*.log"},
    {"offsets.commit", Call::kAppend, "groups/offsets.log*"},  // a new file until it has its name
    {"offsets.flush", Call::kSync, "groups/offsets.log*"},
    {"table.create", Call::kNewTable, "*"},
    {"dlq.put", Call::kName, "*__dlq/data/*.parquet"},
    {"dlq.commit", Call::kSwap, "*__dlq"},
    {"compaction.put", Call::kName, "merged-*.parquet"},
    {"compaction.swap", Call::kMergeSwap, "*"},
    {"parquet.put", Call::kName, "*.parquet"},
    {"manifest.put", Call::kName, "metadata/*-m*.avro"},
    {"snapshot.put", Call::kName, "metadata/snap-*.avro"},
    {"metadata.put", Call::kName, "metadata/*.metadata.json"},
    {"catalog.swap", Call::kSwap, "*"},
    {"expire.metadata", Call::kRemove, "metadata/*.metadata.json"},
    {"expire.manifest", Call::kRemove, "metadata/*.avro"},
});

std::string_view TextOf(Moment moment) {
  switch (moment) {
    case Moment::kBefore: return "before";
    case Moment::kHalf: return "half";
    case Moment::kAfter: return "after";
  }
  return "";
}

std::vector<Moment> MomentsOf(const Place& place) {
  if (place.call != Call::kAppend) return {Moment::kBefore, Moment::kAfter};
  return {Moment::kBefore, Moment::kHalf, Moment::kAfter};
}

std::string NameOf(const Place& place, Moment moment) {
  return fmt::format("{}.{}", place.name, TextOf(moment));
}

/// The last components of a path, as many as `like` has.
std::string Tail(std::string_view path, std::string_view like) {
  auto slashes = std::ranges::count(like, '/');
  size_t from = path.size();
  do {
    from = path.rfind('/', from == 0 ? 0 : from - 1);
    if (from == std::string_view::npos) return std::string(path);
  } while (slashes-- > 0 && from > 0);
  return std::string(path.substr(from + 1));
}

bool Fits(const Place& place, std::string_view path) {
  const std::string tail = Tail(path, place.path);
  return fnmatch(std::string(place.path).c_str(), tail.c_str(), FNM_PATHNAME) == 0;
}

bool ParseWhole(std::string_view text, int64_t* number) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, *number);
  return error == std::errc() && stop == end && *number >= 0;
}

std::unexpected<Error> Refused(std::string_view text, const std::string& why) {
  return Fail(Code::kInvalid,
              "{}='{}': {}; it is NAME[@N][=kill|error|sleep:MS|log], NAME one of {}", kVariable,
              text, why, fmt::join(Failpoints::Names(), ", "));
}

}  // namespace

std::vector<std::string> Failpoints::Names() {
  std::vector<std::string> names;
  for (const Place& place : kPlaces) {
    for (const Moment moment : MomentsOf(place)) names.push_back(NameOf(place, moment));
  }
  return names;
}

Result<std::unique_ptr<Failpoints>> Failpoints::FromEnvironment() {
  const char* text = std::getenv(kVariable);
  if (text == nullptr || *text == '\0') return nullptr;
  TL_ASSIGN(auto failpoints, Parse(text));
  spdlog::warn("{}={}: for tests only", kVariable, text);
  return failpoints;
}

Result<std::unique_ptr<Failpoints>> Failpoints::Parse(std::string_view text) {
  auto made = std::make_unique<Failpoints>();
  const size_t equals = std::min(text.find('='), text.size());
  std::string_view action = text.substr(std::min(equals + 1, text.size()));
  std::string_view name = text.substr(0, equals);
  if (action.starts_with("sleep:")) {
    made->action_ = Action::kSleep;
    if (!ParseWhole(action.substr(6), &made->sleep_ms_)) return Refused(text, "no milliseconds");
  } else if (action == "error") {
    made->action_ = Action::kError;
  } else if (action == "log") {
    made->action_ = Action::kLog;
  } else if (equals < text.size() && action != "kill") {
    return Refused(text, fmt::format("'{}' is no action", action));
  }
  if (const size_t at = name.find('@'); at != std::string_view::npos) {
    if (!ParseWhole(name.substr(at + 1), &made->nth_) || made->nth_ == 0) {
      return Refused(text, fmt::format("'{}' is no count", name.substr(at + 1)));
    }
    name = name.substr(0, at);
  }
  if (name == "*" && made->action_ == Action::kLog) return made;
  for (const Place& place : kPlaces) {
    for (const Moment moment : MomentsOf(place)) {
      if (NameOf(place, moment) != name) continue;
      made->place_ = &place;
      made->moment_ = moment;
      return made;
    }
  }
  return Refused(text, fmt::format("there is no failpoint '{}'", name));
}

const Failpoints::Place* Failpoints::Find(Call call, std::string_view path) {
  const auto found = std::ranges::find_if(
      kPlaces, [&](const Place& place) { return place.call == call && Fits(place, path); });
  return found == kPlaces.end() ? nullptr : &*found;
}

Result<void> Failpoints::Pass(const Place* place, Moment moment) {
  if (place == nullptr) return {};
  if (action_ == Action::kLog) {
    if (place_ == nullptr || (place == place_ && moment == moment_)) Log(NameOf(*place, moment));
    return {};
  }
  if (place != place_ || moment != moment_ || ++passed_ != nth_) return {};
  return Act(NameOf(*place, moment));
}

Result<void> Failpoints::Act(const std::string& name) const {
  if (action_ == Action::kKill) {
    ::kill(::getpid(), SIGKILL);
    while (true) ::pause();
  }
  spdlog::warn("failpoint {} strikes", name);
  if (action_ == Action::kSleep) {
    SystemClock().SleepFor(std::chrono::milliseconds(sleep_ms_));
    return {};
  }
  return Fail(Code::kIo, "failpoint {}", name);
}

void Failpoints::Log(const std::string& name) {
  const std::lock_guard lock(mutex_);
  if (logged_.insert(name).second) spdlog::info("failpoint {}", name);
}

void Failpoints::NoteMerge() {
  const std::lock_guard lock(mutex_);
  merging_.insert(std::this_thread::get_id());
}

Failpoints::Call Failpoints::WhichSwap() {
  const std::lock_guard lock(mutex_);
  return merging_.erase(std::this_thread::get_id()) > 0 ? Call::kMergeSwap : Call::kSwap;
}

}  // namespace ticklake::cli
