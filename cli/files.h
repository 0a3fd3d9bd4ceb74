// Reading what the command line names: files, standard input, directories of code.
#pragma once

#include <string>

#include "base/result.h"
#include "cli/zip.h"

namespace athanor::cli {

// The whole file; "-" is standard input. NotFound names the path and the reason.
Result<std::string> read_file(const std::string& path);

// "@path" gives the file's content, "-" standard input, anything else itself.
Result<std::string> read_argument(const std::string& argument);

// The code at `path` as a zip: a directory's files, a file ending in .zip as it is, any other file alone, called
// bootstrap, as Lambda looks for it. Executable bits are kept. InvalidInput when it is empty or beyond Lambda's limits.
Result<std::string> zip_path(const std::string& path);

}  // namespace athanor::cli
