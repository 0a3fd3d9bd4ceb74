#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "api/athanor.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/local_code.h"
#include "cli/resource_table.h"
#include "cli/session.h"
#include "cli/stack_name.h"
#include "sdk/backoff.h"
#include "stack/parameters.h"
#include "stack/template.h"

namespace athanor::cli {
namespace {

constexpr const char* kExamples = R"(
Examples:
  athanor deploy template.yaml                           the stack is named after the directory
  athanor deploy cdk.out/Shop.template.json              the stack is Shop
  athanor deploy template.yaml --stack shop --parameter Stage=prod --parameter Days=30
  athanor deploy template.yaml --code Billing=build/billing
  athanor deploy template.yaml --json

Creates, updates and deletes resources so that they match the template; deploying the same template again changes
nothing. A parameter that is not given keeps its value from the last deploy, even if that failed, unless it is NoEcho.
Directories named by Code: and CodeUri:, relative to the template, are zipped and sent along, as are CDK assets.)";

struct Options {
  std::string template_path, stack;
  std::map<std::string, std::string> parameters, code;
};

// An option that may be repeated, each time with a different name.
void add_pairs(CLI::App& command, const std::string& option, std::map<std::string, std::string>& pairs,
               const std::string& form, const std::string& what) {
  const auto read = [option, form, &pairs](const std::vector<std::string>& words) {
    for (const auto& word : words) {
      const auto equals = word.find('=');
      if (equals == 0 || equals == std::string::npos)
        throw CLI::ValidationError(option, fmt::format("takes {}, not \"{}\"", form, word));
      if (!pairs.emplace(word.substr(0, equals), word.substr(equals + 1)).second)
        throw CLI::ValidationError(option, fmt::format("gives {} twice", word.substr(0, equals)));
    }
  };
  command.add_option_function<std::vector<std::string>>(option, read, what)->allow_extra_args(false)->type_name(form);
}

// Parameters not given keep their values from the last deploy, as with `aws cloudformation deploy`. Without a stack
// there is nothing to keep, and the value of a hidden parameter (NoEcho) is never disclosed.
Result<void> keep_parameters(Session& session, api::DeployStackRequest& request) {
  const auto last = session.call<api::DescribeStack>({.stack_name = request.stack_name});
  request.parameters_read = last ? last->parameters : std::map<std::string, std::string>{};
  if (!last) return last.error().code == ErrorCode::NotFound ? Result<void>{} : last.error();
  ATHANOR_TRY(parsed, stack::parse_template(request.template_body));
  const auto* declared = parsed.section("Parameters");
  for (const auto& [name, value] : last->parameters) {
    if (declared != nullptr && declared->find(name) != nullptr && value != stack::kHidden)
      request.parameters.emplace(name, value);
  }
  return {};
}

// The asset manifest that the CDK writes beside "Shop.template.json"; empty if there is none.
Result<std::string> read_asset_manifest(const std::string& template_path) {
  if (!template_path.ends_with(kEndOfCdkTemplates)) return std::string{};
  auto text = read_file(template_path.substr(0, template_path.size() - kEndOfCdkTemplates.size()) + ".assets.json");
  if (!text && text.error().code == ErrorCode::NotFound) return std::string{};
  return text;
}

Result<api::DeployStackRequest> request_of(Session& session, const Options& options) {
  api::DeployStackRequest request;
  request.stack_name = options.stack.empty() ? stack_name_of(options.template_path) : options.stack;
  if (request.stack_name.empty())
    return invalid_input(fmt::format("No valid stack name follows from {}: give --stack NAME.", options.template_path));
  ATHANOR_TRY(text, read_file(options.template_path));
  request.template_body = std::move(text);
  request.parameters = options.parameters;
  ATHANOR_CHECK(keep_parameters(session, request));
  const auto directory = std::filesystem::path{options.template_path}.parent_path().string();
  ATHANOR_TRY(assets, read_asset_manifest(options.template_path));
  ATHANOR_TRY(functions, find_local_code(request.template_body, directory, options.code, request.parameters, assets));
  std::size_t bytes = request.template_body.size();
  for (const auto& function : functions) {
    auto zip = zip_path(function.path);
    if (!zip) {
      return invalid_input(fmt::format("[{}] {} Give its code with --code {}=PATH.", function.logical_id,
                                       zip.error().message, function.logical_id));
    }
    session.console().note(
        fmt::format("{}: {} packed into {} KiB", function.logical_id, function.path, (zip->size() + 1023) / 1024));
    bytes += zip->size();
    request.code.push_back({function.logical_id, {std::move(*zip)}});
  }
  // Base64 turns three bytes into four.
  if (bytes / 3 * 4 > limits::kRequestBodyBytes) {
    return invalid_input(
        fmt::format("Template and code are {} bytes, and a request holds {} bytes of Base64. Strip the executables "
                    "(strip -s), or split the template.",
                    bytes, limits::kRequestBodyBytes));
  }
  return request;
}

void run(Session& session, const Options& options) {
  const auto request = request_of(session, options);
  if (!request) return session.fail(request.error());
  const auto deployed = session.call<api::DeployStack>(*request);
  if (!deployed && sdk::is_retryable(deployed.error())) {
    return session.fail(
        deployed.error(),
        fmt::format("athanor stacks {} shows what was done; deploying again does no harm", request->stack_name));
  }
  if (!deployed && deployed.error().code == ErrorCode::IllegalStatus)
    return session.fail(deployed.error(), "another deploy came in between; deploy again");
  if (!deployed) {
    // Only a deploy that had begun to write records its reason in the stack.
    const auto left = session.call<api::DescribeStack>({.stack_name = request->stack_name});
    const bool begun =
        left && !left->stack_status_reason.empty() && deployed.error().message.ends_with(left->stack_status_reason);
    return session.fail(deployed.error(),
                        begun ? "changes made before the error are kept; correct the template and deploy it again"
                              : "correct the template and deploy it again");
  }
  if (session.json) return session.print_json(*deployed);
  auto& console = session.console();
  console.line(format_resources(deployed->resources, console));
  if (!deployed->outputs.empty()) console.line("");
  for (const auto& [name, value] : deployed->outputs)
    console.line(fmt::format("{} = {}", console.styled(name, Style::Bold), value));
  console.line(fmt::format("{}: {}", request->stack_name, summary_of(deployed->resources)));
}

}  // namespace

void add_deploy(CLI::App& program, Session& session) {
  auto* command = program.add_subcommand("deploy", "Create or update the resources of a CloudFormation template.");
  command->footer(kExamples);
  const auto options = std::make_shared<Options>();
  command->add_option("TEMPLATE", options->template_path, "file in YAML or JSON; - for standard input")->required();
  command
      ->add_option("--stack", options->stack,
                   "name of the stack; default: from the name of the directory or CDK template")
      ->type_name("NAME");
  add_pairs(*command, "--parameter", options->parameters, "NAME=VALUE",
            "value of a template parameter; may be repeated");
  add_pairs(*command, "--code", options->code, "LOGICALID=PATH",
            "code of a function: a directory, a .zip or an executable; may be repeated");
  command->callback([&session, options] { run(session, *options); });
}

}  // namespace athanor::cli
