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
  athanor serve --dev --data ./data                  on 127.0.0.1:4566, any access key
  athanor serve --data /var/lib/athanor --port 4566 --credentials keys.txt --address 0.0.0.0
  AWS_ACCESS_KEY_ID=AKIDEXAMPLE AWS_SECRET_ACCESS_KEY=... athanor serve --data ./data

Without --dev every request must be signed with a key the server knows: that of AWS_ACCESS_KEY_ID and
AWS_SECRET_ACCESS_KEY, and those of --credentials, one "ACCESS_KEY_ID SECRET_ACCESS_KEY" a line.
Stop it with Ctrl-C or SIGTERM: it finishes what it accepted. Whatever was acknowledged is on disk.
It exits with 65 when its files are damaged (athanor log verify tells where), and with 74 when the disk failed under the log: nothing was acknowledged after that.)";

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
        "No access key is known, so nobody could sign a request. Give --credentials FILE, set AWS_ACCESS_KEY_ID "
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
    session.fail({ErrorCode::LimitExceeded, "The system refuses the server a thread.", {}},
                 "raise what it allows this user (ulimit -u), unit (TasksMax) or container (pids)");
  }
}

}  // namespace

void add_serve(CLI::App& program, Session& session) {
  auto* command = program.add_subcommand("serve", "Run the server.");
  command->footer(kExamples);
  const auto options = std::make_shared<Options>();
  auto& settings = options->settings;
  command->add_option("--data", settings.data_directory, "directory of the log; made when it is not there")
      ->type_name("DIR")
      ->required();
  command->add_option("--port", settings.port, "0 takes any that is free")
      ->type_name("N")
      ->check(between(0, 65'535))
      ->capture_default_str();
  command
      ->add_option("--address", settings.addresses,
                   "IP address to listen on; may be repeated; without it 127.0.0.1 and ::1")
      ->allow_extra_args(false)
      ->type_name("IP");
  command->add_flag("--dev", settings.dev, "accept any access key, and /_athanor/reset; loopback addresses only");
  command->add_option("--credentials", options->credentials, "file of access keys")->type_name("FILE");
  command->add_option("--network-threads", settings.network_threads, "threads for HTTP; 0 for one per core")
      ->type_name("N")
      ->check(between(0, 256))
      ->capture_default_str();
  command->add_option("--functions-max", settings.functions_max, "processes of functions at once")
      ->type_name("N")
      ->check(between(1, 1'000))
      ->capture_default_str();
  command->add_option("--segment-mib", settings.segment_mib, "size of a file of the log, in MiB")
      ->type_name("N")
      ->check(between(1, 4'096))
      ->capture_default_str();
  command
      ->add_option(
          "--snapshot-mib", settings.snapshot_mib,
          "log between two snapshots, in MiB; up to four times as much, or twice their size, when they are large")
      ->type_name("N")
      ->check(between(1, 4'096))
      ->capture_default_str();
  command
      ->add_option("--reserve-mib", settings.reserve_mib, "held back on the disk for when it is full, in MiB; 0: none")
      ->type_name("N")
      ->check(between(0, 65'536))
      ->capture_default_str();
  command->callback([&session, options] { run(session, *options); });
}

}  // namespace athanor::cli
