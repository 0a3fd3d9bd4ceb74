// What happens in one simulated run: which faults there are, and which steps are taken, each with its own seed.
//
// A seed gives a script; a script can lose faults and steps and still be run, which is how a failing one is made short
// (sim/shrink.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace athanor::sim {

// What a world may have. Each seed gets about half of them, so that common ones do not mask rare ones.
enum class Fault : std::uint8_t {
  PowerCuts,         // at any disk operation
  Kills,             // of the process only: what it wrote is still visible
  SectorLoss,        // a power cut leaves any of the unsynced sectors; without this, a prefix of the unsynced bytes
  LostNames,         // ... and any part of the unsynced changes to names; without this, they survive
  LyingSyncs,        // now and then a sync reports success and does nothing
  FailOnce,          // the nth disk operation answers EIO
  FailForGood,       // ... and so do all that follow, until an operator repairs the disk
  FailReads,         // the nth disk read answers EIO, once or until an operator repairs the disk
  FullDisk,          // there is no space left, until an operator frees some
  FlippedBits,       // in any file while the server is down
  SlowDisk,          // much happens between two commits, between a commit and its announcement, and during reads
  ClockJumps,        // by an hour or a day, in either direction
  FunctionErrors,    // functions fail a few times, or for good
  FunctionTimeouts,  // a function does its work but counts as timed out
  ShortLines,        // few invocations may wait for a function: the rest are throttled, retried and given up
  Operators,         // rules and targets come, go and change
  Resources,         // queues and functions come, go and change
  Stacks,            // a stack is deployed, updated and deleted
  Archives,          // an archive, and replays of it
  Purges,            // of queues
  TinyFiles,         // segments and snapshots of a few kilobytes, so that files come and go all the time
  Schedules,         // a scheduled rule
  QuickConsumers,    // little waits for long: old parts of the log are freed and compacted
  Backups,           // are taken, and restored
  SmallSteps,        // long work is done in steps of one to five, and one queue has a short retention
  Retention,         // the archive keeps events for days, and days pass
};
inline constexpr std::size_t kFaults = static_cast<std::size_t>(Fault::Retention) + 1;

enum class StepKind : std::uint8_t {
  PutEvents,
  SendMessage,
  Receive,
  Delete,
  ChangeVisibility,
  Drain,  // everything that can be received, handled and deleted
  PassTime,
  FinishFunction,
  RunPosted,
  Commit,
  CommitSilently,  // durable, but not yet announced
  Compact,         // after a snapshot, which makes it possible
  ChangeRule,
  ChangeTargets,
  ChangeQueue,
  ChangeFunction,
  ChangeStack,
  ChangeSchedule,
  ChangeArchive,
  StartReplay,
  CancelReplay,
  Purge,
  Kill,
  CutPower,
  CutPowerSoon,
  FailSoon,
  FailReadsSoon,
  FillDisk,
  FreeDisk,
  LieAboutSyncs,
  JumpClock,
  BackUp,
  PassDays,
};

struct Step {
  StepKind kind = StepKind::Commit;
  std::uint64_t seed = 0;    // of every choice within the step
  std::uint32_t number = 0;  // in the script that the seed gave
};

class Faults {
 public:
  bool has(Fault fault) const { return (bits_ >> static_cast<unsigned>(fault) & 1) != 0; }
  void set(Fault fault, bool on) {
    const auto bit = std::uint32_t{1} << static_cast<unsigned>(fault);
    bits_ = on ? bits_ | bit : bits_ & ~bit;
  }
  friend bool operator==(const Faults&, const Faults&) = default;

 private:
  std::uint32_t bits_ = 0;
};

struct Script {
  std::uint64_t seed = 0;
  Faults faults;
  std::vector<Step> steps;
};

Script draw_script(std::uint64_t seed, int steps);

std::string_view name_of(Fault fault);  // "lying-syncs"
std::string_view name_of(StepKind kind);

// "power-cuts,lost-names", or "none".
std::string faults_text(const Faults& faults);
std::optional<Faults> parse_faults(std::string_view text);
// "3,17,22-40": the numbers of the steps.
std::string steps_text(const std::vector<Step>& steps);
// Keeps only the steps whose numbers are in `text`. False when that cannot be parsed.
bool keep_steps(Script& script, std::string_view text);

}  // namespace athanor::sim
