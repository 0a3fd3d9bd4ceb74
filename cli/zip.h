// Function code as the zip that Lambda takes.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace athanor::cli {

struct ZipEntry {
  std::string name;  // parts separated by /
  std::string bytes;
  bool executable = false;
};

// The same entries give the same bytes: all times are 1980-01-01, entries are sorted by name. So a digest of the zip is
// a digest of the code.
Result<std::string> make_zip(std::vector<ZipEntry> entries);

}  // namespace athanor::cli
