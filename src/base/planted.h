// Bugs on purpose: each is one that a tired author might have written, and the checkers must find it (tests/planted).
//
// Only the programs athanor-sim-planted and athanor-planted are compiled with ATHANOR_PLANTED; they choose a bug when
// they start. Everywhere else `planted` is false at compile time, and the compiler removes the line entirely.
#pragma once

#include <cstdint>

namespace athanor::base {

enum class Bug : std::uint8_t {
  None,
  // storage
  AcknowledgeBeforeSync,
  GoOnAfterFailedSync,
  TearEndOfBatch,
  SkipDirectorySync,
  SkipSnapshotSync,
  TrimTooMuch,
  FreeBeforeMarkIsSynced,
  BelieveUnprovenRecords,
  KeepTornTail,
  SkipCompactedSync,
  SkipCompactedDirectorySync,
  DropLastOfCompactedSegment,
  ForgetLastOfMerged,
  RemoveBeforeMerged,
  // backups
  BackUpBeyondMark,
  BackUpStoppedByMark,
  SkipBackupSync,
  SkipBackupDirectorySync,
  SkipManifestSync,
  BackUpCompactedWithoutSnapshot,
  BelieveWhatARunLeft,
  AddToAnotherLog,
  ForgetWhatTheLogFreed,
  RestoreWithoutLastMoment,
  RestoreLaterSnapshots,
  RestoreWithOldSnapshot,
  SkipRestoreSync,
  SkipRestoreDirectorySync,
  // engine, archive
  AnswerBeforeCommit,
  StartFunctionBeforeCommit,
  FreeNeededLog,
  SkipRecordAfterSnapshot,
  ReplayPastItsEnd,
  ReplayWithoutLastMoment,
  ForgetReplayProgress,
  TearReplayPage,
  ForgetHoursBeforeClockWasSetBack,
  ReplayWhatIsBeingRemoved,
  ReplayWhatHasExpired,
  RemoveAnHourEarly,
  CompactNeededLog,
  MissingRecordIsMissingQueue,
  PassOverUnreadableReplayPage,
  DrawByPosition,
  FollowFromBehindTheEnd,
  // bus, service
  DropLastOfBatch,
  ReuseEventId,
  MatchDisabledRule,
  ForgetTargetsInSnapshot,
  KeepRemovedTarget,
  // delivery, function
  LoseRetryTimers,
  OneRetryTooMany,
  ForgetDeadLetterOnAge,
  LoseInvocationTimers,
  RetryFunctionAtOnce,
  ForgetTooOldInvocation,
  ForgetDeadLetterOfMissingTarget,
  ForgetToCountLostDeadLetter,
  KeepInvocationsOfDeletedFunction,
  LoseInvocationsOfDeletedFunction,
  ForgetInvokeConfigInSnapshot,
  // queue
  ForgetDelete,
  IgnoreVisibilityTimeout,
  LoseRedrivenMessage,
  ForgetReceiveCount,
  IgnoreGroupInFlight,
  ForgetDeduplication,
  KeepPurgedMessages,
  GiveGroupBehindUnreadMessage,
  DiscardUnreadMessage,
  KeepMessagesOfDeletedQueue,
  SameReceiptKeyForAll,
  ReceiptOfSequenceAlone,
  // work done in steps, in every part of the engine
  LoseRetriesBehindStep,
  GiveUpLastOfStepTwice,
  GiveUpNextOfTheName,
  ForgetLeftOverInSnapshot,
  ForgetByOwnBound,
  GiveWhatShouldBeGone,
  GiveExhaustedBehindStep,
  SkipRestOfReplayPage,
  // schedule
  ForgetWhenScheduleRan,
  RunDisabledSchedule,
  ForgetMissedTimes,
  // stack
  ForgetStackIntent,
  BelieveInterruptedUpdate,
  KeepWhatTheTemplateHasNoMore,
  // runtime: the simulation's functions have no code; only power cuts find these
  SkipPackageSync,
  SkipPackageDirectorySync,
};

#ifdef ATHANOR_PLANTED
bool planted(Bug bug);
#else
consteval bool planted(Bug) { return false; }
#endif

}  // namespace athanor::base
