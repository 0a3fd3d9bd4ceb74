// Unpacks what somebody else has packed, refusing everything hostile.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace athanor::runtime {

// Unpacks the zip, files read-only, into an existing, empty directory; after an error anything may be in it. Not
// synced. Blocks.
//
//   InvalidZipFile  it is not a zip; or holds anything but files, directories and symbolic links that stay inside
//                   (absolute paths, "..", devices), or a name twice; or has over 10,000 entries, 10,000 files and
//                   directories (including those only implied by paths), 250 MB, or a hundred times the size of the
//                   zip. The message says which
//   DiskFull, Unavailable  the disk refuses
Result<void> unzip(std::string_view zip, const std::string& into);

}  // namespace athanor::runtime
