// Code of functions on its way into a backup and back: files, each with a checksum.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "io/file_system.h"
#include "storage/embedded/backup.h"

namespace athanor::cli {

struct CopiedCode {
  std::vector<storage::BackupFile> files;  // all that the backup has then
  std::vector<Error> damaged;  // packages that are not what was stored, and so not copied: each names its file
};

// Copies the packages under `data`/functions/code that are not among `held` to the same place under `backup`, durably.
// What the server removes meanwhile is left out.
Result<CopiedCode> back_up_code(io::FileSystem& files, const std::string& data, const std::string& backup,
                                std::vector<storage::BackupFile> held);

// Copies those files from `backup` to `data`, durably. Corrupt, naming the file, when one is not what was copied.
Result<void> restore_code(io::FileSystem& files, const std::string& backup, const std::string& data,
                          const std::vector<storage::BackupFile>& code);

}  // namespace athanor::cli
