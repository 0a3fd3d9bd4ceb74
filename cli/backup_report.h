// Reports whether a backup can be restored, as text and as JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/console.h"
#include "format/json.h"
#include "storage/embedded/backup.h"

namespace athanor::cli {

// What helps against damage to a backup.
constexpr std::string_view kAnotherDirectory =
    "back up into another directory; nothing can be restored from this one as it is";

struct VerifiedBackup {
  std::optional<storage::BackupManifest> manifest;  // nullopt when that is what is damaged
  storage::BackupCheck check;
  std::vector<std::string> others;  // files that the manifest does not name
};

// Of all files in the backup.
std::uint64_t bytes_of(const storage::BackupManifest& manifest);

// One line per damage and per other file; if it is sound, what it holds and the newest of the moments that can be
// restored, otherwise what to do.
void print(const VerifiedBackup& verified, Console& console);

// Without the members whose values cannot be known.
format::JsonValue json_of(const VerifiedBackup& verified, const std::string& directory);

}  // namespace athanor::cli
