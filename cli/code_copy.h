// Copies function code into a backup and back: files, each with a checksum.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "io/file_system.h"
#include "storage/embedded/backup.h"

namespace athanor::cli {

struct CopiedCode {
  std::vector<storage::BackupFile> files;  // everything the backup has afterwards
  std::vector<Error> damaged;  // packages that differ from what was stored, so not copied; each names its file
};

// Copies the packages under `data`/functions/code that are not among `held` to the same place under `backup`, durably.
// Packages that the server removes meanwhile are left out.
Result<CopiedCode> back_up_code(io::FileSystem& files, const std::string& data, const std::string& backup,
                                std::vector<storage::BackupFile> held);

// Copies those files from `backup` to `data`, durably. Corrupt, naming the file, when one differs from what was copied.
Result<void> restore_code(io::FileSystem& files, const std::string& backup, const std::string& data,
                          const std::vector<storage::BackupFile>& code);

}  // namespace athanor::cli
