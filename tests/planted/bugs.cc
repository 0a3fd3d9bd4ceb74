#include "tests/planted/bugs.h"

#include <array>

#include "base/planted.h"

namespace athanor {
namespace {

using base::Bug;

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
    Row{Bug::SkipCompactedSync, "skip-compacted-sync"},
    Row{Bug::SkipCompactedDirectorySync, "skip-compacted-directory-sync"},
    Row{Bug::DropLastOfCompactedSegment, "drop-last-of-compacted-segment"},
    Row{Bug::ForgetLastOfMerged, "forget-last-of-merged"},
    Row{Bug::RemoveBeforeMerged, "remove-before-merged"},
    Row{Bug::BackUpBeyondMark, "back-up-beyond-mark"},
    Row{Bug::BackUpStoppedByMark, "back-up-stopped-by-mark"},
    Row{Bug::SkipBackupSync, "skip-backup-sync"},
    Row{Bug::SkipBackupDirectorySync, "skip-backup-directory-sync"},
    Row{Bug::SkipManifestSync, "skip-manifest-sync"},
    Row{Bug::BackUpCompactedWithoutSnapshot, "back-up-compacted-without-snapshot"},
    Row{Bug::BelieveWhatARunLeft, "believe-what-a-run-left"},
    Row{Bug::AddToAnotherLog, "add-to-another-log"},
    Row{Bug::ForgetWhatTheLogFreed, "forget-what-the-log-freed"},
    Row{Bug::RestoreWithoutLastMoment, "restore-without-last-moment"},
    Row{Bug::RestoreLaterSnapshots, "restore-later-snapshots"},
    Row{Bug::RestoreWithOldSnapshot, "restore-with-old-snapshot"},
    Row{Bug::SkipRestoreSync, "skip-restore-sync"},
    Row{Bug::SkipRestoreDirectorySync, "skip-restore-directory-sync"},
    Row{Bug::AnswerBeforeCommit, "answer-before-commit"},
    Row{Bug::StartFunctionBeforeCommit, "start-function-before-commit"},
    Row{Bug::FreeNeededLog, "free-needed-log"},
    Row{Bug::SkipRecordAfterSnapshot, "skip-record-after-snapshot"},
    Row{Bug::ReplayPastItsEnd, "replay-past-its-end"},
    Row{Bug::ReplayWithoutLastMoment, "replay-without-last-moment"},
    Row{Bug::ForgetReplayProgress, "forget-replay-progress"},
    Row{Bug::TearReplayPage, "tear-replay-page"},
    Row{Bug::ForgetHoursBeforeClockWasSetBack, "forget-hours-before-clock-was-set-back"},
    Row{Bug::ReplayWhatIsBeingRemoved, "replay-what-is-being-removed"},
    Row{Bug::ReplayWhatHasExpired, "replay-what-has-expired"},
    Row{Bug::RemoveAnHourEarly, "remove-an-hour-early"},
    Row{Bug::CompactNeededLog, "compact-needed-log"},
    Row{Bug::MissingRecordIsMissingQueue, "missing-record-is-missing-queue"},
    Row{Bug::PassOverUnreadableReplayPage, "pass-over-unreadable-replay-page"},
    Row{Bug::DrawByPosition, "draw-by-position"},
    Row{Bug::FollowFromBehindTheEnd, "follow-from-behind-the-end"},
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
    Row{Bug::ForgetDeadLetterOfMissingTarget, "forget-dead-letter-of-missing-target"},
    Row{Bug::ForgetToCountLostDeadLetter, "forget-to-count-lost-dead-letter"},
    Row{Bug::KeepInvocationsOfDeletedFunction, "keep-invocations-of-deleted-function"},
    Row{Bug::LoseInvocationsOfDeletedFunction, "lose-invocations-of-deleted-function"},
    Row{Bug::ForgetInvokeConfigInSnapshot, "forget-invoke-config-in-snapshot"},
    Row{Bug::ForgetDelete, "forget-delete"},
    Row{Bug::IgnoreVisibilityTimeout, "ignore-visibility-timeout"},
    Row{Bug::LoseRedrivenMessage, "lose-redriven-message"},
    Row{Bug::ForgetReceiveCount, "forget-receive-count"},
    Row{Bug::IgnoreGroupInFlight, "ignore-group-in-flight"},
    Row{Bug::ForgetDeduplication, "forget-deduplication"},
    Row{Bug::KeepPurgedMessages, "keep-purged-messages"},
    Row{Bug::GiveGroupBehindUnreadMessage, "give-group-behind-unread-message"},
    Row{Bug::DiscardUnreadMessage, "discard-unread-message"},
    Row{Bug::KeepMessagesOfDeletedQueue, "keep-messages-of-deleted-queue"},
    Row{Bug::SameReceiptKeyForAll, "same-receipt-key-for-all"},
    Row{Bug::ReceiptOfSequenceAlone, "receipt-of-sequence-alone"},
    Row{Bug::LoseRetriesBehindStep, "lose-retries-behind-step"},
    Row{Bug::GiveUpLastOfStepTwice, "give-up-last-of-step-twice"},
    Row{Bug::GiveUpNextOfTheName, "give-up-next-of-the-name"},
    Row{Bug::ForgetLeftOverInSnapshot, "forget-left-over-in-snapshot"},
    Row{Bug::ForgetByOwnBound, "forget-by-own-bound"},
    Row{Bug::GiveWhatShouldBeGone, "give-what-should-be-gone"},
    Row{Bug::GiveExhaustedBehindStep, "give-exhausted-behind-step"},
    Row{Bug::SkipRestOfReplayPage, "skip-rest-of-replay-page"},
    Row{Bug::ForgetWhenScheduleRan, "forget-when-schedule-ran"},
    Row{Bug::RunDisabledSchedule, "run-disabled-schedule"},
    Row{Bug::ForgetMissedTimes, "forget-missed-times"},
    Row{Bug::ForgetStackIntent, "forget-stack-intent"},
    Row{Bug::BelieveInterruptedUpdate, "believe-interrupted-update"},
    Row{Bug::KeepWhatTheTemplateHasNoMore, "keep-what-the-template-has-no-more"},
    Row{Bug::SkipPackageSync, "skip-package-sync"},
    Row{Bug::SkipPackageDirectorySync, "skip-package-directory-sync"},
};

Bug chosen = Bug::None;

}  // namespace

bool base::planted(Bug bug) { return bug == chosen; }

std::vector<std::string_view> planted::names() {
  std::vector<std::string_view> names;
  for (const Row& row : kBugs) names.push_back(row.name);
  return names;
}

bool planted::choose(std::string_view name) {
  for (const Row& row : kBugs) {
    if (row.name != name) continue;
    chosen = row.bug;
    return true;
  }
  return false;
}

}  // namespace athanor
