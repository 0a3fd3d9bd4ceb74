// The states that the simulation is there for, and how often they were reached. A run of seeds that never reached one
// of them has proved nothing about it, and fails.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace athanor::sim {

enum class Reached : std::uint8_t {
  EventsAcknowledged,
  EntryRefused,           // of PutEvents, beside entries that were accepted
  RequestSentAgain,       // by a client that got no answer
  KilledWithUncommitted,  // records that no commit had seen
  KilledBeforeNews,       // durable, and nobody had been told
  CutBetweenOperations,   // the power
  CutInCommit,            // ... while records were written or synced
  CutInRecovery,
  TornTailCutOff,
  RecordsLostUnanswered,  // nobody had been told of them
  StoppedByFailedWrite,   // or sync
  StoppedByFullDisk,
  OpenedOnFullDisk,
  AcceptedAfterFullDisk,
  StartFailed,  // the disk still failed; a later start worked
  SnapshotSaved,
  SnapshotWithoutRoom,
  SnapshotLoaded,
  SegmentsFreed,
  SegmentsCompacted,
  CompactedMerged,     // with their neighbours
  MergeEndedByStart,   // the server had died before they were gone
  CompactionCutShort,  // as when the server stops
  CompactionFailed,    // with the disk; the log went on
  CutInCompaction,
  StateComparedAfterRestart,  // what was recovered, with what had been there
  FlippedBitRefused,          // at the start or by a read, with the file's name
  FlippedBitHarmless,
  FlippedSnapshotPassedOver,
  StartCouldNotRead,   // and said where; a later start worked
  MessageUnread,       // its receive was answered with an error, or without it
  MessageWithheld,     // ... since one before it in its group was unread
  MessageReadTooLate,  // another receiver had deleted it, and its record was gone
  InvocationUnread,    // its function started later
  ReplayFailedByRead,
  CompactionSourceUnread,
  SyncLied,
  LyingDiskLost,  // something acknowledged, as was to be expected
  ClockSetBack,
  ClockSetForward,
  FunctionFailed,
  FunctionTimedOutAfterWork,
  FunctionRanAgainAfterCrash,
  DeliveryRetried,  // the target was full
  DeadLetterByAttempts,
  DeadLetterByAge,
  MessageReceived,
  DeliveryDropped,  // its target had no dead-letter queue
  MessageReceivedAgain,
  MessageRedriven,
  DuplicateRefused,  // by a FIFO queue
  QueuePurged,
  QueueDeleted,
  QueueMadeAgain,  // under the same name
  QueueAttributesChanged,
  ReceiptOfDeletedQueue,  // refused
  FunctionDeleted,
  FunctionMadeAgain,
  FunctionConfigChanged,
  DeadLetterNoResource,     // its target was not there
  DeadLetterAfterDeletion,  // its function was deleted while it waited, or ran and a crash came
  EndedAfterDeletion,
  LostWithoutDeadLetterQueue,
  StackDeployed,
  StackUpdated,
  StackUnchanged,  // a deploy that had nothing to do
  StackDeleted,
  StackInterrupted,   // by a crash: some of its records were there
  StackEndedLater,    // by the same deploy, sent again
  StackResourceGone,  // deleted by somebody, and made again by a deploy
  RuleChanged,
  RuleDisabled,
  RuleDeleted,
  TargetRemoved,
  ScheduleRan,
  ScheduleMadeUp,  // for times that went by while the server was down
  ScheduleChanged,
  RetriedInSteps,       // more deliveries than one step tries again
  GivenUpInSteps,       // invocations, likewise
  ExpiredInSteps,       // messages
  ForgottenInSteps,     // of a deduplication window
  DeadLetteredInSteps,  // messages that were received too often
  FreedInSteps,         // of queues that were deleted or purged
  ReplayedInSteps,      // of a page
  DiedBetweenSteps,     // of any of them
  SnapshotBetweenSteps,
  FilledBetweenSteps,     // the disk
  MadeAgainBetweenSteps,  // a queue or function
  ChangedBetweenSteps,    // attributes of the queue
  CancelledBetweenSteps,  // the replay
  ReplayStarted,
  ReplayOfManyPages,
  ReplayAcrossCrash,
  ReplayCancelled,
  ReplayOfCompacted,
  ArchiveDeleted,
  BackupTaken,  // the first of a directory
  BackupContinued,
  BackupAcrossKill,  // the server was killed, and came back, within the run
  BackupOfStopped,   // while no server ran
  BackupBrokeOff,
  BackupFellBehind,  // the log had freed what it lacks
  BackupOfCompacted,
  BackupRestored,          // and a server started on it
  BackupRestoredEarlier,   // as of an earlier run
  BackupOfRestored,        // by a server on what was restored from it
  BackupOfAnotherRefused,  // into the directory of one, of what was restored as of an earlier run
  WentBackToBackup,        // the world, for good: the server's directory is what was restored of all of one
  WentBackToEarlier,       // ... as of a moment before its end
  CutInRestore,            // for that
  BackupOfEarlierRefused,  // into the directory of the one that the world went back to
  ReceiptOfLostFuture,     // of before the world went back behind it
  TailOfLostFuture,        // asked for, and refused
};
inline constexpr std::size_t kReached = static_cast<std::size_t>(Reached::TailOfLostFuture) + 1;

class Coverage {
 public:
  void add(Reached state, std::uint64_t n = 1) { counts_[static_cast<std::size_t>(state)] += n; }
  std::uint64_t count(Reached state) const { return counts_[static_cast<std::size_t>(state)]; }
  void add(const Coverage& other) {
    for (std::size_t i = 0; i < kReached; ++i) counts_[i] += other.counts_[i];
  }
  // One line a state.
  std::string text() const;
  // The names of those that were never reached.
  std::vector<std::string_view> missing() const;

 private:
  std::array<std::uint64_t, kReached> counts_{};
};

}  // namespace athanor::sim
