// The queues, and every decision about them and their messages.
//
// Decisions read the state, refuse with AWS's words, and write records; `apply` turns a record into state, live and in
// recovery alike. What SQS's documentation leaves open, we chose so:
// - A delete with the receipt handle of an earlier receive deletes, in a standard queue: it was acknowledged, so the
//   message must not come back. A FIFO queue refuses it ("The receipt handle has expired").
// - A change of visibility with such a handle is refused: the message is another receiver's now.
// - Messages leave in the order they came, in standard queues too, whatever their MessageGroupId.
// - A message is kept for the retention period after it was sent. One that goes to a dead-letter queue keeps its age
//   in a standard queue; in a FIFO queue the period begins anew, as documented.
// - Without its dead-letter queue (deleted since) a queue goes on giving the message out.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "base/step.h"
#include "log/journal.h"
#include "log/records_lost.h"
#include "queue/attributes.h"
#include "queue/content.h"
#include "queue/deduplication.h"
#include "queue/message.h"
#include "queue/message_store.h"
#include "queue/records.h"

namespace athanor::queue {

using Tags = std::map<std::string, std::string>;

struct Queue {
  Queue(Attributes attributes_given, Tags tags_given, std::string key, base::Time now);

  Attributes attributes;
  Tags tags;
  std::string receipt_key;
  base::Time created{};
  base::Time modified{};
  std::optional<base::Time> purged;
  MessageStore messages;
  DeduplicationWindow deduplication;
  base::Time expiry = base::Time::max();  // time takes nothing before: Queues::expire
  bool watched = false;                   // somebody waits for a message: receivers.h
  bool stirred = false;                   // ... and something happened here since take_stirred
};

// A message to send. The body is valid already; what depends on the queue is decided here.
struct OutgoingMessage {
  std::string body;
  MessageAttributes attributes;
  std::string sender_id;
  std::string trace_header;
  std::optional<std::chrono::seconds> delay;  // else the queue's
  std::string group_id;
  std::string deduplication_id;
  std::string body_hash;  // hexadecimal SHA-256 of the body; when empty it is computed here, if it is needed
};

struct ReceiveParameters {
  std::size_t count_max = 1;                               // 1..10
  std::optional<std::chrono::seconds> visibility_timeout;  // else the queue's
};

class Queues {
 public:
  // `step_max`: messages that a decision moves or removes at once, where there may be a million; the next goes on.
  explicit Queues(std::size_t step_max = base::kStepMax) : step_max_(step_max) {}

  // --- Decisions over queues. NotFound when there is no such queue, unless the function is about creating it.

  // A queue that is there already with equal values for all given attributes is fine; else AlreadyExists names the
  // first that differs. FIFO or not is told by the name at the end of the ARN.
  Result<void> create(const std::string& queue_arn, const AttributeTexts& attributes, const Tags& tags,
                      log::Journal& journal, base::Random& random);
  Result<void> set_attributes(const std::string& queue_arn, const AttributeTexts& changes, log::Journal& journal);
  Result<void> set_tags(const std::string& queue_arn, const Tags& added, log::Journal& journal);
  Result<void> remove_tags(const std::string& queue_arn, const std::vector<std::string>& keys, log::Journal& journal);
  // Refused within 60 s of the last.
  Result<void> purge(const std::string& queue_arn, base::Time now, log::Journal& journal);
  Result<void> remove(const std::string& queue_arn, log::Journal& journal);

  // --- Decisions over messages

  // A duplicate in a FIFO queue writes nothing and answers with the first message.
  Result<SentMessage> send(const std::string& queue_arn, OutgoingMessage message, base::Time now, log::Journal& journal,
                           base::Random& random);
  // At most count_max messages, none when there are none now. Moves those over maxReceiveCount to the dead-letter
  // queue, so many at once that lowering it on a full queue does not hold up everybody else. With kInFlightMax in
  // flight a standard queue answers OverLimit, a FIFO queue gives none, as documented.
  Result<std::vector<ReceivedMessage>> receive(const std::string& queue_arn, const ReceiveParameters& parameters,
                                               base::Time now, log::Journal& journal);
  // Deleting what is gone already is fine.
  Result<void> delete_message(const std::string& queue_arn, std::string_view receipt_handle, base::Time now,
                              log::Journal& journal);
  // Deletes those of the messages that are still there, whoever has received them since: what they carried is gone for
  // good. Returns how many.
  std::size_t discard(const std::string& queue_arn, const std::vector<std::string>& receipt_handles,
                      log::Journal& journal);
  // `timeout` within 0..43,200 s, counted from now; 0 makes the message visible.
  Result<void> change_visibility(const std::string& queue_arn, std::string_view receipt_handle,
                                 std::chrono::seconds timeout, base::Time now, log::Journal& journal);
  // Writes MessagesExpired for each queue with messages past their retention, or with a deduplication window that
  // nobody's sends clear; of much that has expired in a queue at once, a part, and the rest is due still. Before a look
  // at a queue nobody needs to call it; it is what lets the log be trimmed.
  void expire(base::Time now, log::Journal& journal);
  // When it has something to say, at the earliest: what is gone by then may have been the one. In the past when it has
  // more to say than it did.
  std::optional<base::Time> next_expiry() const;

