// Reads a backup as a restore does: each file against the manifest, then the records. restore.cc goes on to write.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "io/file_system.h"
#include "storage/embedded/backup.h"
#include "storage/embedded/backup_segments.h"
#include "storage/embedded/inspect.h"

namespace athanor::storage {

// A restored log that ends at some record, and what it is made of.
struct LogEnd {
  Restored restored;
  std::set<std::uint64_t> takes_compacted;  // bases of those whose compacted file is restored
  std::uint64_t whole_from = 0;             // end of the last of them
};

class BackupReader {
 public:
  // `files` and `directory` must outlive it. `progress` is called with every byte that the two functions below read.
  BackupReader(io::FileSystem& files, const std::string& directory, const BackupManifest& manifest,
               FilesProgress progress);

  // What differs from the manifest, of the log and of the code, or cannot be read. Reads every byte.
  Result<std::vector<Damage>> compare();
  // Goes on without the files that compare() has found damaged, and without all that follows them in the log.
  void leave_out(const std::vector<Damage>& damages);
  // Reads the records, of which none is in a damaged file; returns where they end. Before each record that is later
  // than all before it, `is_past` is called with the log that ends before that record, and with the record's time: that
  // log is the state as of every moment from the latest before it until then. True ends the reading there. May be
  // empty.
  Result<LogEnd> read(const std::function<bool(const LogEnd& end, base::Time next)>& is_past);

  // Whether a server could start on that log, and whether records are left of it, if there were any.
  bool has_state(const LogEnd& end) const;
  bool has_records(const LogEnd& end) const { return end.restored.records > 0 || !first_; }

  // Whether nothing of the log had to be left out but snapshots.
  bool reaches_end() const { return manifest_.extent.end == end_of_all_; }
  const BackupManifest& manifest() const { return manifest_; }                          // of what is read
  const std::map<std::uint64_t, BackupSegment>& segments() const { return segments_; }  // by base, once read
  std::optional<base::Time> first() const { return first_; }                            // of the first record
  std::optional<base::Time> latest() const { return latest_; }                          // of those read

 private:
  Result<std::optional<Damage>> compare(const BackupFile& backed_up) const;
  Damage find_unreadable(const BackupFile& refused) const;
  Result<Damage> find_damage(const BackupFile& damaged) const;
  Result<void> read_plain(const BackupSegment& segment);
  Result<void> read_compacted(const BackupSegment& segment);
  bool takes(const RecordView& record);
  void tell_progress(std::uint64_t bytes);

  io::FileSystem& files_;
  const std::string& directory_;
  BackupManifest manifest_;
  const std::uint64_t end_of_all_;
  const FilesProgress progress_;
  std::uint64_t bytes_done_ = 0, bytes_total_ = 0;
  std::map<std::uint64_t, BackupSegment> segments_;
  std::function<bool(const LogEnd&, base::Time)> is_past_;
  LogEnd end_;
  bool goes_on_ = true;
  std::optional<base::Time> first_, latest_;
};

}  // namespace athanor::storage
