// Names under which the commit protocol stores its facts in an Iceberg table.
//
// One table per fact: docs/commit-protocol.md explains each; nobody else spells them.
#pragma once

namespace ticklake::lake {

/// Snapshot summary and table property: the positions after the commit (PositionSet).
inline constexpr char kPositionsKey[] = "ticklake.positions";
/// Snapshot summary: what this one commit covers (ranges with from and to).
inline constexpr char kRangesKey[] = "ticklake.ranges";
/// Snapshot summary (of this commit) and table property (all so far): offsets that were gone
/// before they could be read (ranges with from and to).
inline constexpr char kHolesKey[] = "ticklake.holes";
/// Snapshot summary: a UUID that tells an attempt's own commit from others'.
inline constexpr char kCommitIdKey[] = "ticklake.commit-id";
/// Table property: the topic whose records the table holds.
inline constexpr char kTopicKey[] = "ticklake.topic";
/// Table property of a dead letters' table: the name of its main table.
inline constexpr char kDeadLettersOfKey[] = "ticklake.dead-letters-of";

/// Snapshot summary of a commit that only rewrote files: what it did.
inline constexpr char kMaintenanceKey[] = "ticklake.maintenance";

/// Table property: a mark that changes when orphan files are removed. Files that were written under
/// one mark are never brought into a version with another (lake/maintenance/orphans.h).
inline constexpr char kSweptKey[] = "ticklake.swept";

/// The version stamp "v" of the JSON texts under the keys above. Version 1 is still read.
inline constexpr int kRangesFormatVersion = 2;

}  // namespace ticklake::lake
