#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/log_report.h"
#include "cli/option_values.h"
#include "cli/session.h"
#include "engine/record_text.h"
#include "engine/state.h"
#include "io/posix_file_system.h"
#include "io/system_clock.h"
#include "storage/embedded/inspect.h"
#include "storage/embedded/open.h"
#include "storage/embedded/repair.h"

namespace athanor::cli {
namespace {

using format::JsonValue;

constexpr const char* kExamples = R"(
Examples:
  athanor log verify /var/lib/athanor        check every record and snapshot
  athanor log dump /var/lib/athanor --type EventAccepted --from 4096
  athanor log repair /var/lib/athanor        show what is lost, ask, and remove what is damaged

These commands work on the files of a stopped server. Exit codes: 0 sound, 65 damaged, 1 it cannot be read.)";

constexpr const char* kVerifyExamples = R"(
Example:
  athanor log verify /var/lib/athanor --json

Use it when the server reports damage, or after a disk failure. Changes nothing.
Exit codes: 0 sound, 65 damaged, 1 it cannot be read.)";

constexpr const char* kDumpExamples = R"(
Example:
  athanor log dump /var/lib/athanor --type EventAccepted --type 205

Use it to see what a log holds, or to save what can be read of a damaged one. Changes nothing. Damage is reported on
standard error. Exit codes: 0 sound, 65 damaged, 1 it cannot be read.)";

constexpr const char* kRepairExamples = R"(
Example:
  athanor log repair /var/lib/athanor

Use it when damage keeps the server from starting. Shows what will be lost, and asks before it changes anything. Deletes
nothing: the original files are kept in DIR/quarantine-TIME.
Exit codes: 0 sound or repaired, 65 still damaged, 1 it cannot be read or written.)";

struct Options {
  std::string directory;
  std::uint64_t from = 0;
  std::set<log::RecordType> types;  // empty: all
  bool yes = false;
};

void fail_to_read(Session& session, const Error& error) {
  fail_on_files(session, error, error.code == ErrorCode::NotFound ? "DIR is the server's data directory (--data)" : "");
}

// Reads the whole log, showing progress on a terminal.
Result<storage::Inspection> look(Session& session, io::FileSystem& files, const Options& options,
                                 std::function<bool(const storage::RecordView&)> visit) {
  Console& console = session.console();
  auto found = storage::inspect(files, options.directory,
                                {.from = options.from,
                                 .visit = std::move(visit),
                                 .check_state = engine::check_state,
                                 .reads_past_refused = true,
                                 .progress = mib_progress(console, "read")});
  console.progress({});
  return found;
}

void verify(Session& session, const Options& options) {
  io::PosixFileSystem files;
  const auto lock = storage::hold_log_directory(files, options.directory);
  if (!lock) return fail_on_files(session, lock.error());
  const auto found = look(session, files, options, {});
  if (!found) return fail_to_read(session, found.error());
  const auto packages =
      runtime::check_packages(files, fmt::format("{}/{}", options.directory, runtime::kCodeDirectory));
  if (!packages) return fail_on_files(session, packages.error());
  if (!found->is_sound() || !packages->damaged.empty()) session.exit = Exit::Damaged;
  if (session.json)
    return session.console().line(format::print_json_pretty(json_of(*found, *packages, options.directory)));
  print(*found, options.directory, session.console());
  print(*packages, session.console());
}

JsonValue json_of(const storage::RecordView& record) {
  JsonValue json = JsonValue::object({{"Position", JsonValue::of(record.position)},
                                      {"Type", JsonValue::of(record.type)},
                                      {"Name", JsonValue::of(engine::record_name(record.type))},
                                      {"Time", JsonValue::of(base::to_iso8601_millis(record.time))}});
  if (auto fields = engine::record_fields(record.type, record.payload))
    json.set("Fields", *std::move(fields));
  else
    json.set("Payload", JsonValue::of(base::to_base64(record.payload)));
  return json;
}

std::set<log::RecordType> types_of(const std::vector<std::string>& names) {
  std::set<log::RecordType> types;
  for (const std::string& name : names) {
    const auto number = base::to_int(name);
    const auto type = number ? std::optional{static_cast<log::RecordType>(*number)} : engine::record_type(name);
    if (!type || (number && *number != *type))
      throw CLI::ValidationError("--type",
                                 fmt::format("there is no record type \"{}\": docs/formats/log.md lists them", name));
    types.insert(*type);
  }
  return types;
}

