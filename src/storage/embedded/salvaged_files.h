// Files that the disk refuses in places (EIO), read as ddrescue would copy them: with zeros in those places.
//
// So what reads past damage, inspect.h and repair.h, reads past them, too. Never for a start.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "io/passing_files.h"

namespace athanor::storage {

// What was refused of a file: the sectors' offsets, and the bytes of each that are in the file.
using RefusedSectors = std::map<std::uint64_t, std::uint64_t>;
// Those with bytes in [from, until).
RefusedSectors sectors_in(const RefusedSectors& refused, std::uint64_t from, std::uint64_t until);

class SalvagedFiles final : public io::PassingFiles {
 public:
  using PassingFiles::PassingFiles;

  // A file opened for reading must not outlive this object, and is not changed meanwhile.
  Result<std::unique_ptr<io::File>> open(const std::string& path, io::OpenMode mode) override;

  // By path: what reads have met so far. None of it is tried again: a bad disk takes seconds for every try.
  const std::map<std::string, RefusedSectors>& refused() const { return refused_; }

 private:
  std::map<std::string, RefusedSectors> refused_;
};

}  // namespace athanor::storage
