// Copies of a log: taken from the directory of a server that may be running, added to by later runs, checked and
// brought back as of any moment between.
//
// What makes that safe without the server's help: bytes of records that the commit mark says are durable never change,
// snapshots are whole or not there, and what is needed is freed only when newer snapshots do without. So a copy is
// everything from the mark's begin to its end as of one reading of the mark, with a snapshot from between. A file that
// is freed while it is copied means to begin again with a newer mark; what was copied before is kept.
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

namespace athanor::storage {

struct BackupFile {
  std::string name;  // within the backup's directory
  std::uint64_t bytes = 0;
  std::uint32_t crc = 0;  // CRC-32C of them; the file may be longer, by what a run that broke off has added
  friend bool operator==(const BackupFile&, const BackupFile&) = default;
};

// What a backup holds: the file `backup` in it, written last.
struct BackupManifest {
  base::Time taken{};            // when the last run began: what came until then is there
  Extent extent;                 // positions
  std::vector<BackupFile> log;   // segments and snapshots, by name
  std::vector<BackupFile> code;  // of functions: paths in the data directory
  friend bool operator==(const BackupManifest&, const BackupManifest&) = default;
};
inline constexpr std::string_view kBackupManifestName = "backup";

// Lines of text with a checksum at the end: docs/formats/backup.md.
std::string print_manifest(const BackupManifest& manifest);
// Corrupt when it is not what was printed, UnknownFormat when another version printed it.
Result<BackupManifest> parse_manifest(std::string_view text);

// The manifest of the backup in `directory`; NotFound when there is none, or none that came to its end.
Result<BackupManifest> read_manifest(io::FileSystem& files, const std::string& directory);
// The same for a run that adds to it: nullopt when there is none, Corrupt when a file that it names is missing or
// shorter than it says. Their bytes are not read: restoring does that.
Result<std::optional<BackupManifest>> read_whole_manifest(io::FileSystem& files, const std::string& directory);
Result<void> write_manifest(io::FileSystem& files, const std::string& directory, const BackupManifest& manifest);

// Told after each file of a log how far it is, in bytes. May be empty.
using FilesProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

// Copies the log in `from` into `to`, which exists; durable when it returns, but no backup before its manifest is
// written. Everything that was committed when it was called is in it. Where no server runs, the end is what a start
// would find, since after a power cut the mark may say less; none is let in while that is looked for. `before` is the
// manifest of the backup that is there: what it holds stays, and only what is new is copied. Each record is checked on
// the way. Blocks.
//
//   IllegalStatus  `from` does not go on from what the backup holds: it needs another directory
//   Corrupt        a record is damaged; file and byte are named
Result<BackupManifest> back_up_log(io::FileSystem& files, const std::string& from, const std::string& to,
                                   const std::optional<BackupManifest>& before, const FilesProgress& progress = {});

struct Restored {
  std::uint64_t end = 0;  // the log ends before this position
  std::uint64_t records = 0;
  base::Time last{};  // of the last record
};

// Writes the log that the backup in `from` holds into `to`, an empty directory; with `at`, only what stands before the
// first record that was appended after that moment. Every byte is checked against the manifest. Durable when it
// returns. A log that ends before the backup does is another log: `random` gives its segments ids of their own.
//
//   Corrupt        a file of the backup is not what was written; it is named
//   IllegalStatus  no run saw the state as of `at`; before the first record, the message has the time of that
Result<Restored> restore_log(io::FileSystem& files, const std::string& from, const std::string& to,
                             const BackupManifest& manifest, std::optional<base::Time> at, base::Random& random,
                             const FilesProgress& progress = {});

}  // namespace athanor::storage
