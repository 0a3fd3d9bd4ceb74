// The queues, and every decision about them and their messages.
//
// Decisions read the state, refuse with AWS's words, and write records; `apply` turns a record into state, live and in
// recovery alike. Where SQS's documentation is silent, we chose:
// - A delete with the receipt handle of an earlier receive deletes, in a standard queue: the delete was acknowledged,
//   so the message must not come back. A FIFO queue refuses it ("The receipt handle has expired").
// - Changing the visibility with such a handle is refused: the message now belongs to another receiver.
// - Messages leave in the order they came, in standard queues too, whatever their MessageGroupId.
// - A message is kept for the retention period after it was sent. One that goes to a dead-letter queue keeps its age in
//   a standard queue; in a FIFO queue the period starts again, as documented.
// - A queue whose dead-letter queue has been deleted goes on delivering the message.
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
  base::Time expiry = base::Time::max();  // nothing expires before this: Queues::expire
  bool watched = false;                   // a receiver is waiting for a message: receivers.h
  bool stirred = false;                   // ... and something happened here since take_stirred
};

// A message to send. The body has already been validated; what depends on the queue is decided here.
struct OutgoingMessage {
  std::string body;
  MessageAttributes attributes;
  std::string sender_id;
  std::string trace_header;
  std::optional<std::chrono::seconds> delay;  // else the queue's
  std::string group_id;
  std::string deduplication_id;
  std::string body_hash;  // hexadecimal SHA-256 of the body; if empty, computed here when needed
};

struct ReceiveParameters {
  std::size_t count_max = 1;                               // 1..10
  std::optional<std::chrono::seconds> visibility_timeout;  // else the queue's
};

class Queues {
 public:
  // `step_max`: how many messages one decision moves or removes, where there may be a million; the next continues.
  explicit Queues(std::size_t step_max = base::kStepMax) : step_max_(step_max) {}

  // --- Decisions over queues. NotFound when there is no such queue, except from create.

  // If the queue exists with equal values for all given attributes, that is fine; else AlreadyExists names the first
  // that differs. The name at the end of the ARN says whether it is FIFO.
  Result<void> create(const std::string& queue_arn, const AttributeTexts& attributes, const Tags& tags,
                      log::Journal& journal, base::Random& random);
  Result<void> set_attributes(const std::string& queue_arn, const AttributeTexts& changes, log::Journal& journal);
  Result<void> set_tags(const std::string& queue_arn, const Tags& added, log::Journal& journal);
  Result<void> remove_tags(const std::string& queue_arn, const std::vector<std::string>& keys, log::Journal& journal);
  // Refused within 60 s of the last purge.
  Result<void> purge(const std::string& queue_arn, base::Time now, log::Journal& journal);
  Result<void> remove(const std::string& queue_arn, log::Journal& journal);

  // --- Decisions over messages

  // A duplicate in a FIFO queue writes nothing and returns the first message.
  Result<SentMessage> send(const std::string& queue_arn, OutgoingMessage message, base::Time now, log::Journal& journal,
                           base::Random& random);
  // At most count_max messages, none when there are none now. Moves those over maxReceiveCount to the dead-letter
  // queue, in limited numbers, so that lowering it on a full queue does not delay everyone else. With kInFlightMax in
  // flight a standard queue answers OverLimit, a FIFO queue returns none, as documented.
  Result<std::vector<ReceivedMessage>> receive(const std::string& queue_arn, const ReceiveParameters& parameters,
                                               base::Time now, log::Journal& journal);
  // Deleting a message that is already gone is fine.
  Result<void> delete_message(const std::string& queue_arn, std::string_view receipt_handle, base::Time now,
                              log::Journal& journal);
  // Deletes those of the messages that still exist, whoever has received them since: their content is lost. Returns how
  // many.
  std::size_t discard(const std::string& queue_arn, const std::vector<std::string>& receipt_handles,
                      log::Journal& journal);
  // `timeout` within 0..43,200 s, counted from now; 0 makes the message visible.
  Result<void> change_visibility(const std::string& queue_arn, std::string_view receipt_handle,
                                 std::chrono::seconds timeout, base::Time now, log::Journal& journal);
  // Writes MessagesExpired for each queue with messages past their retention, or with a deduplication window that no
  // sends clear. If much has expired in a queue, it covers a part, and the rest stays due. Not needed before looking at
  // a queue; its purpose is that the log can be trimmed.
  void expire(base::Time now, log::Journal& journal);
  // The earliest moment at which `expire` may have something to do (what would expire may be gone by then). In the past
  // when work is left over.
  std::optional<base::Time> next_expiry() const;

  // Frees one step's worth of what deleted and purged queues held: freeing a million messages takes seconds.
  void free_removed();
  bool has_removed() const { return !removed_.empty(); }

  // Local hand-over: called while another work's record is applied. Depends only on the arguments and the state.
  HandoverOutcome accept(std::string_view queue_arn, Handover handover, base::Time time);

  // --- Questions. Pointers are valid until the next decision.

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
  // The queues, watched now or until deleted, where a receive may now have a different result.
  std::vector<std::string> take_stirred(base::Time now);
  // The earliest moment at which take_stirred returns something, if nothing else happens; `now` if it would already.
  std::optional<base::Time> next_change(base::Time now) const;

  // --- State

  // After a hole in the log: sequences originally handed out in or after the hole are never handed out again.
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

  // Takes time proportional to all messages. The same state gives the same bytes.
  void save(std::string& out) const;  // appends
  // On an empty object. Corrupt when the bytes are not a snapshot.
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
  // These keep Queue::expiry up to date: when one message was added; when any number came or went; when the moment is
  // known.
  void note_expiry(const std::string& queue_arn, Queue& queue, base::Time sent);
  void find_expiry(const std::string& queue_arn, Queue& queue);
  void set_expiry(const std::string& queue_arn, Queue& queue, base::Time expiry);

  std::size_t step_max_;
  QueueMap queues_;
  std::set<std::pair<base::Time, std::string>> expiries_;  // Queue::expiry, where finite; not part of the state
  std::map<std::string, Queue*> watched_;                  // of queues_; not part of the state
  std::set<std::string> dead_letter_sources_;  // ARNs that messages point to; never forgotten, as many as queues
  std::vector<std::string> removed_while_watched_;
  std::vector<Removed> removed_;  // no part of the state
};

// The error of every operation on a queue that does not exist.
Error queue_not_found();

}  // namespace athanor::queue
