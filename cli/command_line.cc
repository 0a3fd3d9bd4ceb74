#include "cli/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <optional>
#include <string_view>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "sdk/aws_settings.h"
#include "stack/nearest.h"

namespace athanor::cli {
namespace {

constexpr const char* kExamples = R"help(
Examples:
  athanor serve --dev --data ./data          start a server on port 4566
  eval "$(athanor env)"                      point the AWS CLI and SDKs at it
  athanor deploy template.yaml --stack shop  create buses, rules, queues and functions
  athanor put --bus orders --source shop --detail-type OrderPlaced --detail '{"id": 7}'
  athanor tail --bus orders                  watch events as they arrive

Exit codes: 0 success, 1 refused or failed, 2 wrong command line, 3 no server answered or it is still
starting, 65 files are damaged. serve exits with 74 when the disk failed under its log.)help";

std::string full_name(const CLI::App& command) {
  return command.get_parent() == nullptr ? command.get_name()
                                         : full_name(*command.get_parent()) + " " + command.get_name();
}

const CLI::App* find_command(const CLI::App& of, std::string_view name) {
  for (const auto* command : of.get_subcommands({})) {
    if (command->get_name() == name) return command;
  }
  return nullptr;
}

// A word in the place of a command that is not one.
struct UnknownCommand {
  const CLI::App* of = nullptr;
  std::string word;
};

// Words that are not options are commands as long as the last one has subcommands.
std::optional<UnknownCommand> unknown_command(const CLI::App& program, const std::vector<std::string>& arguments) {
  const auto takes_value = [](const CLI::App& command, const std::string& word) {
    const auto* option = command.get_option_no_throw(word);
    return option != nullptr && option->get_items_expected_max() > 0;
  };
  const CLI::App* at = &program;
  for (std::size_t i = 0; i < arguments.size() && !at->get_subcommands({}).empty(); ++i) {
    const std::string& word = arguments[i];
    if (takes_value(*at, word) || takes_value(program, word)) {
      ++i;
    } else if (!word.starts_with('-')) {
      const auto* command = find_command(*at, word);
      if (command == nullptr) return UnknownCommand{at, word};
      at = command;
    }
  }
  return std::nullopt;
}

Exit refuse(const UnknownCommand& unknown, Console& console) {
  std::vector<std::string> names;
  for (const auto* command : unknown.of->get_subcommands({})) names.push_back(command->get_name());
  const std::vector<std::string_view> views{names.begin(), names.end()};
  const auto near = stack::nearest(unknown.word, views);
  const std::string of = full_name(*unknown.of);
  (void)console.failed(
      invalid_input(fmt::format("There is no command \"{}\".", unknown.word)),
      near.empty() ? fmt::format("{} --help lists the commands", of) : fmt::format("did you mean {} {}?", of, near));
  return Exit::Usage;
}

// `help put` and `--version`, which most programs accept, in our form.
std::vector<std::string> in_our_words(std::vector<std::string> arguments) {
  if (arguments.empty()) return arguments;
  if (arguments.front() == "--version") arguments.front() = "version";
  if (arguments.front() == "help") {
    arguments.erase(arguments.begin());
    arguments.emplace_back("--help");
  }
  return arguments;
}

// The command that was chosen, or the program.
const CLI::App& innermost(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? app : innermost(*chosen.front());
}

// The option whose value is empty, as an unset shell variable leaves it: an empty "--bus" would mean the default bus,
// and after "--data=" CLI11 takes the next word as the value.
std::optional<std::string> option_without_value(const std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (!word.starts_with("--")) continue;
    if (word.find('=') == word.size() - 1) return word.substr(0, word.size() - 1);
    if (i + 1 < arguments.size() && arguments[i + 1].empty()) return word;
  }
  return std::nullopt;
}

// Without trailing blank lines.
std::string help_of(const CLI::App& app, const std::string& of = {}) {
  return std::string{base::trim(app.help(of))} +
         (of.empty() ? "" : "\n\nGlobal options: --endpoint URL, --region NAME, --json. See athanor --help.");
}

}  // namespace

Exit run(const std::vector<std::string>& given, Console& console, const sdk::Environment& environment) {
  const auto arguments = in_our_words(given);
  Session session{console, environment};
  CLI::App program{"Athanor: a durable, EventBridge-compatible event bus.", "athanor"};
  program.footer(kExamples);
  program.require_subcommand(0, 1);
  program.fallthrough();
  program.get_formatter()->column_width(34);
  program
      .add_option("--endpoint", session.endpoint,
                  "URL of the server; default: AWS_ENDPOINT_URL, the profile, http://127.0.0.1:4566")
      ->type_name("URL")
      ->check([](const std::string& url) {
        const auto parsed = sdk::parse_endpoint_url(url);
        return parsed ? std::string{} : parsed.error().message;
      });
  program
      .add_option("--region", session.region,
                  "region to use; default: AWS_REGION, AWS_DEFAULT_REGION, the profile, us-east-1")
      ->type_name("NAME")
      ->check([](const std::string& region) {
        return sdk::is_region(region) ? std::string{}
                                      : fmt::format("takes a region such as us-east-1, not '{}'", region);
      });
  program.add_flag("--json", session.json, "print the result as JSON");
  for (const auto add : {add_serve, add_deploy, add_stacks, add_put, add_tail, add_pattern, add_trace, add_replay,
                         add_dlq, add_log, add_backup, add_restore, add_status, add_env, add_version}) {
    add(program, session);
  }
  if (const auto unknown = unknown_command(program, arguments)) return refuse(*unknown, console);
  try {
    if (const auto option = option_without_value(arguments)) throw CLI::ArgumentMismatch(*option + " needs a value");
    // CLI11 wants the words in reverse order.
    program.parse(std::vector<std::string>{arguments.rbegin(), arguments.rend()});
  } catch (const CLI::CallForHelp&) {
    const auto chosen = program.get_subcommands();
    console.line(chosen.empty() ? help_of(program) : help_of(*chosen.front(), "athanor"));
    return Exit::Done;
  } catch (const CLI::ParseError& error) {
    (void)console.failed(invalid_input(error.what()), full_name(innermost(program)) + " --help shows the usage");
    return Exit::Usage;
  }
  if (program.get_subcommands().empty()) {
    console.line(help_of(program));
    return Exit::Usage;
  }
  return session.exit;
}

}  // namespace athanor::cli
