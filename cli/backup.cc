#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/text.h"
#include "cli/backup_report.h"
#include "cli/code_copy.h"
#include "cli/commands.h"
#include "cli/log_report.h"
#include "cli/option_values.h"
#include "cli/session.h"
#include "format/json.h"
#include "io/posix_file_system.h"
#include "io/system_clock.h"
#include "storage/embedded/backup.h"
#include "storage/embedded/inspect.h"
#include "storage/embedded/open.h"

namespace athanor::cli {
namespace {

using format::JsonValue;

constexpr const char* kBackupExamples = R"(
Examples:
  athanor backup --data /var/lib/athanor --to /backup/athanor     everything at first, then what is new
  athanor restore /backup/athanor /var/lib/athanor --at 2025-10-13T14:00:00Z

The server may be running. The backup contains everything that was acknowledged before the command began. Each run adds
to the backup and removes nothing, so a restore can go back to any moment since the first run.)";

constexpr const char* kVerifyExamples = R"(
Example:
  athanor backup verify /backup/athanor

Reads every byte, as a restore does, and writes nothing. It may run while athanor backup adds to the backup.
Exit codes: 0 sound, 65 damaged, 1 it cannot be read.)";

constexpr const char* kRestoreExamples = R"(
Examples:
  athanor restore /backup/athanor ./data                             as of the last run of athanor backup
  athanor restore /backup/athanor ./data --at 2025-10-13T14:00:00Z   without anything later
  athanor restore /backup/athanor ./data --at 2h                     as of two hours ago

Every byte is checked; the exit code is 65 if the backup is damaged, with --at only if that moment needs what is damaged.
Damaged code of functions counts as needed, except with --without-damaged-code.
Afterwards, start a server with --data ./data.)";

// Longer than most commits take; with storage::kMarkAttempts, a start after a power cut has 20 seconds.
constexpr base::Duration kUntilMarkIsReadAgain{500};

struct Options {
  std::string data, backup;
  storage::RestoreOptions restore;
};

// Whether `path` is `directory` or lies in it, links resolved. Neither has to exist.
bool lies_in(const std::filesystem::path& path, const std::filesystem::path& directory) {
  std::error_code error;  // a path that cannot be resolved is taken as written; opening it will report why
  const auto resolved = [&](const std::filesystem::path& name) {
    auto canonical = std::filesystem::weakly_canonical(std::filesystem::absolute(name, error), error);
    if (error) canonical = std::filesystem::absolute(name, error).lexically_normal();
    return canonical.has_filename() ? canonical : canonical.parent_path();
  };
  const auto inner = resolved(path), outer = resolved(directory);
  return std::ranges::mismatch(outer, inner).in1 == outer.end();
}

Result<void> check_beside(const Options& options) {
  if (!lies_in(options.backup, options.data) && !lies_in(options.data, options.backup)) return {};
  return invalid_input(fmt::format(
      "The backup {} and the data directory {} must be separate directories: one is the other, or inside it.",
      options.backup, options.data));
}

// A backup's directory, locked against a second run, and what it already holds.
struct OpenBackup {
  std::unique_ptr<io::File> lock;
  std::optional<storage::BackupManifest> before;
};

bool is_of_a_log(const std::string& name) {
  return name == storage::kCommitMarkName || storage::position_in_name(name);
}

// Creates the directory if it does not exist and there is something to back up.
Result<OpenBackup> open_backup(io::FileSystem& files, const Options& options) {
  ATHANOR_CHECK(check_beside(options));
  ATHANOR_TRY(names, files.list(options.data));
  if (std::ranges::none_of(names, is_of_a_log)) return not_found(fmt::format("{} holds no log.", options.data));
  ATHANOR_CHECK(storage::check_is_no_backup(files, options.data));
  ATHANOR_CHECK(storage::check_is_no_log(files, options.backup));
  ATHANOR_CHECK(files.create_directories(options.backup));
  auto lock = files.lock(options.backup + "/lock");
  if (!lock && lock.error().code == ErrorCode::AlreadyExists) {
    return Error{ErrorCode::AlreadyExists,
                 fmt::format("Another run of athanor backup into {} is under way.", options.backup),
                 lock.error().message};
  }
  if (!lock) return std::move(lock).error();
  ATHANOR_TRY(before, storage::read_whole_manifest(files, options.backup));
  return OpenBackup{*std::move(lock), std::move(before)};
}

struct Added {
  storage::BackupManifest manifest;
  std::vector<Error> damaged_packages;  // left out
};