void dump(Session& session, const Options& options) {
  io::PosixFileSystem files;
  const auto lock = storage::hold_log_directory(files, options.directory);
  if (!lock) return fail_on_files(session, lock.error());
  const auto found = look(session, files, options, [&](const storage::RecordView& record) {
    if (record.position >= options.from && (options.types.empty() || options.types.contains(record.type)))
      session.console().line(format::print_json(json_of(record)));
    return session.console().can_print();
  });
  if (!found) return fail_to_read(session, found.error());
  for (const storage::Damage& damage : found->damages) session.console().note(sentence(damage));
  if (!found->is_sound()) session.exit = Exit::Damaged;
}

// With --json there is no prompt.
bool is_wanted(Session& session, const Options& options) {
  if (options.yes) return true;
  const auto answer = session.json ? std::nullopt : session.console().ask("\nRepair?");
  if (answer.value_or(false)) return true;
  session.console().note(answer ? "nothing was changed" : "nothing was changed; next: run it again with --yes");
  return false;
}

// The directory stays locked throughout, so that nothing the repair plan rests on can change.
void repair(Session& session, const Options& options) {
  Console& console = session.console();
  io::PosixFileSystem files;
  const auto lock = storage::hold_log_directory(files, options.directory);
  if (!lock) return fail_on_files(session, lock.error());
  const auto found = look(session, files, options, {});
  if (!found) return fail_to_read(session, found.error());
  RepairReport report{.sound = found->is_sound(), .damages = found->damages};
  const auto print_json = [&] { console.line(format::print_json_pretty(json_of(report, options.directory))); };
  if (report.sound) return session.json ? print_json() : console.line("sound: there is nothing to repair");
  session.exit = Exit::Damaged;
  if (!session.json) {
    for (const storage::Damage& damage : found->damages)
      console.line(fmt::format("{} {}", console.styled("✗", Style::Bad), sentence(damage)));
  }
  const auto plan = storage::plan_repair(*found);
  if (!plan) {
    report.problem = plan.error().message;
    if (session.json) print_json();
    fail_on_files(session, plan.error(),
                  fmt::format("athanor log dump {} prints the records that can be read", options.directory));
    session.exit = Exit::Damaged;
    return;
  }
  const auto quarantine = storage::new_quarantine(files, options.directory, session.now());
  if (!quarantine) return fail_on_files(session, quarantine.error());
  report.quarantine = *quarantine;
  report.steps = *plan;
  if (!session.json) {
    console.line(fmt::format("\nThe quarantine is {}/{}. Repairing means:", options.directory, *quarantine));
    for (const std::string& step : *plan) console.line("  " + step);
  }
  if (!is_wanted(session, options)) {
    if (session.json) print_json();
    return;
  }
  base::Random random{io::random_seed()};
  if (const auto done = storage::repair(files, options.directory, *found, *quarantine, random); !done)
    return fail_on_files(session, done.error(),
                         "nothing is lost: the damaged files are still in place, or in the quarantine");
  const auto after = look(session, files, options, {});
  if (!after) return fail_on_files(session, after.error());
  report.sound = after->is_sound();
  report.repaired = true;
  if (session.json)
    print_json();
  else
    print(*after, options.directory, console);
  session.exit = report.sound ? Exit::Done : Exit::Damaged;
}

CLI::App* add(CLI::App& parent, const char* name, const char* what, const char* examples, Options& options) {
  auto* command = parent.add_subcommand(name, what);
  command->footer(examples);
  command->add_option("DIR", options.directory, "the server's data directory")->required();
  return command;
}

}  // namespace

void add_log(CLI::App& program, Session& session) {
  auto* command = program.add_subcommand("log", "Check, read and repair the log of a stopped server.");
  command->footer(kExamples);
  command->require_subcommand(1);
  const auto options = std::make_shared<Options>();
  add(*command, "verify", "Check every record, every snapshot and the functions' code.", kVerifyExamples, *options)
      ->callback([&session, options] { verify(session, *options); });
  auto* dumps = add(*command, "dump", "Print records as JSON, one per line, including those after damage.",
                    kDumpExamples, *options);
  dumps->add_option("--from", options->from, "print only records from this position on")
      ->type_name("POSITION")
      ->check(at_least(0));
  dumps
      ->add_option_function<std::vector<std::string>>(
          "--type", [options](const auto& names) { options->types = types_of(names); },
          "name or number of a record type to print; may be repeated; default: all")
      ->allow_extra_args(false)
      ->type_name("TYPE");
  auto* repairs =
      add(*command, "repair", "Remove what is damaged, so that the server starts again.", kRepairExamples, *options);
  repairs->add_flag("--yes", options->yes, "repair without asking");
  repairs->callback([&session, options] { repair(session, *options); });
  dumps->callback([&session, options] { dump(session, *options); });
}

}  // namespace athanor::cli
