// What happens in one simulated run: which faults there are, and which steps are taken, each with its own chance.
//
// A seed gives a script; a script can lose faults and steps and still be run, which is how a failing seed becomes a
// short one (sim/shrink.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace athanor::sim {

// What a world may have. Each seed has its own half of them, so that rare ones do not hide behind common ones.
enum class Fault : std::uint8_t {
  PowerCuts,         // at any operation of the disk
  Kills,             // of the process alone: what it wrote is still to be seen
  SectorLoss,        // a power cut leaves any of the unsynced sectors; without it a prefix of the unsynced bytes
  LostNames,         // ... and of what was done to names any part; without it they survive
  LyingSyncs,        // now and then a sync says that it is done and does nothing
  FailOnce,          // the nth operation of the disk answers EIO
  FailForGood,       // ... and so do all that follow, until somebody repairs the disk
  FailReads,         // the nth read of the disk answers EIO, once or until somebody repairs the disk
  FullDisk,          // there is no space left, until somebody makes some
  FlippedBits,       // in any file while the server is down
  SlowDisk,          // much happens between two commits, between a commit and its news, and while something is read
  ClockJumps,        // an hour or a day, in both directions
  FunctionErrors,    // functions fail a few times, or for good
  FunctionTimeouts,  // a function does its work and is taken for dead
  ShortLines,        // few invocations may wait for a function: more are throttled, retried and given up
  Operators,         // rules and targets come, go and change
  Resources,         // queues and functions do
  Stacks,            // a stack is deployed, updated and deleted
  Archives,          // an archive, and replays of it
  Purges,            // of queues
  TinyFiles,         // segments and snapshots of a few kilobytes, so that files come and go all the time
  Schedules,         // a rule that runs by the clock
  QuickConsumers,    // little waits for long: old parts of the log are let go, and compacted
  Backups,           // are taken, and restored
  SmallSteps,        // what is long is done in steps of one to five, and a queue soon forgets what it holds
};
inline constexpr std::size_t kFaults = static_cast<std::size_t>(Fault::SmallSteps) + 1;

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
  CommitSilently,  // durable, and nobody is told yet
  Compact,         // after a snapshot, which lets it be done
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
// Leaves the steps whose numbers stand in `text`. False when that cannot be read.
bool keep_steps(Script& script, std::string_view text);

}  // namespace athanor::sim
