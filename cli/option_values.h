// Options that several commands have, with values that CLI11 does not know. What cannot be understood is refused while
// the command line is read, so that it ends as Exit::Usage.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "cli/session.h"

namespace athanor::cli {

// An option that takes a moment, as parse_moment reads it; "now" is when the command line was read.
CLI::Option* add_moment(CLI::App& command, const std::string& option, std::optional<base::Time>& moment,
                        const std::string& what, const Session& session);

// A whole number of at least `least`; of at most `most`, too.
CLI::Validator at_least(std::int64_t least);
CLI::Validator between(std::int64_t least, std::int64_t most);

}  // namespace athanor::cli
