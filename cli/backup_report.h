// Reports whether a backup can be restored, as text and as JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/console.h"
#include "format/json.h"
#include "storage/embedded/backup.h"

namespace athanor::cli {

struct VerifiedBackup {
  std::optional<storage::BackupManifest> manifest;  // nullopt when that is what is damaged
  storage::BackupCheck check;
  std::vector<std::string> others;  // files that the manifest does not name
};

// Of all files in the backup.
std::uint64_t bytes_of(const storage::BackupManifest& manifest);

// One line per damage and per other file; if it is sound, what it holds; the newest of the moments that can be
// restored; if it is damaged, what to do.
void print(const VerifiedBackup& verified, Console& console);

format::JsonValue json_of(const std::vector<storage::Damage>& damages);
// Without the members whose values cannot be known.
format::JsonValue json_of(const VerifiedBackup& verified, const std::string& directory);

}  // namespace athanor::cli