// Code is copied before the log and again after it: a package is on disk before the record that names it, and is
// removed when no record at the log's end names it any more. What neither pass sees came and went between the two.
Result<Added> add_to(io::FileSystem& files, const std::optional<storage::BackupManifest>& before,
                     const Options& options, Session& session) {
  const base::Time now = session.now();
  ATHANOR_TRY(code, back_up_code(files, options.data, options.backup,
                                 before ? before->code : std::vector<storage::BackupFile>{}));
  ATHANOR_TRY(manifest, storage::back_up_log(files, options.data, options.backup, before,
                                             mib_progress(session.console(), "copied"),
                                             [] { Session::pause(kUntilMarkIsReadAgain); }));
  ATHANOR_TRY(all_code, back_up_code(files, options.data, options.backup, std::move(code.files)));
  manifest.code = std::move(all_code.files);
  manifest.taken = now;
  ATHANOR_CHECK(storage::write_manifest(files, options.backup, manifest));
  return Added{std::move(manifest), std::move(all_code.damaged)};
}

void run_backup(Session& session, const Options& options) {
  // What to do about damage depends on where it is.
  const auto fail = [&](const Error& error, std::string_view damage_hint) {
    std::string_view hint;
    if (error.code == ErrorCode::Corrupt) hint = damage_hint;
    if (error.code == ErrorCode::DiskFull)
      hint = "make room there and back up again: a run that broke off changes nothing of the backup";
    fail_on_files(session, error, hint);
  };
  io::PosixFileSystem files;
  const auto backup = open_backup(files, options);
  if (!backup) {
    return fail(backup.error(), fmt::format("back up into another directory; athanor backup verify {} says what can be "
                                            "restored from this one",
                                            options.backup));
  }
  const auto added = add_to(files, backup->before, options, session);
  session.console().progress({});
  if (!added) return fail(added.error(), "stop the server; athanor log verify shows what is damaged");
  const storage::BackupManifest& manifest = added->manifest;
  const std::size_t file_count = manifest.log.size() + manifest.code.size();
  if (session.json) {
    JsonValue damaged = JsonValue::array();
    for (const Error& damage : added->damaged_packages) damaged.items.push_back(JsonValue::of(damage.message));
    session.console().line(
        format::print_json_pretty(JsonValue::object({{"Directory", JsonValue::of(options.backup)},
                                                     {"Taken", JsonValue::of(base::to_iso8601_millis(manifest.taken))},
                                                     {"Begin", JsonValue::of(manifest.extent.begin)},
                                                     {"End", JsonValue::of(manifest.extent.end)},
                                                     {"Files", JsonValue::of(file_count)},
                                                     {"Bytes", JsonValue::of(bytes_of(manifest))},
                                                     {"DamagedPackages", std::move(damaged)}})));
  } else {
    session.console().line(fmt::format("backed up positions {} to {}: {} files, {} MiB in {}", manifest.extent.begin,
                                       manifest.extent.end, file_count, (bytes_of(manifest) + (1 << 20) - 1) >> 20,
                                       options.backup));
  }
  for (const Error& damage : added->damaged_packages) {
    fail(Error{damage.code, damage.message + " It is not in the backup; everything else is.", {}},
         "upload the code of its function again, and back up again");
  }
}

Result<std::vector<std::string>> other_files(io::FileSystem& files, const std::string& directory,
                                             const storage::BackupManifest& manifest) {
  std::set<std::string> known{"lock", "functions", std::string{storage::kBackupManifestName}};
  for (const auto* named : {&manifest.log, &manifest.code}) {
    for (const storage::BackupFile& file : *named) known.insert(file.name);
  }
  std::vector<std::string> others;
  for (const std::string& within : {std::string{}, std::string{runtime::kCodeDirectory} + "/"}) {
    const auto names = files.list(directory + "/" + within);
    if (!names && names.error().code == ErrorCode::NotFound) continue;
    if (!names) return names.error();
    for (const std::string& name : *names) {
      if (!known.contains(within + name)) others.push_back(within + name);
    }
  }
  return others;
}

Result<VerifiedBackup> verify(io::FileSystem& files, const std::string& directory, Console& console) {
  VerifiedBackup verified;
  auto manifest = storage::read_manifest(files, directory);
  if (!manifest && manifest.error().code == ErrorCode::Corrupt) {
    // Without the path, which its message begins with.
    const std::string name{storage::kBackupManifestName};
    ATHANOR_TRY(file, files.open(directory + "/" + name, io::OpenMode::Read));
    ATHANOR_TRY(bytes, file->size_bytes());
    verified.check.damages = {
        {.file = name, .bytes = bytes, .what = manifest.error().message.substr((directory + "/" + name + " ").size())}};
    return verified;
  }
  if (!manifest) return std::move(manifest).error();
  verified.manifest = *std::move(manifest);
  ATHANOR_TRY(check, storage::check_backup(files, directory, *verified.manifest, mib_progress(console, "read")));
  verified.check = std::move(check);
  ATHANOR_TRY(others, other_files(files, directory, *verified.manifest));
  verified.others = std::move(others);
  return verified;
}