  // What deleted and purged queues held is freed in steps, of which this does one: a million messages take seconds.
  void free_removed();
  bool has_removed() const { return !removed_.empty(); }

  // Local hand-over: called while another work's record is applied. Depends on the arguments and the state alone.
  HandoverOutcome accept(std::string_view queue_arn, Handover handover, base::Time time);

  // --- Questions. Pointers are good until the next decision.

  const Queue* find(std::string_view queue_arn) const;
  std::size_t count() const { return queues_.size(); }
  // At most `count_max` ARNs that begin with `arn_prefix` and come after `after` ("" for the first), in order.
  std::vector<std::string> list(std::string_view arn_prefix, std::string_view after, std::size_t count_max) const;
  // The queues whose RedrivePolicy names this one, in order.
  std::vector<std::string> dead_letter_sources(std::string_view queue_arn) const;
  // Zeros when there is no such queue.
  MessageCounts counts(std::string_view queue_arn, base::Time now) const;

  // --- For receivers.h and the engine's timer

  void watch(std::string_view queue_arn, bool watched);
  // The watched queues, or those watched until they were deleted, where a receive may now give what it did not before.
  std::vector<std::string> take_stirred(base::Time now);
  // The earliest moment at which take_stirred has something to say, if nothing else happens; `now` when it has already.
  std::optional<base::Time> next_change(base::Time now) const;

  // --- State

  // Behind a hole in the log: sequences that were given out in it, or behind it before, are never given out again.
  void apply(const log::RecordsLost& record, log::LogPosition position, base::Time time);
  void apply(const QueueCreated& record, log::LogPosition position, base::Time time);
  void apply(const QueueAttributesSet& record, log::LogPosition position, base::Time time);
  void apply(const QueueTagsSet& record, log::LogPosition position, base::Time time);
  void apply(const QueueDeleted& record, log::LogPosition position, base::Time time);
  void apply(const QueuePurged& record, log::LogPosition position, base::Time time);
  void apply(const MessageSent& record, log::LogPosition position, base::Time time);
  void apply(const MessagesReceived& record, log::LogPosition position, base::Time time);
  void apply(const MessagesDeleted& record, log::LogPosition position, base::Time time);
  void apply(const VisibilityChanged& record, log::LogPosition position, base::Time time);
  void apply(const MessagesDeadLettered& record, log::LogPosition position, base::Time time);
  void apply(const MessagesExpired& record, log::LogPosition position, base::Time time);

  // Takes the time of all messages. The same state gives the same bytes.
  void save(std::string& out) const;  // appends
  // On an empty object. Corrupt when the bytes are no snapshot.
  Result<void> load(std::string_view bytes);
  // Takes the time of all messages.
  std::optional<log::LogPosition> oldest_position_needed() const;

 private:
  using QueueMap = std::map<std::string, Queue, std::less<>>;
  struct Removed {
    MessageStore messages;
    DeduplicationWindow deduplication;
  };

  Result<Queue*> at(std::string_view queue_arn);
  Queue& existing(std::string_view queue_arn);
  Result<void> check_redrive(const std::string& queue_arn, const Attributes& attributes) const;
  void expire_queue(const std::string& queue_arn, Queue& queue, base::Time now, log::Journal& journal);
  const std::string* intern(const std::string& queue_arn);
  // Of those that keep Queue::expiry: a message has come to the queue; any number have come or gone; the moment is
  // known.
  void note_expiry(const std::string& queue_arn, Queue& queue, base::Time sent);
  void find_expiry(const std::string& queue_arn, Queue& queue);
  void set_expiry(const std::string& queue_arn, Queue& queue, base::Time expiry);

  std::size_t step_max_;
  QueueMap queues_;
  std::set<std::pair<base::Time, std::string>> expiries_;  // Queue::expiry of those that have one; no part of the state
  std::map<std::string, Queue*> watched_;                  // of queues_; no part of the state
  std::set<std::string> dead_letter_sources_;  // ARNs that messages point to; never forgotten, as many as queues
  std::vector<std::string> removed_while_watched_;
  std::vector<Removed> removed_;  // no part of the state
};

// The error of every operation on a queue that is not there.
Error queue_not_found();

}  // namespace athanor::queue
