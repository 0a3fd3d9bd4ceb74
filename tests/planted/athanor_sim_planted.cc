// athanor-sim-planted: the simulation, with one bug of base/planted.h in it.
#include <fmt/format.h>

#include <unistd.h>
#include <array>
#include <csignal>
#include <string_view>

#include "base/planted.h"
#include "base/text.h"
#include "sim/world.h"

namespace {

using athanor::base::Bug;

struct Row {
  Bug bug;
  std::string_view name;
};

constexpr std::array kBugs = {
    Row{Bug::None, "none"},
    Row{Bug::AcknowledgeBeforeSync, "acknowledge-before-sync"},
    Row{Bug::GoOnAfterFailedSync, "go-on-after-failed-sync"},
    Row{Bug::TearEndOfBatch, "tear-end-of-batch"},
    Row{Bug::SkipDirectorySync, "skip-directory-sync"},
    Row{Bug::SkipSnapshotSync, "skip-snapshot-sync"},
    Row{Bug::TrimTooMuch, "trim-too-much"},
    Row{Bug::FreeBeforeMarkIsSynced, "free-before-mark-is-synced"},
    Row{Bug::BelieveUnprovenRecords, "believe-unproven-records"},
    Row{Bug::KeepTornTail, "keep-torn-tail"},
    Row{Bug::AnswerBeforeCommit, "answer-before-commit"},
    Row{Bug::StartFunctionBeforeCommit, "start-function-before-commit"},
    Row{Bug::FreeNeededLog, "free-needed-log"},
    Row{Bug::SkipRecordAfterSnapshot, "skip-record-after-snapshot"},
    Row{Bug::ReplayPastItsEnd, "replay-past-its-end"},
    Row{Bug::ReplayWithoutLastMoment, "replay-without-last-moment"},
    Row{Bug::ForgetReplayProgress, "forget-replay-progress"},
    Row{Bug::ForgetHoursBeforeClockWasSetBack, "forget-hours-before-clock-was-set-back"},
    Row{Bug::DropLastOfBatch, "drop-last-of-batch"},
    Row{Bug::ReuseEventId, "reuse-event-id"},
    Row{Bug::MatchDisabledRule, "match-disabled-rule"},
    Row{Bug::ForgetTargetsInSnapshot, "forget-targets-in-snapshot"},
    Row{Bug::KeepRemovedTarget, "keep-removed-target"},
    Row{Bug::LoseRetryTimers, "lose-retry-timers"},
    Row{Bug::OneRetryTooMany, "one-retry-too-many"},
    Row{Bug::ForgetDeadLetterOnAge, "forget-dead-letter-on-age"},
    Row{Bug::LoseInvocationTimers, "lose-invocation-timers"},
    Row{Bug::RetryFunctionAtOnce, "retry-function-at-once"},
    Row{Bug::ForgetTooOldInvocation, "forget-too-old-invocation"},
    Row{Bug::ForgetDelete, "forget-delete"},
    Row{Bug::IgnoreVisibilityTimeout, "ignore-visibility-timeout"},
    Row{Bug::LoseRedrivenMessage, "lose-redriven-message"},
    Row{Bug::ForgetReceiveCount, "forget-receive-count"},
    Row{Bug::IgnoreGroupInFlight, "ignore-group-in-flight"},
    Row{Bug::ForgetDeduplication, "forget-deduplication"},
    Row{Bug::KeepPurgedMessages, "keep-purged-messages"},
};

Bug chosen = Bug::None;
std::uint64_t running = 0;  // seed

// An assertion of the server has found it.
void on_abort(int) {
  const std::string line = fmt::format("seed {}: an assertion failed\n", running);
  [[maybe_unused]] const auto written = write(STDOUT_FILENO, line.data(), line.size());
  _exit(1);
}

int usage() {
  fmt::print(stderr,
             "usage: athanor-sim-planted --list                    the bugs\n"
             "       athanor-sim-planted --bug NAME --seeds N      0 when no seed found it, 1 when one did\n");
  return 2;
}

}  // namespace

bool athanor::base::planted(Bug bug) { return bug == chosen; }

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view{argv[1]} == "--list") {
    for (const Row& row : kBugs) fmt::print("{}\n", row.name);
    return 0;
  }
  if (argc != 5 || std::string_view{argv[1]} != "--bug" || std::string_view{argv[3]} != "--seeds") return usage();
  const auto seeds = athanor::base::to_int(argv[4]);
  bool known = false;
  for (const Row& row : kBugs) {
    if (row.name == argv[2]) chosen = row.bug, known = true;
  }
  if (!seeds || !known) return usage();
  std::signal(SIGABRT, on_abort);
  for (std::uint64_t seed = 1; seed <= static_cast<std::uint64_t>(*seeds); ++seed) {
    running = seed;
    const auto report = athanor::sim::run(athanor::sim::draw_script(seed, athanor::sim::kSteps));
    if (report.violations.empty()) continue;
    fmt::print("seed {}: {}\n", seed, report.violations.front());
    return 1;
  }
  fmt::print("no seed up to {} found it\n", *seeds);
  return 0;
}