void run_verify(Session& session, const std::string& directory) {
  io::PosixFileSystem files;
  const auto verified = verify(files, directory, session.console());
  session.console().progress({});
  if (!verified) {
    return fail_on_files(session, verified.error(),
                         verified.error().code == ErrorCode::NotFound ? "DIR is what athanor backup has as --to" : "");
  }
  if (!verified->check.damages.empty()) session.exit = Exit::Damaged;
  if (session.json) return session.console().line(format::print_json_pretty(json_of(*verified, directory)));
  print(*verified, session.console());
}

// Restores the log and the code into an empty directory, and checks all of it.
Result<storage::Restored> restore_into(io::FileSystem& files, const std::string& directory, const Options& options,
                                       Console& console) {
  ATHANOR_TRY(manifest, storage::read_manifest(files, options.backup));
  if (options.restore.at && *options.restore.at > manifest.taken) {
    return Error{
        ErrorCode::IllegalStatus,
        fmt::format("{} was taken at {} and does not reach the time given. Without --at, everything in it is restored.",
                    options.backup, base::to_iso8601_millis(manifest.taken)),
        {}};
  }
  base::Random random{io::random_seed()};
  ATHANOR_TRY(restored, storage::restore_log(files, options.backup, directory, manifest, options.restore, random,
                                             mib_progress(console, "read")));
  std::erase_if(manifest.code, [&](const storage::BackupFile& file) {
    return std::ranges::find(restored.without, file.name, &storage::Damage::file) != restored.without.end();
  });
  ATHANOR_CHECK(restore_code(files, options.backup, directory, manifest.code));
  ATHANOR_TRY(found, storage::inspect(files, directory, {.progress = mib_progress(console, "checked")}));
  if (found.is_sound()) return restored;
  const storage::Damage& damage = found.damages.front();
  return corrupt(fmt::format("The restored data is not sound: {} {}", damage.file, damage.what));
}

