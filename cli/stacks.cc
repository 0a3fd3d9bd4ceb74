#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "api/athanor.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/resource_table.h"
#include "cli/session.h"
#include "cli/table.h"

namespace athanor::cli {
namespace {

constexpr const char* kExamples = R"(
Examples:
  athanor stacks                      list the stacks of the region
  athanor stacks shop                 show its resources, parameters and outputs
  athanor stacks shop --delete        delete it all, except resources with DeletionPolicy: Retain)";

constexpr const char* kListed = "athanor stacks lists the stacks";

struct Options {
  std::string name;
  bool remove = false;
};

void list(Session& session) {
  const auto response = session.call<api::ListStacks>({});
  if (!response) return session.fail(response.error());
  if (session.json) return session.print_json(*response);
  std::vector<Row> rows{{{"STACK"}, {"STATUS"}, {"RESOURCES"}, {"UPDATED"}}};
  for (const auto& stack : response->stacks) {
    rows.push_back({{stack.stack_name, Style::Bold},
                    {stack.stack_status},
                    {fmt::format("{}", stack.resource_count)},
                    {base::to_iso8601(stack.last_updated_time)}});
  }
  session.console().line(
      rows.size() == 1 ? fmt::format("no stacks in {}; athanor deploy TEMPLATE creates one", session.asked_region())
                       : format_table(rows, session.console()));
}

void describe(Session& session, const std::string& name) {
  const auto response = session.call<api::DescribeStack>({.stack_name = name});
  if (!response) return session.fail_to_find(response.error(), kListed);
  if (session.json) return session.print_json(*response);
  auto& console = session.console();
  console.line(fmt::format("{}  {}  {}", console.styled(response->stack.stack_name, Style::Bold),
                           response->stack.stack_status, base::to_iso8601(response->stack.last_updated_time)));
  if (!response->stack_status_reason.empty()) console.line(response->stack_status_reason);
  console.line(format_resources(response->resources, console));
  for (const auto& [key, value] : response->parameters) console.line(fmt::format("parameter {} = {}", key, value));
  for (const auto& [key, value] : response->outputs) console.line(fmt::format("output {} = {}", key, value));
}

void remove(Session& session, const std::string& name) {
  const auto response = session.call<api::DeleteStack>({.stack_name = name});
  if (!response) {
    std::string hint;
    if (response.error().code == ErrorCode::NotFound)
      hint = kListed;
    else if (session.was_refused())
      hint = fmt::format("athanor stacks {} shows what is left; what was deleted before the error is gone", name);
    return session.fail(response.error(), hint);
  }
  if (session.json) return session.print_json(*response);
  session.console().line(format_resources(response->resources, session.console()));
}

}  // namespace

void add_stacks(CLI::App& program, Session& session) {
  auto* command = program.add_subcommand("stacks", "List, show and delete deployed stacks.");
  command->footer(kExamples);
  const auto options = std::make_shared<Options>();
  auto* name = command->add_option("STACK", options->name, "name of a stack; default: list all");
  command->add_flag("--delete", options->remove, "delete the stack and its resources")->needs(name);
  command->callback([&session, options, name] {
    if (name->empty()) return list(session);
    return options->remove ? remove(session, options->name) : describe(session, options->name);
  });
}

}  // namespace athanor::cli
