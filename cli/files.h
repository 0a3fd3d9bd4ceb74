// Reading what the command line names: files, standard input, directories of code.
#pragma once

#include <string>

#include "base/result.h"

namespace athanor::cli {

// The whole file; "-" is standard input. NotFound names the path and the reason.
Result<std::string> read_file(const std::string& path);

// "@path" gives the file's content, "-" standard input; anything else is returned as it is.
Result<std::string> read_argument(const std::string& argument);

// The code at `path` as a zip: a directory's files, a .zip file as it is, or any other file as the single entry
// bootstrap, the name that Lambda looks for. Executable bits are kept. InvalidInput when it is empty or beyond Lambda's
// limits.
Result<std::string> zip_path(const std::string& path);

}  // namespace athanor::cli