bool is_mount_point(const std::string& path) {
  struct statx status{};
  return ::statx(AT_FDCWD, path.c_str(), 0, STATX_TYPE, &status) == 0 &&
         (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

// The directory that a restore creates or replaces; a link stands for its target.
Result<std::string> find_target(io::FileSystem& files, const std::string& directory) {
  namespace fs = std::filesystem;
  const auto refused = [](const fs::path& target, std::string_view why) {
    return Error{ErrorCode::IllegalStatus, fmt::format("{} {}", target.string(), why), {}};
  };
  std::error_code none;  // what cannot be resolved stays as it is, and fails below or when it is created
  fs::path target = directory;
  const auto without_slashes = [](const fs::path& path) { return path.has_filename() ? path : path.parent_path(); };
  target = without_slashes(target);
  if (target.filename() == "." || target.filename() == ".." || fs::is_symlink(target, none))
    target = without_slashes(fs::weakly_canonical(target, none));
  if (is_mount_point(target.string())) {
    return refused(target,
                   "is a mount point, which cannot be replaced: restore into a new directory below it, and start the "
                   "server on that.");
  }
  if (fs::equivalent(target, ".", none))
    return refused(target, "is the working directory, which would be replaced: restore into it from another one.");
  const auto there = files.list(target.string());
  if (there && !there->empty()) {
    return Error{
        ErrorCode::AlreadyExists, fmt::format("{} is not empty: restore into a new directory.", target.string()), {}};
  }
  if (!there && fs::exists(fs::symlink_status(target, none)))
    return refused(target, "is no directory: restore into a new one.");
  return target.string();
}

// Creates the directory that is renamed when it is whole, locked against a second restore, which would remove what the
// first one writes. What is in it tells whether it was there before: another restore may have renamed its own since.
Result<std::unique_ptr<io::File>> begin_partial(io::FileSystem& files, const std::string& partial) {
  ATHANOR_CHECK(files.create_directories(partial));
  auto lock = files.lock(partial + "/" + std::string{storage::kLockName});
  if (!lock && lock.error().code == ErrorCode::AlreadyExists) {
    return Error{ErrorCode::AlreadyExists, fmt::format("Another restore into {} is under way.", partial),
                 lock.error().message};
  }
  if (!lock) return lock;
  ATHANOR_TRY(names, files.list(partial));
  if (names.size() > 1) {
    return Error{
        ErrorCode::AlreadyExists, fmt::format("{} was left by an interrupted restore: remove it first.", partial), {}};
  }
  return lock;
}

// Built beside the target and renamed, so that no server finds half of it.
Result<storage::Restored> restore(const Options& options, Console& console) {
  ATHANOR_CHECK(check_beside(options));
  io::PosixFileSystem files;
  ATHANOR_TRY(target, find_target(files, options.data));
  const std::string partial = target + ".partial";
  ATHANOR_TRY(lock, begin_partial(files, partial));
  auto restored = restore_into(files, partial, options, console);
  if (restored) {
    lock.reset();  // a directory that is held cannot be renamed
    if (const auto renamed = files.rename(partial, target); !renamed) restored = renamed.error();
  }
  if (!restored) {
    std::error_code error;  // ignored: the failure above matters more
    std::filesystem::remove_all(partial, error);
    return restored;
  }
  const auto slash = target.find_last_of('/');
  ATHANOR_CHECK(files.sync_directory(slash == std::string::npos ? "." : target.substr(0, slash + 1)));
  return restored;
}

// What to do about a restore that failed: if for damaged code, whose path its message then begins with
// (storage::restore_log), the command that goes on without it.
std::string hint_about(const Error& error, const Options& options) {
  if (error.code != ErrorCode::Corrupt) return {};
  std::string hint = fmt::format("athanor backup verify {} lists all damage", options.backup);
  if (error.message.starts_with(fmt::format("{}/{}/", options.backup, runtime::kCodeDirectory))) {
    hint += fmt::format(
        "; without this code, which then has to be uploaded again: athanor restore {} {}{} --without-damaged-code",
        options.backup, options.data,
        options.restore.at ? " --at " + base::to_iso8601_millis(*options.restore.at) : std::string{});
  }
  return hint;
}

void run_restore(Session& session, const Options& options) {
  const auto restored = restore(options, session.console());
  session.console().progress({});
  if (!restored) return fail_on_files(session, restored.error(), hint_about(restored.error(), options));
  const std::string last = restored->records == 0 ? "" : base::to_iso8601_millis(restored->last);
  if (session.json) {
    return session.console().line(
        format::print_json_pretty(JsonValue::object({{"Directory", JsonValue::of(options.data)},
                                                     {"End", JsonValue::of(restored->end)},
                                                     {"Records", JsonValue::of(restored->records)},
                                                     {"LastRecord", JsonValue::of(last)},
                                                     {"Damages", json_of(restored->without)}})));
  }
  session.console().line(fmt::format("restored {} records{} into {}", restored->records,
                                     last.empty() ? "" : ", the last of " + last + ",", options.data));
  for (const storage::Damage& damage : restored->without) {
    session.console().line(fmt::format(
        "{} of the backup, {} {} {}", session.console().styled("!", Style::Caution), damage.file, damage.what,
        storage::is_of_code(damage) ? "It has to be uploaded again: the server says at its start for which functions."
                                    : "It was not needed for that moment."));
  }
}

}  // namespace

void add_backup(CLI::App& program, Session& session) {
  const auto options = std::make_shared<Options>();
  auto* command = program.add_subcommand("backup", "Back up a server's data, even while it runs.");
  command->footer(kBackupExamples);
  auto* data =
      command->add_option("--data", options->data, "the server's data directory")->type_name("DIR")->required();
  auto* to = command->add_option("--to", options->backup, "directory of the backup; created if it does not exist");
  to->type_name("DIR")->required();
  auto* verifies = command->add_subcommand("verify", "Check whether a backup can be restored, and to which moments.");
  verifies->footer(kVerifyExamples);
  verifies->add_option("DIR", options->backup, "what athanor backup wrote")->required();
  verifies->excludes(data)->excludes(to);
  verifies->preparse_callback([data, to](std::size_t) {
    for (auto* of_backup : {data, to}) of_backup->required(false);
  });
  command->callback([&session, options, verifies] {
    return verifies->parsed() ? run_verify(session, options->backup) : run_backup(session, *options);
  });
}

void add_restore(CLI::App& program, Session& session) {
  const auto options = std::make_shared<Options>();
  auto* command = program.add_subcommand("restore", "Create a data directory from a backup.");
  command->footer(kRestoreExamples);
  command->add_option("BACKUP", options->backup, "directory that athanor backup wrote")->required();
  command->add_option("DIR", options->data, "the new data directory: empty, or not there yet")->required();
  add_moment(*command, "--at", options->restore.at, "restore the state of this time: ISO 8601, or 2h for two hours ago",
             session);
  command->add_flag("--without-damaged-code", options->restore.without_damaged_code,
                    "leave out code of functions that is damaged: it has to be uploaded again");
  command->callback([&session, options] { run_restore(session, *options); });
}

}  // namespace athanor::cli
