#include "sim/script.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/random.h"
#include "base/text.h"

namespace athanor::sim {
namespace {

constexpr std::array<std::string_view, kFaults> kFaultNames = {
    "power-cuts", "kills",         "sector-loss",     "lost-names",        "lying-syncs",
    "fail-once",  "fail-for-good", "fail-reads",      "full-disk",         "flipped-bits",
    "slow-disk",  "clock-jumps",   "function-errors", "function-timeouts", "short-lines",
    "operators",  "resources",     "stacks",          "archives",          "purges",
    "tiny-files", "schedules",     "quick-consumers", "backups",           "small-steps",
    "retention"};

struct Row {
  StepKind kind;
  std::string_view name;
  unsigned weight;  // out of a little over a hundred
  std::optional<Fault> needs;
};

constexpr Row kRows[] = {
    {StepKind::PutEvents, "put-events", 24, {}},
    {StepKind::SendMessage, "send-message", 6, {}},
    {StepKind::Receive, "receive", 16, {}},
    {StepKind::Delete, "delete", 12, {}},
    {StepKind::ChangeVisibility, "change-visibility", 3, {}},
    {StepKind::Drain, "drain", 1, {}},
    {StepKind::Drain, "drain", 6, Fault::QuickConsumers},
    {StepKind::PassTime, "pass-time", 6, {}},
    {StepKind::FinishFunction, "finish-function", 12, {}},
    {StepKind::RunPosted, "run-posted", 6, {}},
    {StepKind::Commit, "commit", 8, {}},
    {StepKind::CommitSilently, "commit-silently", 2, {}},
    {StepKind::Compact, "compact", 4, Fault::Archives},
    {StepKind::ChangeRule, "change-rule", 3, Fault::Operators},
    {StepKind::ChangeTargets, "change-targets", 3, Fault::Operators},
    {StepKind::ChangeQueue, "change-queue", 3, Fault::Resources},
    {StepKind::ChangeFunction, "change-function", 2, Fault::Resources},
    {StepKind::ChangeStack, "change-stack", 3, Fault::Stacks},
    {StepKind::ChangeSchedule, "change-schedule", 2, Fault::Schedules},
    {StepKind::ChangeArchive, "change-archive", 1, Fault::Archives},
    {StepKind::StartReplay, "start-replay", 2, Fault::Archives},
    {StepKind::CancelReplay, "cancel-replay", 1, Fault::Archives},
    {StepKind::Purge, "purge", 1, Fault::Purges},
    {StepKind::Kill, "kill", 2, Fault::Kills},
    {StepKind::CutPower, "cut-power", 1, Fault::PowerCuts},
    {StepKind::CutPowerSoon, "cut-power-soon", 2, Fault::PowerCuts},
    {StepKind::FailSoon, "fail-soon", 1, Fault::FailOnce},
    {StepKind::FailSoon, "fail-soon", 1, Fault::FailForGood},
    {StepKind::FailReadsSoon, "fail-reads-soon", 3, Fault::FailReads},
    {StepKind::FillDisk, "fill-disk", 1, Fault::FullDisk},
    {StepKind::FreeDisk, "free-disk", 2, Fault::FullDisk},
    {StepKind::LieAboutSyncs, "lie-about-syncs", 1, Fault::LyingSyncs},
    {StepKind::JumpClock, "jump-clock", 1, Fault::ClockJumps},
    {StepKind::BackUp, "back-up", 3, Fault::Backups},
    {StepKind::PassDays, "pass-days", 2, Fault::Retention},
};

}  // namespace

Script draw_script(std::uint64_t seed, int steps) {
  base::Random random{seed};
  Script script{.seed = seed};
  for (std::size_t i = 0; i < static_cast<std::size_t>(Fault::Backups); ++i)
    script.faults.set(static_cast<Fault>(i), random.one_in(2));
  // Drawn separately, so that worlds without them stay as they were. Backups are expensive, so they are rarer.
  script.faults.set(Fault::Backups, base::Random{seed ^ 0xbac0}.one_in(8));
  script.faults.set(Fault::SmallSteps, base::Random{seed ^ 0x57e9}.one_in(2));
  script.faults.set(Fault::Retention, script.faults.has(Fault::Archives) && base::Random{seed ^ 0x4e7e}.one_in(2));
  // With a lying disk few promises hold and little can be checked, so it is rare.
  if (!random.one_in(4)) script.faults.set(Fault::LyingSyncs, false);
  std::vector<const Row*> rows;
  for (const Row& row : kRows) {
    if (row.needs && !script.faults.has(*row.needs)) continue;
    unsigned weight = row.weight;
    // On a slow disk much accumulates before the next commit.
    if (script.faults.has(Fault::SlowDisk) && row.kind == StepKind::Commit) weight = 2;
    // A replay brings old messages back, and they keep the log from being freed.
    if (script.faults.has(Fault::QuickConsumers) && row.kind == StepKind::StartReplay) weight = 1;
    rows.insert(rows.end(), weight, &row);
  }
  for (int i = 0; i < steps; ++i) {
    const Row* row = rows[random.below(rows.size())];
    script.steps.push_back({row->kind, random.next(), static_cast<std::uint32_t>(i)});
  }
  return script;
}

std::string_view name_of(Fault fault) { return kFaultNames[static_cast<std::size_t>(fault)]; }

std::string_view name_of(StepKind kind) {
  return std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& row) { return row.kind == kind; })->name;
}

std::string faults_text(const Faults& faults) {
  std::string text;
  for (std::size_t i = 0; i < kFaults; ++i) {
    if (!faults.has(static_cast<Fault>(i))) continue;
    if (!text.empty()) text += ',';
    text += kFaultNames[i];
  }
  return text.empty() ? "none" : text;
}

std::optional<Faults> parse_faults(std::string_view text) {
  Faults faults;
  if (text == "none") return faults;
  for (const std::string_view name : base::split(text, ',')) {
    const auto found = std::find(kFaultNames.begin(), kFaultNames.end(), name);
    if (found == kFaultNames.end()) return std::nullopt;
    faults.set(static_cast<Fault>(found - kFaultNames.begin()), true);
  }
  return faults;
}

std::string steps_text(const std::vector<Step>& steps) {
  std::string text;
  for (std::size_t first = 0; first < steps.size();) {
    std::size_t last = first;
    while (last + 1 < steps.size() && steps[last + 1].number == steps[last].number + 1) ++last;
    if (!text.empty()) text += ',';
    text += first == last ? fmt::format("{}", steps[first].number)
                          : fmt::format("{}-{}", steps[first].number, steps[last].number);
    first = last + 1;
  }
  return text;
}

bool keep_steps(Script& script, std::string_view text) {
  std::set<std::int64_t> kept;
  for (const std::string_view piece : base::split(text, ',')) {
    const auto dash = piece.find('-');
    const auto first = base::to_int(piece.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : base::to_int(piece.substr(dash + 1));
    if (!first || !last || *first > *last || *last > 1'000'000) return false;
    for (auto number = *first; number <= *last; ++number) kept.insert(number);
  }
  std::erase_if(script.steps, [&](const Step& step) { return !kept.contains(step.number); });
  return true;
}

}  // namespace athanor::sim
