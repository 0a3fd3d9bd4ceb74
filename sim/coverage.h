// The states that the simulation exists to reach, and how often it did. A run of seeds that never reached one of them
// has proved nothing about it, and fails.
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
  KilledWithUncommitted,  // before the records were committed
  KilledBeforeNews,       // durable, but not yet announced
  CutBetweenOperations,   // power cut
  CutInCommit,            // ... while records were written or synced
  CutInRecovery,
  TornTailCutOff,
  RecordsLostUnanswered,  // never acknowledged
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
  MergeEndedByStart,   // the server had died before the old segments were gone
  CompactionCutShort,  // as on shutdown
  CompactionFailed,    // a disk error; the log went on
  CutInCompaction,
  StateComparedAfterRestart,  // what was recovered, with what was there before
  FlippedBitRefused,          // at the start or by a read, with the file's name
  FlippedBitHarmless,
  FlippedSnapshotPassedOver,
  StartCouldNotRead,   // and reported where; a later start worked
  MessageUnread,       // its receive was answered with an error, or omitted it
  MessageWithheld,     // ... since one before it in its group was unread
  MessageReadTooLate,  // another receiver had deleted it, and its record was gone
  InvocationUnread,    // its function started later
  ReplayFailedByRead,
  CompactionSourceUnread,
  SyncLied,
  LyingDiskLost,  // something acknowledged, as expected
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
  QueueMadeAgain,  // created again under the same name
  QueueAttributesChanged,
  ReceiptOfDeletedQueue,  // refused
  FunctionDeleted,
  FunctionMadeAgain,
  FunctionConfigChanged,
  DeadLetterNoResource,     // its target did not exist
  DeadLetterAfterDeletion,  // its function was deleted while it waited, or while it ran and then a crash came
  EndedAfterDeletion,
  LostWithoutDeadLetterQueue,
  StackDeployed,
  StackUpdated,
  StackUnchanged,  // a deploy that had nothing to do
  StackDeleted,
  StackInterrupted,   // by a crash: some of its records survived
  StackEndedLater,    // by the same deploy, retried
  StackResourceGone,  // deleted by an operator, created again by a deploy
  RuleChanged,
  RuleDisabled,
  RuleDeleted,
  TargetRemoved,
  ScheduleRan,
  ScheduleMadeUp,  // for times missed while the server was down
  ScheduleChanged,
  RetriedInSteps,       // more deliveries than one step retries
  GivenUpInSteps,       // invocations, likewise
  ExpiredInSteps,       // messages
  ForgottenInSteps,     // entries of a deduplication window
  DeadLetteredInSteps,  // messages received too often
  FreedInSteps,         // messages of deleted or purged queues
  ReplayedInSteps,      // events of a page
  DiedBetweenSteps,     // of any of the above
  SnapshotBetweenSteps,
  FilledBetweenSteps,     // the disk filled up
  MadeAgainBetweenSteps,  // a queue or function
  ChangedBetweenSteps,    // attributes of the queue
  CancelledBetweenSteps,  // the replay
  ReplayStarted,
  ReplayOfManyPages,
  ReplayAcrossCrash,
  ReplayCancelled,
  ReplayOfCompacted,
  ArchiveDeleted,
  ArchiveRetentionChanged,
  ArchivedEventExpired,
  ExpiredEventFreed,        // its record is gone
  ReplayBesideExpiry,       // a page was read while a compaction that removes expired events was under way, or due
  ReplayBesideExpiryAhead,  // ... of events that are not expired: the clock was set back since
  BackupTaken,              // the first in a directory
  BackupContinued,
  BackupAcrossKill,  // the server was killed and restarted during the run
  BackupOfStopped,   // while no server ran
  BackupBrokeOff,
  BackupFellBehind,  // the log had freed records that it lacks
  BackupOfCompacted,
  BackupRestored,          // and a server started on it
  BackupRestoredEarlier,   // as of an earlier run
  BackupOfRestored,        // of a server that runs on what was restored from it
  BackupOfAnotherRefused,  // a server restored as of an earlier run may not add to the same directory
  WentBackToBackup,        // for good: a full restore replaced the server's directory
  WentBackToEarlier,       // ... as of a moment before its end
  CutInRestore,            // power cut during either of the two
  BackupOfEarlierRefused,  // to add to the directory of the backup that the world went back to
  ReceiptOfLostFuture,     // from before the world went back to an earlier point
  TailOfLostFuture,        // requested, and refused
};
inline constexpr std::size_t kReached = static_cast<std::size_t>(Reached::TailOfLostFuture) + 1;

class Coverage {
 public:
  void add(Reached state, std::uint64_t n = 1) { counts_[static_cast<std::size_t>(state)] += n; }
  std::uint64_t count(Reached state) const { return counts_[static_cast<std::size_t>(state)]; }
  void add(const Coverage& other) {
    for (std::size_t i = 0; i < kReached; ++i) counts_[i] += other.counts_[i];
  }
  // One line per state.
  std::string text() const;
  // The names of those that were never reached.
  std::vector<std::string_view> missing() const;

 private:
  std::array<std::uint64_t, kReached> counts_{};
};

}  // namespace athanor::sim
