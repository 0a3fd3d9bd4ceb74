#include "cli/log_report.h"

#include <fmt/format.h>

#include <string_view>

namespace athanor::cli {
namespace {

using format::JsonValue;

std::string count(std::uint64_t number, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", number, number == 1 ? one : many);
}

JsonValue json_of(const std::vector<storage::Damage>& found) {
  JsonValue damages = JsonValue::array();
  for (const storage::Damage& damage : found) {
    damages.items.push_back(JsonValue::object({{"File", JsonValue::of(damage.file)},
                                               {"Offset", JsonValue::of(damage.offset)},
                                               {"Bytes", JsonValue::of(damage.bytes)},
                                               {"What", JsonValue::of(damage.what)},
                                               {"RecordsBefore", JsonValue::of(damage.records_before)},
                                               {"RecordsAfter", JsonValue::of(damage.records_after)}}));
  }
  return damages;
}

}  // namespace

std::string sentence(const storage::Damage& damage) {
  std::string_view what = damage.what;
  if (what.ends_with('.')) what.remove_suffix(1);
  return fmt::format("{} {}; {} before it and {} after it can be read", damage.file, what,
                     count(damage.records_before, "record", "records"), damage.records_after);
}

void print(const storage::Inspection& found, const std::string& directory, Console& console) {
  for (const storage::Damage& damage : found.damages)
    console.line(fmt::format("{} {}", console.styled("✗", Style::Bad), sentence(damage)));
  if (found.torn_bytes > 0)
    console.line(fmt::format("{} the log ends with {} bytes of an unfinished commit: the next start cuts them off",
                             console.styled("!", Style::Caution), found.torn_bytes));
  if (found.lost_bytes > 0)
    console.line(fmt::format("{} {} bytes were lost earlier, and removed by a repair",
                             console.styled("!", Style::Caution), found.lost_bytes));
  console.line(fmt::format(
      "{}: {}, positions {} to {}, in {} ({} MiB); {}",
      found.is_sound() ? console.styled("sound", Style::Good)
                       : console.styled(count(found.damages.size(), "damaged place", "damaged places"), Style::Bad),
      count(found.records, "record", "records"), found.begin, found.end, count(found.segments.size(), "file", "files"),
      (found.bytes + (1 << 20) - 1) >> 20, count(found.snapshots.size(), "snapshot", "snapshots")));
  if (found.is_sound()) return;
  console.note(
      found.can_rebuild_state()
          ? fmt::format("next: athanor log repair {} shows what will be lost, and removes what is damaged", directory)
          : "next: restore a backup; the state cannot be rebuilt from what is left. athanor log dump prints "
            "the records that can be read");
}

void print(const runtime::PackagesReport& packages, Console& console) {
  for (const Error& damage : packages.damaged)
    console.line(fmt::format("{} {}", console.styled("✗", Style::Bad), damage.message));
  if (packages.sound > 0)
    console.line(fmt::format("{} of functions' code: {}", count(packages.sound, "package", "packages"),
                             console.styled("sound", Style::Good)));
  if (!packages.damaged.empty())
    console.note("next: upload the code of these functions again, or take the files from a backup");
}

void fail_on_files(Session& session, const Error& error, std::string_view hint) {
  // Who runs the command is the operator, whom the detail is for.
  const std::string detail = error.detail.empty() ? "" : fmt::format(" ({})", error.detail);
  // Its exit code is for servers that do not answer.
  (void)session.console().failed(Error{error.code, error.message + detail, {}}, hint);
  session.exit = error.code == ErrorCode::Corrupt ? Exit::Damaged : Exit::Refused;
}

JsonValue json_of(const storage::Inspection& found, const runtime::PackagesReport& packages,
                  const std::string& directory) {
  JsonValue snapshots = JsonValue::array();
  for (const storage::SnapshotReport& snapshot : found.snapshots) {
    snapshots.items.push_back(JsonValue::object(
        {{"Position", JsonValue::of(snapshot.position)}, {"Sound", JsonValue::of(snapshot.problem.empty())}}));
  }
  JsonValue damaged_packages = JsonValue::array();
  for (const Error& damage : packages.damaged) damaged_packages.items.push_back(JsonValue::of(damage.message));
  return JsonValue::object({{"Directory", JsonValue::of(directory)},
                            {"Sound", JsonValue::of(found.is_sound() && packages.damaged.empty())},
                            {"CanRebuildState", JsonValue::of(found.can_rebuild_state())},
                            {"Records", JsonValue::of(found.records)},
                            {"Begin", JsonValue::of(found.begin)},
                            {"End", JsonValue::of(found.end)},
                            {"Bytes", JsonValue::of(found.bytes)},
                            {"TornBytes", JsonValue::of(found.torn_bytes)},
                            {"LostBytes", JsonValue::of(found.lost_bytes)},
                            {"Segments", JsonValue::of(found.segments.size())},
                            {"Snapshots", std::move(snapshots)},
                            {"Damages", json_of(found.damages)},
                            {"Packages", JsonValue::of(packages.sound + packages.damaged.size())},
                            {"DamagedPackages", std::move(damaged_packages)}});
}

std::function<void(std::uint64_t done, std::uint64_t total)> mib_progress(Console& console, std::string verb) {
  return [&console, verb = std::move(verb)](std::uint64_t done, std::uint64_t total) {
    console.progress(fmt::format("{} {} of {} MiB", verb, done >> 20, total >> 20));
  };
}

JsonValue json_of(const RepairReport& report, const std::string& directory) {
  JsonValue steps = JsonValue::array();
  for (const std::string& step : report.steps) steps.items.push_back(JsonValue::of(step));
  return JsonValue::object({{"Directory", JsonValue::of(directory)},
                            {"Sound", JsonValue::of(report.sound)},
                            {"Damages", json_of(report.damages)},
                            {"Quarantine", JsonValue::of(report.quarantine)},
                            {"Steps", std::move(steps)},
                            {"Repaired", JsonValue::of(report.repaired)},
                            {"Problem", JsonValue::of(report.problem)}});
}

}  // namespace athanor::cli
