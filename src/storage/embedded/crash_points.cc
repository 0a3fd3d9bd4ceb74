#include "storage/embedded/crash_points.h"

#include "storage/embedded/format.h"

namespace athanor::storage {
namespace {

// Where one moment has two names (after a write, before its sync), only one is listed.
constexpr std::string_view kPoints[] = {
    // Opening.
    "lock.before_lock", "lock.after_lock", "commit.after_create", "segment.before_truncate", "segment.after_truncate",
    // A commit: records, then the mark.
    "segment.before_write", "segment.torn_write", "segment.after_write", "segment.after_sync", "commit.before_write",
    "commit.torn_write", "commit.after_write", "segment.before_zeros", "segment.torn_zeros", "segment.after_zeros",
    // A segment begins; recovery removes what was left incomplete.
    "new_segment.before_create", "new_segment.after_create", "new_segment.torn_write", "new_segment.after_write",
    "new_segment.after_sync", "new_segment.after_rename", "new_segment.before_remove", "new_segment.after_remove",
    // A snapshot is saved, and the older one that it replaces is removed.
    "new_snapshot.before_create", "new_snapshot.after_create", "new_snapshot.torn_write", "new_snapshot.after_write",
    "new_snapshot.after_sync", "new_snapshot.after_rename", "new_snapshot.before_remove", "new_snapshot.after_remove",
    "snapshot.before_remove", "snapshot.after_remove",
    // Segments are freed.
    "commit.before_sync", "commit.after_sync", "segment.before_remove", "segment.after_remove",
    // A segment is compacted; recovery removes what was left incomplete.
    "new_compacted.before_create", "new_compacted.after_create", "new_compacted.torn_write",
    "new_compacted.after_write", "new_compacted.after_sync", "new_compacted.after_rename",
    "new_compacted.before_remove", "new_compacted.after_remove",
    // A compacted segment is freed, or was merged into the one before it.
    "compacted.before_remove", "compacted.after_remove",
    // After each of the above.
    "directory.before_sync", "directory.after_sync"};

std::string_view kind_of(std::string_view path) {
  std::string_view name = path.substr(path.find_last_of('/') + 1);
  const bool is_new = name.ends_with(kTemporarySuffix);
  if (is_new) name.remove_suffix(kTemporarySuffix.size());
  if (compacted_base_of(name)) return is_new ? "new_compacted" : "compacted";
  if (segment_base_of(name)) return is_new ? "new_segment" : "segment";
  if (snapshot_position_of(name)) return is_new ? "new_snapshot" : "snapshot";
  return name.empty() ? "directory" : name;  // "commit", "lock"
}

}  // namespace

io::CrashPoints crash_points() { return {.names = kPoints, .kind_of = kind_of}; }

}  // namespace athanor::storage
