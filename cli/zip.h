// Function code as the zip that Lambda takes.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace athanor::cli {

struct ZipEntry {
  std::string name;  // with / between its parts
  std::string bytes;
  bool executable = false;
};

// The same entries give the same bytes: times are those of 1980, the order is that of the names. So a digest of the zip
// is a digest of the code.
Result<std::string> make_zip(std::vector<ZipEntry> entries);

}  // namespace athanor::cli
