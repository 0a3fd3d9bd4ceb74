#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <system_error>

#include "cli/commands.h"
#include "cli/credentials_file.h"
#include "cli/option_values.h"
#include "cli/session.h"
#include "server/server.h"
#include "server/settings.h"

namespace athanor::cli {
namespace {

constexpr const char* kExamples = R"(
Examples:
  athanor serve --dev --data ./data                  on 127.0.0.1:4566, for any access key
  athanor serve --data /var/lib/athanor --port 4566 --credentials keys.txt --address 0.0.0.0
  AWS_ACCESS_KEY_ID=AKIDEXAMPLE AWS_SECRET_ACCESS_KEY=... athanor serve --data ./data

Without --dev, every request must be signed with a key that the server knows: the one in AWS_ACCESS_KEY_ID and
AWS_SECRET_ACCESS_KEY, or one from --credentials, a file with lines of "ACCESS_KEY_ID SECRET_ACCESS_KEY".
Stop the server with Ctrl-C or SIGTERM: it finishes what it has accepted. Everything acknowledged is on disk.

Exit codes: 65 the files are damaged (athanor log verify shows where); 74 the disk failed under the log, and nothing was
acknowledged after that.)";

struct Options {
  server::Settings settings;
  std::string credentials;
};

// Fills in the keys; an error when neither they nor --dev let anybody in.
Result<void> add_credentials(Session& session, Options& options) {
  const auto id = sdk::non_empty(session.environment(), "AWS_ACCESS_KEY_ID");
  const auto secret = sdk::non_empty(session.environment(), "AWS_SECRET_ACCESS_KEY");
  if (id && secret) options.settings.credentials[*id] = *secret;
  if (!options.credentials.empty()) {
    auto read = read_credentials_file(options.credentials);
    if (!read) return read.error();
    for (auto& [key_id, key] : *read) options.settings.credentials[key_id] = std::move(key);
  }
  if (options.settings.credentials.empty() && !options.settings.dev) {
    return invalid_input(
        "No access key is known, so no request could be accepted. Give --credentials FILE, set AWS_ACCESS_KEY_ID "
        "and AWS_SECRET_ACCESS_KEY, or serve with --dev on this machine only.");
  }
  return {};
}

void run(Session& session, Options& options) {
  if (const auto added = add_credentials(session, options); !added) return session.fail(added.error());
  // For crash tests only, so not an option; a line of the output says that it is set.
  options.settings.crash_at = sdk::non_empty(session.environment(), "ATHANOR_CRASH_AT").value_or("");
  try {
    session.exit = server::serve(options.settings);
  } catch (const std::system_error& refused) {
    if (refused.code() != std::errc::resource_unavailable_try_again) throw;
    session.fail({ErrorCode::LimitExceeded, "The system does not let the server start a thread.", {}},
                 "raise the limit of the user (ulimit -u), the unit (TasksMax) or the container (pids)");
  }
}

}  // namespace

void add_serve(CLI::App& program, Session& session) {
  auto* command = program.add_subcommand("serve", "Run the server.");
  command->footer(kExamples);
  const auto options = std::make_shared<Options>();
  auto& settings = options->settings;
  command->add_option("--data", settings.data_directory, "data directory; created if it does not exist")
      ->type_name("DIR")
      ->required();
  command->add_option("--port", settings.port, "port to listen on; 0: any free port")
      ->type_name("N")
      ->check(between(0, 65'535))
      ->capture_default_str();
  command
      ->add_option("--address", settings.addresses,
                   "IP address to listen on; may be repeated; default: 127.0.0.1 and ::1")
      ->allow_extra_args(false)
      ->type_name("IP");
  command->add_flag("--dev", settings.dev, "accept any access key and POST /_athanor/reset; loopback addresses only");
  command->add_option("--credentials", options->credentials, "file of access keys that may sign requests")
      ->type_name("FILE");
  command->add_option("--network-threads", settings.network_threads, "threads for HTTP; 0: one per core")
      ->type_name("N")
      ->check(between(0, 256))
      ->capture_default_str();
  command->add_option("--functions-max", settings.functions_max, "function processes that may run at once")
      ->type_name("N")
      ->check(between(1, 1'000))
      ->capture_default_str();
  command->add_option("--segment-mib", settings.segment_mib, "size of a segment (a file of the log), in MiB")
      ->type_name("N")
      ->check(between(1, 4'096))
      ->capture_default_str();
  command
      ->add_option("--snapshot-mib", settings.snapshot_mib,
                   "log between two snapshots, in MiB; if these are large, up to 4x or twice their size")
      ->type_name("N")
      ->check(between(1, 4'096))
      ->capture_default_str();
  command
      ->add_option("--reserve-mib", settings.reserve_mib,
                   "disk space held in reserve for when the disk is full, in MiB; 0: none")
      ->type_name("N")
      ->check(between(0, 65'536))
      ->capture_default_str();
  command->callback([&session, options] { run(session, *options); });
}

}  // namespace athanor::cli
