#include "sim/coverage.h"

#include <fmt/format.h>

namespace athanor::sim {
namespace {

constexpr std::array<std::string_view, kReached> kNames = {
    "events acknowledged",
    "an entry of PutEvents refused",
    "a request sent again for want of an answer",
    "killed with records uncommitted",
    "killed between a commit and its news",
    "power cut between two operations",
    "power cut in a commit",
    "power cut in a recovery",
    "torn tail cut off",
    "unanswered records lost",
    "log stopped by a failed write or sync",
    "log stopped by a full disk",
    "started on a full disk",
    "accepted again after a full disk",
    "a start failed with the disk, a later one worked",
    "snapshot saved",
    "snapshot without room",
    "snapshot loaded",
    "segments freed",
    "segments compacted",
    "compacted neighbours merged",
    "merge ended by a start",
    "compaction cut short",
    "compaction failed with the disk",
    "power cut in a compaction",
    "state compared across a restart",
    "flipped bit refused by name",
    "flipped bit harmless",
    "flipped snapshot passed over",
    "a start could not read, a later one worked",
    "a received message was unread",
    "a message withheld behind an unread one",
    "a message read too late",
    "an invocation was unread",
    "a replay failed by a read",
    "a compaction could not read",
    "a sync lied",
    "a lying disk lost something",
    "clock set back",
    "clock set forward",
    "a function failed",
    "a function timed out after its work",
    "a function ran again after a crash",
    "a delivery retried",
    "dead letter by attempts",
    "dead letter by age",
    "a message received",
    "delivery dropped without a dead-letter queue",
    "a message received again",
    "a message redriven",
    "a duplicate refused by a FIFO queue",
    "a queue purged",
    "a queue deleted",
    "a queue made again",
    "a queue's attributes changed",
    "a receipt of a deleted queue refused",
    "a function deleted",
    "a function made again",
    "a function's configuration changed",
    "dead letter since its target was not there",
    "dead letter since its function was deleted",
    "an invocation ended after its function was deleted",
    "a delivery lost for want of the dead-letter queue",
    "a stack deployed",
    "a stack updated",
    "a stack unchanged",
    "a stack deleted",
    "a stack interrupted by a crash",
    "an interrupted stack ended later",
    "a stack's resource gone and made again",
    "a rule changed",
    "a rule disabled",
    "a rule deleted",
    "a target removed",
    "a rule ran by the clock",
    "a rule made up for times that went by",
    "a schedule changed",
    "deliveries retried in steps",
    "invocations given up in steps",
    "messages expired in steps",
    "a deduplication window forgotten in steps",
    "messages dead-lettered in steps",
    "what queues held freed in steps",
    "a replay's page taken in steps",
    "killed between two steps",
    "snapshot between two steps",
    "a disk filled between two steps",
    "made again between two steps",
    "attributes changed between two steps",
    "a replay cancelled between two steps",
    "replay started",
    "replay of many pages",
    "replay across a crash",
    "replay cancelled",
    "replay of compacted segments",
    "archive deleted",
    "a backup taken",
    "a backup added to",
    "a backup across a kill of the server",
    "a backup while no server ran",
    "a backup broke off with the disk",
    "a backup that the log had left behind begun anew",
    "a backup of compacted segments",
    "a backup restored, and a server started on it",
    "a backup restored as of an earlier run",
    "a backup of what was restored from it",
    "a backup of another log refused",
};

}  // namespace

std::string Coverage::text() const {
  std::string out;
  for (std::size_t i = 0; i < kReached; ++i) out += fmt::format("{:>12}  {}\n", counts_[i], kNames[i]);
  return out;
}

std::vector<std::string_view> Coverage::missing() const {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < kReached; ++i) {
    if (counts_[i] == 0) names.push_back(kNames[i]);
  }
  return names;
}

}  // namespace athanor::sim
