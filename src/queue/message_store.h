// The messages of one queue: which are visible, in flight or delayed, in which order they may be received.
//
// A message lives in exactly one of three containers: `visible_`; `hidden_` while it is delayed or in flight; or, in
// the long middle of a backlog, as one of a block in `blocks_`, from which it comes back as soon as anybody asks for
// it. It comes out of hiding by `reveal`, which callers make before they look for messages to receive; what is due but
// not revealed yet counts as visible. Since the order of receiving is that of the sequences, it matters little when
// they do, and to a group of a FIFO queue not at all: it waits for its first. Per message some 160 bytes in all when
// visible, 220 when hidden, and 50 more in a FIFO queue; 20 in a block.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "log/log.h"
#include "queue/message.h"
#include "queue/message_block.h"
#include "queue/reveals.h"

namespace athanor::queue {

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

  // Adds at the end, never received, hidden when visible_at is after `now`. `message.group` is set from `group` ("" for
  // none).
  Sequence add(Message message, std::string_view group, base::Time now);
  // The same at a sequence that was in use before a snapshot; sequences must rise. Everything not yet known to be
  // visible is hidden until the next reveal.
  void restore(Sequence sequence, Message message, std::string_view group);
  void restore(MessageBlock block);
  void restore_last_sequence(Sequence last);

  // Delays and visibility timeouts that have ended by `now` end: at most so many of each, those first that ended first.
  void reveal(base::Time now, std::size_t count_max);
  // When the next one does; nullopt when nothing is hidden.
  std::optional<base::Time> next_reveal() const;

  // Visits the messages that may be received, in the order in which they should be, until `visit` returns false. In
  // a FIFO queue a visit supposes that those before it are received too.
  void for_each_receivable(const std::function<bool(Sequence, const Message&)>& visit) const;

  // Counts one receive and hides the message.
  void receive(Sequence sequence, base::Time now, base::Time visible_at);
  // For a message that was received.
  void set_visible_at(Sequence sequence, base::Time visible_at, base::Time now);

  // What nobody has received yet comes so long after it was sent: what was hidden may be visible, and the reverse. Of a
  // FIFO queue, where a delay is the queue's alone. O(messages of the longer delay).
  void set_delay(std::chrono::seconds delay, base::Time now);

  // The message leaves the store. Its group pointer is no longer valid.
  Message take(Sequence sequence);
  // All leave, as another store: whoever has it lets go of it by free_some. O(1).
  MessageStore take_all();
  // Of a store that nobody asks for anything again: frees pieces of memory, `pieces` at most, and counts them off.
  void free_some(std::size_t& pieces);
  // Removes what was sent at or before `until`.
  void remove_sent_until(base::Time until);
  // A moment, `until` at most, up to which that is little to do: so many messages or blocks, or a few times that, and
  // what was sent in the same millisecond. All that was sent until `until`, or at least so many, were until then.
  base::Time earlier_for_few(base::Time until, std::size_t few) const;
  // No message was sent before; nullopt when there is none.
  std::optional<base::Time> oldest_sent() const;

  const Message* find(Sequence sequence) const;
  // Of a message that is there.
  MessageState state(Sequence sequence, base::Time now) const;
  MessageCounts counts(base::Time now) const;

  // Visits every message by rising sequence.
  void for_each(const std::function<void(Sequence, const Message&)>& visit) const;
  // The same, where all that can stand in a block comes as one: which does not depend on what does stand in one.
  void for_each(const std::function<void(const MessageBlock&)>& visit_block,
                const std::function<void(Sequence, const Message&)>& visit) const;
  // No message stands at a lower position; nullopt when there is none.
  std::optional<log::LogPosition> oldest_position() const;

 private:
  using Messages = std::map<Sequence, Message>;
  using Blocks = std::map<Sequence, MessageBlock>;  // by their first

  void insert(Sequence sequence, Message message, std::string_view group, base::Time visible_by);
  void join_group(Message& message, Sequence sequence, std::string_view group);
  void leave_group(Message& message, Sequence sequence);
  Messages::node_type extract(Sequence sequence);
  void for_each_outside_blocks(const std::function<void(Sequence, const Message&)>& visit) const;
  // The last messages become a block, if they can and there are enough others to receive.
  void pack();
  // The messages of a block, or of the one that holds a sequence, become single ones. How they are held is nobody's
  // affair outside: a question may do it.
  void unpack(Blocks::iterator block) const;
  void unpack_holding(Sequence sequence) const;
  // Puts what was extracted where it belongs from now on.
  void place(Messages::node_type node, base::Time visible_at, base::Time now);
  Reveals& reveals_of(const Message& message) { return message.generation > 0 ? timeouts_ : delays_; }
  // Puts the group's first message into offered_, or takes it out, as it stands now.
  void offer(MessageGroup* group);

  bool fifo_;
  std::uint64_t last_sequence_ = 0;
  mutable Messages visible_;
  mutable Blocks blocks_;  // visible, too
  Messages hidden_;        // delayed or in flight
  Reveals delays_;         // of hidden_, by visible_at: never received
  Reveals timeouts_;       // ... and received at least once
  std::map<std::string, MessageGroup, std::less<>> groups_;
  std::set<Sequence> offered_;  // FIFO: the first message of each group that is free
  // Messages are nearly always sent in the order of their sequences; those that were not (they came from another
  // queue, with the time of their first sending) stand here too, so that the oldest is found at once.
  base::Time latest_sent_{base::Time::min()};
  std::set<std::pair<base::Time, Sequence>> sent_out_of_order_;
};

}  // namespace athanor::queue
