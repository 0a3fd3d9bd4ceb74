// The messages of one queue: which are visible, in flight or delayed, and in which order they may be received.
//
// A message lives in exactly one of three containers: `visible_`; `hidden_` while it is delayed or in flight; or, in
// the long middle of a backlog, in a block in `blocks_`, which is unpacked as soon as one of its messages is needed.
// `reveal`, which callers make before they look for messages to receive, moves messages from `hidden_` to `visible_`;
// what is due but not yet revealed counts as visible. Since messages are received in order of sequence, it matters
// little when callers do so, and for a FIFO queue's group not at all: it waits for its first. A message takes some 160
// bytes in all when visible, 220 when hidden, and 50 more in a FIFO queue; 20 in a block.
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

  // Adds a message at the end, never received, hidden if visible_at is after `now`. Sets `message.group` from `group`
  // ("" for none).
  Sequence add(Message message, std::string_view group, base::Time now);
  // The same at a sequence that was in use before a snapshot; sequences must rise. Whatever is not known to be visible
  // stays hidden until the next reveal.
  void restore(Sequence sequence, Message message, std::string_view group);
  void restore(MessageBlock block);
  void restore_last_sequence(Sequence last);

  // Makes messages visible whose delay or visibility timeout has ended by `now`: at most `count_max` of each, earliest
  // first.
  void reveal(base::Time now, std::size_t count_max);
  // When the next one ends; nullopt when nothing is hidden.
  std::optional<base::Time> next_reveal() const;

  // Visits the messages that may be received, in the order in which they should be, until `visit` returns false. In a
  // FIFO queue a visit assumes that those before it are received too.
  void for_each_receivable(const std::function<bool(Sequence, const Message&)>& visit) const;

  // Counts one receive and hides the message.
  void receive(Sequence sequence, base::Time now, base::Time visible_at);
  // For a message that was received.
  void set_visible_at(Sequence sequence, base::Time visible_at, base::Time now);

  // Applies a new delay to all messages not received yet: hidden ones may become visible, and the reverse. For FIFO
  // queues, where only the queue has a delay. O(messages within the longer delay).
  void set_delay(std::chrono::seconds delay, base::Time now);

  // The message leaves the store. Its group pointer is no longer valid.
  Message take(Sequence sequence);
  // Moves all messages into another store, which its owner frees by free_some. O(1).
  MessageStore take_all();
  // For a store no longer in use: frees at most `pieces` pieces of memory, and subtracts them from `pieces`.
  void free_some(std::size_t& pieces);
  // Removes what was sent at or before `until`.
  void remove_sent_until(base::Time until);
  // A moment, at most `until`, such that removing up to it is little work: `few` messages or blocks, or a few times
  // that, and what was sent in the same millisecond. It covers all that was sent until `until`, or at least `few`.
  base::Time earlier_for_few(base::Time until, std::size_t few) const;
  // No message was sent earlier; nullopt when there is none.
  std::optional<base::Time> oldest_sent() const;

  const Message* find(Sequence sequence) const;
  // The message must exist.
  MessageState state(Sequence sequence, base::Time now) const;
  MessageCounts counts(base::Time now) const;

  // Visits every message in order of sequence.
  void for_each(const std::function<void(Sequence, const Message&)>& visit) const;
  // The same, but all that can be packed into blocks comes as blocks, whether or not it is held in one now.
  void for_each(const std::function<void(const MessageBlock&)>& visit_block,
                const std::function<void(Sequence, const Message&)>& visit) const;
  // No message is at a lower position; nullopt when there is none.
  std::optional<log::LogPosition> oldest_position() const;

 private:
  using Messages = std::map<Sequence, Message>;
  using Blocks = std::map<Sequence, MessageBlock>;  // by their first sequence

  void insert(Sequence sequence, Message message, std::string_view group, base::Time visible_by);
  void join_group(Message& message, Sequence sequence, std::string_view group);
  void leave_group(Message& message, Sequence sequence);
  Messages::node_type extract(Sequence sequence);
  void for_each_outside_blocks(const std::function<void(Sequence, const Message&)>& visit) const;
  // Adds the message to the last block, or begins one if there are enough others to receive. False where it has to be
  // single.
  bool pack(Sequence sequence, const Message& message);
  // Turns a block, or the one that holds a sequence, into single messages. const, since how messages are held is
  // invisible from outside.
  void unpack(Blocks::iterator block) const;
  void unpack_holding(Sequence sequence) const;
  void drop(Blocks::iterator block) const;
  // Puts an extracted message into the container where it now belongs.
  void place(Messages::node_type node, base::Time visible_at, base::Time now);
  Reveals& reveals_of(const Message& message) { return message.generation > 0 ? timeouts_ : delays_; }
  // Puts the group's first message into offered_, or takes it out, as its state requires.
  void offer(MessageGroup* group);

  bool fifo_;
  std::uint64_t last_sequence_ = 0;
  mutable Messages visible_;
  mutable Blocks blocks_;           // visible, too; only the last one grows
  mutable std::size_t packed_ = 0;  // messages in blocks
  Messages hidden_;                 // delayed or in flight
  Reveals delays_;                  // of hidden_, by visible_at: never received
  Reveals timeouts_;                // ... and received at least once
  // The latest moment given to `reveal`. Only while it lies ahead, since the clock was set back, may a message in
  // visible_ be due later.
  base::Time revealed_until_{base::Time::min()};
  std::map<std::string, MessageGroup, std::less<>> groups_;
  std::set<Sequence> offered_;  // FIFO: the first message of each group that is free
  // Messages are nearly always sent in the order of their sequences; those that were not (they came from another queue,
  // with the time they were first sent) are here too, so that the oldest is found at once.
  base::Time latest_sent_{base::Time::min()};
  std::set<std::pair<base::Time, Sequence>> sent_out_of_order_;
};

}  // namespace athanor::queue
