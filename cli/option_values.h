// Options shared by several commands, with value types that CLI11 does not know. A bad value is refused while the
// command line is parsed, so that it ends with Exit::Usage.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "cli/session.h"

namespace athanor::cli {

// An option that takes a time, in the forms of parse_moment; "now" is when the command line was parsed.
CLI::Option* add_moment(CLI::App& command, const std::string& option, std::optional<base::Time>& moment,
                        const std::string& what, const Session& session);

// A whole number from `least`, and up to `most` if given.
CLI::Validator at_least(std::int64_t least);
CLI::Validator between(std::int64_t least, std::int64_t most);

}  // namespace athanor::cli
