#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <string>

#include "cli/commands.h"
#include "cli/session.h"
#include "format/json.h"

namespace athanor::cli {
namespace {

using format::JsonValue;

constexpr const char* kExamples = R"help(
Examples:
  eval "$(athanor env)"           in the shell that should use Athanor
  athanor env >> .envrc
  athanor --endpoint http://bus.local:4566 env

Keys that are already set are kept. AWS tools from before 2023 do not know AWS_ENDPOINT_URL, and version 1 of the AWS
CLI ignores it for SQS. For them, the output defines a shell function `aws` that adds --endpoint-url; remove it with:
unset -f aws. Bash scripts inherit the function. Scripts of other shells, and programs that run `aws` themselves (xargs,
timeout, sudo), do not: give them --endpoint-url.)help";

// Some AWS tools prefer the first, some know only the second.
constexpr std::string_view kRegionKeys[] = {"AWS_REGION", "AWS_DEFAULT_REGION"};

// In single quotes for a POSIX shell.
std::string in_quotes(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string{"'\\''"} : std::string{c};
  return out + "'";
}

void run(Session& session) {
  const auto places = session.read_endpoints();
  if (!places) return session.fail(places.error());
  const std::string& endpoint = places->endpoint_url;
  // Tools find a profile's keys themselves, and variables would override them. A profile without keys here (it may get
  // them elsewhere) keeps its region, too.
  const auto settings = session.read_settings();
  const std::string region = settings ? settings->region : session.region;
  const bool has_no_keys = settings && settings->credentials.access_key_id == kNoKeys;
  auto& console = session.console();
  if (session.json) {
    JsonValue variables = JsonValue::object({{"AWS_ENDPOINT_URL", JsonValue::of(endpoint)}});
    if (!region.empty()) {
      for (const std::string_view key : kRegionKeys) variables.set(key, JsonValue::of(region));
    }
    for (const std::string_view key : {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}) {
      if (has_no_keys) variables.set(std::string{key}, JsonValue::of(kNoKeys));
    }
    return console.line(format::print_json_pretty(variables));
  }
  console.line(fmt::format("export AWS_ENDPOINT_URL={}", in_quotes(endpoint)));
  if (!region.empty()) {
    for (const std::string_view key : kRegionKeys) console.line(fmt::format("export {}={}", key, in_quotes(region)));
  }
  if (has_no_keys) {
    console.line("export AWS_ACCESS_KEY_ID=\"${AWS_ACCESS_KEY_ID:-test}\"");
    console.line("export AWS_SECRET_ACCESS_KEY=\"${AWS_SECRET_ACCESS_KEY:-test}\"");
  }
  console.line("aws() { command aws --endpoint-url \"$AWS_ENDPOINT_URL\" \"$@\"; }");
  console.line("if [ -n \"${BASH_VERSION:-}\" ]; then export -f aws; fi");  // for scripts called from this shell
}

}  // namespace

void add_env(CLI::App& program, Session& session) {
  auto* command = program.add_subcommand("env", "Print shell settings that point AWS tools at this server.");
  command->footer(kExamples);
  command->callback([&session] { run(session); });
}

}  // namespace athanor::cli
