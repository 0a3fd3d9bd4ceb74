// The messages of one queue: which are visible, in flight or delayed, in which order they may be received.
//
// A message lives in exactly one of two containers: `visible_`, or `hidden_` while it is delayed or in flight. It comes
// out of hiding by `reveal(now)`, which callers make before they look; since the order of receiving is that of the
// sequences, it does not matter when they do. Per message some 160 bytes in all when visible, 220 when hidden, and 50
// more in a FIFO queue.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "log/log.h"
#include "queue/message.h"

namespace athanor::queue {

// The messages of one MessageGroupId. In a FIFO queue it is received in order, and not while one of it is in flight;
// in a standard queue it is a name that the messages share.
struct MessageGroup {
  std::string name;
  std::size_t messages = 0;
  std::size_t in_flight = 0;
  std::set<Sequence> order;         // FIFO only
  std::optional<Sequence> offered;  // FIFO only: its message that may be received next, now
};

struct Message {
  MessageId id;
  log::LogPosition position;
  std::shared_ptr<const std::string> origin;
  base::Time sent{};
  base::Time visible_at{};      // hidden until then
  base::Time first_received{};  // epoch: never
  base::Time last_received{};
  std::uint32_t receive_count = 0;  // over all queues it was in
  std::uint32_t generation = 0;     // receives from this queue
  MessageGroup* group = nullptr;
  std::unique_ptr<const std::string> deduplication_id;
  const std::string* dead_letter_source = nullptr;  // whose bytes: Queues, for good
  bool sent_out_of_order = false;                   // earlier than a message before it
};
static_assert(sizeof(Message) <= 120);

enum class MessageState : std::uint8_t { Visible, InFlight, Delayed };

struct MessageCounts {
  std::size_t visible = 0;
  std::size_t in_flight = 0;
  std::size_t delayed = 0;
  friend bool operator==(const MessageCounts&, const MessageCounts&) = default;
};

class MessageStore {
 public:
  explicit MessageStore(bool fifo) : fifo_(fifo) {}
  MessageStore(MessageStore&&) = default;
  MessageStore& operator=(MessageStore&&) = default;

  Sequence next_sequence() const { return Sequence{last_sequence_ + 1}; }

  // Adds at the end, hidden when visible_at is after `now`. `message.group` is set from `group` ("" for none).
  Sequence add(Message message, std::string_view group, base::Time now);
  // The same at a sequence that was in use before a snapshot; sequences must rise. Everything not yet known to be
  // visible is hidden until the next reveal.
  void restore(Sequence sequence, Message message, std::string_view group);
  void restore_last_sequence(Sequence last);

  // Delays and visibility timeouts that have ended by `now` end.
  void reveal(base::Time now);
  // When the next one does; nullopt when nothing is hidden.
  std::optional<base::Time> next_reveal() const;

  // Visits the messages that may be received, in the order in which they should be, until `visit` returns false. In
  // a FIFO queue a visit supposes that those before it are received too.
  void for_each_receivable(const std::function<bool(Sequence, const Message&)>& visit) const;
  bool has_receivable() const { return fifo_ ? !offered_.empty() : !visible_.empty(); }

  // Counts one receive and hides the message.
  void receive(Sequence sequence, base::Time now, base::Time visible_at);
  // For a message in flight.
  void set_visible_at(Sequence sequence, base::Time visible_at, base::Time now);

  // The message leaves the store. Its group pointer is no longer valid.
  Message take(Sequence sequence);
  void clear();
  // Removes what was sent at or before `until`.
  void remove_sent_until(base::Time until);
  // No message was sent before; nullopt when there is none.
  std::optional<base::Time> oldest_sent() const;

  const Message* find(Sequence sequence) const;
  // Of a message that is there.
  MessageState state(Sequence sequence) const;
  MessageCounts counts() const { return {visible_.size(), in_flight_, hidden_.size() - in_flight_}; }

  // Visits every message by rising sequence.
  void for_each(const std::function<void(Sequence, const Message&)>& visit) const;

 private:
  using Messages = std::map<Sequence, Message>;

  void join_group(Message& message, Sequence sequence, std::string_view group);
  void leave_group(Message& message, Sequence sequence);
  Messages::node_type extract(Sequence sequence);
  void hide(Messages::node_type node, base::Time visible_at);
  // Puts the group's first message into offered_, or takes it out, as it stands now.
  void offer(MessageGroup* group);

  bool fifo_;
  std::uint64_t last_sequence_ = 0;
  Messages visible_;
  Messages hidden_;                                    // delayed or in flight
  std::set<std::pair<base::Time, Sequence>> reveals_;  // of hidden_, by visible_at
  std::size_t in_flight_ = 0;                          // of hidden_: received at least once
  std::map<std::string, MessageGroup, std::less<>> groups_;
  std::set<Sequence> offered_;  // FIFO: the first message of each group that is free
  // Messages are nearly always sent in the order of their sequences; those that were not (they came from another
  // queue, with the time of their first sending) stand here too, so that the oldest is found at once.
  base::Time latest_sent_{base::Time::min()};
  std::set<std::pair<base::Time, Sequence>> sent_out_of_order_;
};

}  // namespace athanor::queue
