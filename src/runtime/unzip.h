// Unpacks what somebody else has packed, with everything hostile refused.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace athanor::runtime {

// Unpacks the zip into a directory that is there and empty; after an error anything may be in it. Not synced. Blocks.
//
//   InvalidZipFile  it is no zip, or holds anything but plain files and directories inside: absolute paths, "..",
//                   links, devices, a name twice; over 10,000 entries, 250 MB, or a hundred times the size of the zip
//   DiskFull, Unavailable  the disk refuses
Result<void> unzip(std::string_view zip, const std::string& into);

}  // namespace athanor::runtime
