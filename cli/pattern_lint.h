// `athanor pattern lint`: what is wrong with the patterns of a set of rules.
#pragma once

namespace CLI {
class App;
}

namespace athanor::cli {

class Session;

void add_pattern_lint(CLI::App& pattern_command, Session& session);

}  // namespace athanor::cli
