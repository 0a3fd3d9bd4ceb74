// Backups of a log: taken from the directory of a server that may be running, extended by later runs, checked, and
// restored as of any moment in between.
//
// This is safe without the server's help: bytes of records that the commit mark declares durable never change,
// snapshots are whole or absent, and files are freed only when newer snapshots do not need them. So a copy is
// everything from the mark's begin to its end, as of one reading of the mark, with a snapshot from that range. When a
// file is freed while it is being copied, the copy starts over with a newer mark and keeps what it has copied so far.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "io/file_system.h"
#include "log/log.h"
#include "storage/embedded/format.h"
#include "storage/embedded/inspect.h"

namespace athanor::storage {

struct BackupFile {
  std::string name;  // within the backup's directory
  std::uint64_t bytes = 0;
  std::uint32_t crc = 0;  // CRC-32C of them; the file may be longer, by what an interrupted run has added
  friend bool operator==(const BackupFile&, const BackupFile&) = default;
};

// What a backup holds: the file `backup` in it, written last.
struct BackupManifest {
  base::Time taken{};            // when the last run began: everything up to then is included
  Extent extent;                 // positions
  std::vector<BackupFile> log;   // segments and snapshots, by name
  std::vector<BackupFile> code;  // of functions: paths in the data directory
  friend bool operator==(const BackupManifest&, const BackupManifest&) = default;
};
inline constexpr std::string_view kBackupManifestName = "backup";

// Lines of text with a checksum at the end: docs/formats/backup.md.
std::string print_manifest(const BackupManifest& manifest);
// Corrupt when it differs from what was printed, UnknownFormat when another version printed it.
Result<BackupManifest> parse_manifest(std::string_view text);

// The manifest of the backup in `directory`; NotFound when there is no backup, or none was completed.
Result<BackupManifest> read_manifest(io::FileSystem& files, const std::string& directory);
// The same for a run that adds to it: nullopt when there is none, Corrupt when a file that it names is missing or
// shorter than stated. Does not read the files' bytes: restoring does that.
Result<std::optional<BackupManifest>> read_whole_manifest(io::FileSystem& files, const std::string& directory);
Result<void> write_manifest(io::FileSystem& files, const std::string& directory, const BackupManifest& manifest);

// IllegalStatus when `directory` holds the log of a server, and no backup: then nothing is written there.
Result<void> check_is_no_log(io::FileSystem& files, const std::string& directory);

// Called after each file of a log with the progress in bytes. May be empty.
using FilesProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

// Copies the log in `from` into `to`, which exists; durable on return, but not a backup until its manifest is written.
// Includes everything that was committed at the time of the call. If no server is running, the end is the one that a
// start would find, since after a power cut the mark may lag behind; no server can start while that is determined.
// `before` is the manifest of the existing backup: what it holds stays, and only what is new is copied. Each record is
// checked while being copied. Blocks. `wait` may be empty; it is called while others hold the log and there are records
// after the mark, up to kMarkAttempts times: a server that runs writes the mark within one commit.
//
//   IllegalStatus  `from` does not continue what the backup holds: it needs another directory
//   Unavailable    it cannot be known yet where the log ends, or its files are freed faster than they can be copied
//   Corrupt        a record is damaged; file and byte are named
inline constexpr int kMarkAttempts = 40;
Result<BackupManifest> back_up_log(io::FileSystem& files, const std::string& from, const std::string& to,
                                   const std::optional<BackupManifest>& before, const FilesProgress& progress = {},
                                   const std::function<void()>& wait = {});

struct Restored {
  std::uint64_t end = 0;  // the log ends before this position
  std::uint64_t records = 0;
  base::Time last{};                 // of the last record
  std::vector<Damage> without = {};  // of the backup, where that was not needed
};

// The moments from `from` until `until`, with both.
struct Moments {
  base::Time from{}, until{};
  friend bool operator==(const Moments&, const Moments&) = default;
};

// Of a package of functions' code, which no record needs. Which moments need it is unknown.
bool is_of_code(const Damage& damage);

// Whether and to what a backup can be restored.
struct BackupCheck {
  std::vector<Damage> damages;   // of the log's files and the code's
  Restored whole;                // without a moment; empty when there is damage
  std::vector<Moments> moments;  // those that restore_log takes, ascending, if damaged code may be left out; none after
                                 // the last run
};

// Reads all of the backup in `directory`, as restore_log does, and writes nothing. Blocks. A run that adds to the
// backup meanwhile does not matter. A file that the disk refuses to read counts as damaged. Corrupt when the files are
// as they were written and do not make a log.
Result<BackupCheck> check_backup(io::FileSystem& files, const std::string& directory, const BackupManifest& manifest,
                                 const FilesProgress& progress = {});

struct RestoreOptions {
  std::optional<base::Time> at;       // only the records before the first one that was appended after that moment
  bool without_damaged_code = false;  // the caller restores the code, and leaves those files of it out
};

// Writes the log held by the backup in `from` into `to`, an empty directory. Before that every byte of log and code is
// checked against the manifest. Durable on return. A log that ends earlier than the backup is a different log: its
// segments get new ids from `random`.
//
//   Corrupt        a file of the backup differs from what was written, or cannot be read, and is needed: without `at`
//                  each of the log's is, and the code's always, except as the options say; the message begins with its
//                  path
//   IllegalStatus  no run saw the state as of `at`; if `at` is before the first record, the message gives its time
Result<Restored> restore_log(io::FileSystem& files, const std::string& from, const std::string& to,
                             const BackupManifest& manifest, const RestoreOptions& options, base::Random& random,
                             const FilesProgress& progress = {});

}  // namespace athanor::storage
