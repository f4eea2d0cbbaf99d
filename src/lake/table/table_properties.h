// Table properties that a commit obeys, with the values we use where a table does not say.
//
// Names are Iceberg's (its "Configuration" page). Threading: functions without state.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace ticklake::lake {

namespace property {
inline constexpr char kMinSnapshotsToKeep[] = "history.expire.min-snapshots-to-keep";
inline constexpr char kMaxSnapshotAgeMs[] = "history.expire.max-snapshot-age-ms";
inline constexpr char kGcEnabled[] = "gc.enabled";
inline constexpr char kDeleteOldMetadata[] = "write.metadata.delete-after-commit.enabled";
inline constexpr char kPreviousVersionsMax[] = "write.metadata.previous-versions-max";
inline constexpr char kManifestMergeEnabled[] = "commit.manifest-merge.enabled";
inline constexpr char kManifestMinCount[] = "commit.manifest.min-count-to-merge";
inline constexpr char kManifestTargetBytes[] = "commit.manifest.target-size-bytes";
}  // namespace property

using Properties = std::map<std::string, std::string>;

/// A whole number of at least `least`; `otherwise` when absent, malformed or smaller.
int64_t IntProperty(const Properties& properties, const char* name, int64_t otherwise,
                    int64_t least = 0);
/// "true" or "false" in any case; `otherwise` for anything else.
bool BoolProperty(const Properties& properties, const char* name, bool otherwise);

/// What a new table gets besides what its maker asked for.
const Properties& DefaultProperties();

/// How many snapshots of the main branch stay; the design keeps 100.
inline constexpr int64_t kDefaultSnapshotsToKeep = 100;
inline constexpr int64_t kDefaultSnapshotAgeMs = 5LL * 24 * 3600 * 1000;
/// Iceberg's own default, for tables that others made.
inline constexpr int64_t kDefaultPreviousVersions = 100;
inline constexpr int64_t kDefaultManifestMinCount = 16;
inline constexpr int64_t kDefaultManifestTargetBytes = 8LL << 20;

}  // namespace ticklake::lake
