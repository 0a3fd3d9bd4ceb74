#include "cli/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string_view>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "stack/nearest.h"

namespace athanor::cli {
namespace {

constexpr const char* kExamples = R"help(
Examples:
  athanor serve --dev --data ./data          start a server on port 4566
  eval "$(athanor env)"                      point the AWS CLI and SDKs at it
  athanor deploy template.yaml --stack shop  buses, rules, queues, functions from a template
  athanor put --bus orders --source shop --detail-type OrderPlaced --detail '{"id": 7}'
  athanor tail --bus orders                  watch what comes in

Exit codes: 0 done, 1 refused or failed, 2 the command line is wrong, 3 no server answered.)help";

// The first word that is no option, when no command has that name.
std::string unknown_command(const CLI::App& program, const std::vector<std::string>& arguments) {
  static constexpr std::string_view kWithValue[] = {"--endpoint", "--region"};
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (std::ranges::find(kWithValue, word) != std::end(kWithValue)) {
      ++i;
    } else if (!word.starts_with('-')) {
      for (const auto* command : program.get_subcommands({})) {
        if (command->get_name() == word) return {};
      }
      return word;
    }
  }
  return {};
}

Exit refuse_unknown(const CLI::App& program, const std::string& word, Console& console) {
  std::vector<std::string> names;
  for (const auto* command : program.get_subcommands({})) names.push_back(command->get_name());
  const std::vector<std::string_view> views{names.begin(), names.end()};
  const auto near = stack::nearest(word, views);
  (void)console.failed(
      invalid_input(fmt::format("There is no command \"{}\".", word)),
      near.empty() ? std::string{"athanor --help lists the commands"} : fmt::format("did you mean athanor {}?", near));
  return Exit::Usage;
}

// Without the blank lines at its end.
std::string help_of(const CLI::App& app, const std::string& of = {}) {
  return std::string{base::trim(app.help(of))} +
         (of.empty() ? "" : "\n\nEverywhere: --endpoint URL, --region NAME, --json. See athanor --help.");
}

}  // namespace

Exit run(const std::vector<std::string>& arguments, Console& console, const sdk::Environment& environment) {
  Session session{console, environment};
  CLI::App program{"Athanor: a durable, EventBridge-compatible event bus.", "athanor"};
  program.footer(kExamples);
  program.require_subcommand(0, 1);
  program.fallthrough();
  program.get_formatter()->column_width(34);
  program
      .add_option("--endpoint", session.endpoint,
                  "URL of the server; else AWS_ENDPOINT_URL, else http://127.0.0.1:4566")
      ->type_name("URL");
  program.add_option("--region", session.region, "else AWS_REGION, AWS_DEFAULT_REGION, the profile's, us-east-1")
      ->type_name("NAME");
  program.add_flag("--json", session.json, "print the answer as JSON");
  for (const auto add : {add_serve, add_deploy, add_stacks, add_put, add_tail, add_pattern, add_trace, add_replay,
                         add_dlq, add_log, add_backup, add_restore, add_status, add_env, add_version}) {
    add(program, session);
  }
  if (const auto word = unknown_command(program, arguments); !word.empty())
    return refuse_unknown(program, word, console);
  try {
    // CLI11 wants the words from the last to the first.
    program.parse(std::vector<std::string>{arguments.rbegin(), arguments.rend()});
  } catch (const CLI::CallForHelp&) {
    const auto chosen = program.get_subcommands();
    console.line(chosen.empty() ? help_of(program) : help_of(*chosen.front(), "athanor"));
    return Exit::Done;
  } catch (const CLI::ParseError& error) {
    const auto chosen = program.get_subcommands();
    const std::string of = chosen.empty() ? "" : " " + chosen.front()->get_name();
    (void)console.failed(invalid_input(error.what()), fmt::format("athanor{} --help shows how", of));
    return Exit::Usage;
  }
  if (program.get_subcommands().empty()) {
    console.line(help_of(program));
    return arguments.empty() ? Exit::Usage : session.exit;
  }
  return session.exit;
}

}  // namespace athanor::cli
