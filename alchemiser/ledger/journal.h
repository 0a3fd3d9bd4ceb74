// A file of lines that only grows: each line carries a checksum, and a line torn by a crash is cut off.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/file_system.h"

namespace athanor::alchemiser {

class Journal {
 public:
  // Reads all lines, in order; cuts off a torn last one. Corrupt when a line before the last is damaged. The caller
  // must hold the journal's lock (ledger/locks.h). Borrows `files`.
  static Result<Journal> open(io::FileSystem& files, const std::string& path);

  const std::vector<std::string>& lines() const { return lines_; }

  // On disk when it returns. `line` has no line feed. After an error the journal must be reopened.
  Result<void> append(std::string line);

 private:
  std::unique_ptr<io::File> file_;
  std::uint64_t size_ = 0;
  std::vector<std::string> lines_;
};

}  // namespace athanor::alchemiser
