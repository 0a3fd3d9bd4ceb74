#include "queue/message_store.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/planted.h"
#include "queue/limits.h"

namespace athanor::queue {
namespace {

// Messages before the first block: what is received next need not be unpacked.
constexpr std::size_t kSingleMin = 3 * MessageBlock::kMessages;

}  // namespace

Sequence MessageStore::add(Message message, std::string_view group, base::Time now) {
  const Sequence sequence = next_sequence();
  ATHANOR_ASSERT(message.generation == 0);
  insert(sequence, std::move(message), group, now);
  return sequence;
}

void MessageStore::restore(Sequence sequence, Message message, std::string_view group) {
  // Sent, never received, and not delayed, or received without a timeout: there is nothing to wait for. Everything else
  // is left to reveal.
  const base::Time visible_by = message.generation == 0 ? message.sent : base::Time{};
  insert(sequence, std::move(message), group, visible_by);
}

void MessageStore::insert(Sequence sequence, Message message, std::string_view group, base::Time visible_by) {
  ATHANOR_ASSERT(sequence.value > last_sequence_);
  last_sequence_ = sequence.value;
  message.sent_out_of_order = message.sent < latest_sent_;
  latest_sent_ = std::max(latest_sent_, message.sent);
  if (message.sent_out_of_order) sent_out_of_order_.emplace(message.sent, sequence);
  const base::Time visible_at = message.visible_at;
  if (group.empty() && visible_at <= visible_by && pack(sequence, message)) return;
  join_group(message, sequence, group);
  Messages outside;
  outside.emplace(sequence, std::move(message));
  place(outside.extract(outside.begin()), visible_at, visible_by);
}

bool MessageStore::pack(Sequence sequence, const Message& message) {
  // One that was sent out of order is referenced individually by sent_out_of_order_.
  if (fifo_ || message.sent_out_of_order) return false;
  if (MessageBlock::first_of(sequence) != sequence) {
    const bool is_packed = !blocks_.empty() && blocks_.rbegin()->second.append(sequence, message);
    packed_ += is_packed;
    return is_packed;
  }
  MessageBlock block;
  if (visible_.size() + packed_ < kSingleMin || !block.append(sequence, message)) return false;
  ++packed_;
  blocks_.emplace_hint(blocks_.end(), sequence, std::move(block));
  return true;
}

void MessageStore::restore(MessageBlock block) {
  if (block.first_sent() < latest_sent_) {  // blocks are assumed in order of time; out-of-order messages must be single
    std::uint64_t sequence = block.first().value;
    for (Message& message : block.unpack()) restore(Sequence{sequence++}, std::move(message), {});
    return;
  }
  ATHANOR_ASSERT(block.first().value > last_sequence_);
  last_sequence_ = block.first().value + block.size() - 1;
  latest_sent_ = block.last_sent();
  packed_ += block.size();
  blocks_.emplace_hint(blocks_.end(), block.first(), std::move(block));
}

void MessageStore::restore_last_sequence(Sequence last) {
  ATHANOR_ASSERT(last.value >= last_sequence_);
  last_sequence_ = last.value;
}

void MessageStore::reveal(base::Time now, std::size_t count_max) {
  revealed_until_ = std::max(revealed_until_, now);
  for (const Reveals* reveals : {&timeouts_, &delays_}) {
    for (std::size_t left = count_max; left > 0; --left) {
      const auto sequence = reveals->first_due(now);
      if (!sequence) break;
      auto node = extract(*sequence);
      const base::Time visible_at = node.mapped().visible_at;
      place(std::move(node), visible_at, now);
    }
  }
}

std::optional<base::Time> MessageStore::next_reveal() const {
  const auto delay = delays_.next();
  const auto timeout = timeouts_.next();
  return delay && timeout ? std::min(*delay, *timeout) : delay ? delay : timeout;
}

void MessageStore::for_each_receivable(const std::function<bool(Sequence, const Message&)>& visit) const {
  if (!fifo_ || base::planted(base::Bug::IgnoreGroupInFlight)) {
    for (auto next = visible_.begin();; ++next) {
      if (!blocks_.empty() && (next == visible_.end() || blocks_.begin()->first < next->first)) {
        const Sequence first = blocks_.begin()->first;
        unpack(blocks_.begin());
        next = visible_.find(first);
      }
      if (next == visible_.end() || !visit(next->first, next->second)) return;
    }
  }
  for (const Sequence first : offered_) {
    for (const Sequence sequence : visible_.at(first).group->order) {
      const auto found = visible_.find(sequence);
      if (found == visible_.end()) break;  // a delayed one: those after it wait for it
      if (!visit(sequence, found->second)) return;
    }
  }
}

void MessageStore::receive(Sequence sequence, base::Time now, base::Time visible_at) {
  // Visible, or, in recovery, still hidden: nothing has revealed yet what was due by then.
  auto node = extract(sequence);
  Message& message = node.mapped();
  if (message.receive_count == 0) message.first_received = now;
  message.last_received = now;
  ++message.receive_count;
  ++message.generation;
  place(std::move(node), visible_at, base::Time::min());  // left to reveal, as after a restart
}

void MessageStore::set_visible_at(Sequence sequence, base::Time visible_at, base::Time now) {
  auto node = extract(sequence);
  ATHANOR_ASSERT(node.mapped().generation > 0);
  place(std::move(node), visible_at, now);
}

void MessageStore::set_delay(std::chrono::seconds delay, base::Time now) {
  // Messages to hide again, or due later though revealed, are the last ones sent.
  const std::chrono::seconds longest = now < revealed_until_ ? kDelayMax : delay;
  auto behind = hidden_.end();
  for (auto next = visible_.end(); next != visible_.begin();) {
    const auto last = std::prev(next);
    Message& message = last->second;
    if (message.sent + longest <= now && !message.sent_out_of_order) break;  // no message before it was sent later
    const bool is_early = message.sent + delay > now;
    if (!is_early || message.generation > 0) {
      if (message.generation == 0 && message.visible_at > now) message.visible_at = message.sent + delay;
      next = last;
      continue;
    }
    behind = hidden_.insert(behind, visible_.extract(last));
    MessageGroup* const group = behind->second.group;
    if (group && group->offered == behind->first) offer(group);
  }
  // What is due now is left to reveal, in steps.
  Reveals delays;
  for (auto& [sequence, message] : hidden_) {
    if (message.generation > 0) continue;
    if (std::max(message.visible_at, message.sent + delay) > now) message.visible_at = message.sent + delay;
    delays.insert(message.visible_at, sequence);
  }
  delays_ = std::move(delays);
}

Message MessageStore::take(Sequence sequence) {
  auto node = extract(sequence);
  Message message = std::move(node.mapped());
  if (message.sent_out_of_order) sent_out_of_order_.erase({message.sent, sequence});
  leave_group(message, sequence);
  return message;
}

MessageStore MessageStore::take_all() {
  MessageStore all{fifo_};
  std::swap(all, *this);
  last_sequence_ = all.last_sequence_;
  return all;
}

void MessageStore::free_some(std::size_t& pieces) {
  const auto free_of = [&](auto& container) {
    for (; pieces > 0 && !container.empty(); --pieces) container.erase(container.begin());
  };
  free_of(visible_);
  free_of(blocks_);
  free_of(hidden_);
  delays_.free_some(pieces);
  timeouts_.free_some(pieces);
  free_of(offered_);
  free_of(sent_out_of_order_);
  for (; pieces > 0 && !groups_.empty(); --pieces) {
    free_of(groups_.begin()->second.order);
    if (pieces == 0) return;
    groups_.erase(groups_.begin());
  }
}

void MessageStore::remove_sent_until(base::Time until) {
  while (!sent_out_of_order_.empty() && sent_out_of_order_.begin()->first <= until) {
    take(sent_out_of_order_.begin()->second);
  }
  while (!blocks_.empty() && blocks_.begin()->second.first_sent() <= until) {
    if (blocks_.begin()->second.last_sent() <= until)
      drop(blocks_.begin());
    else
      unpack(blocks_.begin());
  }
  for (Messages* messages : {&visible_, &hidden_}) {
    while (!messages->empty() && messages->begin()->second.sent <= until) take(messages->begin()->first);
  }
}

base::Time MessageStore::earlier_for_few(base::Time until, std::size_t few) const {
  // Of those sent in order, at most `few` were sent up to the latest of the first few; as many others may go, too.
  const auto consider = [&](const auto& container, const auto& sent_of) {
    if (container.size() <= few) return;
    base::Time latest{base::Time::min()};
    auto next = container.begin();
    for (std::size_t i = 0; i < few; ++i) latest = std::max(latest, sent_of(*next++));
    until = std::min(until, latest);
  };
  consider(visible_, [](const auto& one) { return one.second.sent; });
  consider(hidden_, [](const auto& one) { return one.second.sent; });
  consider(blocks_, [](const auto& one) { return one.second.last_sent(); });
  consider(sent_out_of_order_, [](const auto& one) { return one.first; });
  return until;
}

std::optional<base::Time> MessageStore::oldest_sent() const {
  std::optional<base::Time> oldest;
  const auto consider = [&](base::Time sent) { oldest = oldest ? std::min(*oldest, sent) : sent; };
  if (!visible_.empty()) consider(visible_.begin()->second.sent);
  if (!hidden_.empty()) consider(hidden_.begin()->second.sent);
  if (!blocks_.empty()) consider(blocks_.begin()->second.first_sent());
  if (!sent_out_of_order_.empty()) consider(sent_out_of_order_.begin()->first);
  return oldest;
}

const Message* MessageStore::find(Sequence sequence) const {
  unpack_holding(sequence);
  if (const auto found = visible_.find(sequence); found != visible_.end()) return &found->second;
  const auto found = hidden_.find(sequence);
  return found == hidden_.end() ? nullptr : &found->second;
}

MessageState MessageStore::state(Sequence sequence, base::Time now) const {
  const auto hidden = hidden_.find(sequence);
  if (hidden == hidden_.end() || hidden->second.visible_at <= now) return MessageState::Visible;
  return hidden->second.generation > 0 ? MessageState::InFlight : MessageState::Delayed;
}

MessageCounts MessageStore::counts(base::Time now) const {
  const std::size_t delayed_no_more = delays_.due(now);
  const std::size_t timed_out = timeouts_.due(now);
  const std::size_t revealed = visible_.size() + packed_;
  return {revealed + delayed_no_more + timed_out, timeouts_.size() - timed_out, delays_.size() - delayed_no_more};
}

void MessageStore::for_each(const std::function<void(Sequence, const Message&)>& visit) const {
  const auto visit_block = [&](const MessageBlock& block) {
    std::uint64_t sequence = block.first().value;
    for (const Message& message : block.unpack()) visit(Sequence{sequence++}, message);
  };
  for_each(visit_block, visit);
}

void MessageStore::for_each(const std::function<void(const MessageBlock&)>& visit_block,
                            const std::function<void(Sequence, const Message&)>& visit) const {
  // Messages within one block's sequences that are in no complete block; the first of them may be in one that is not.
  std::vector<std::pair<Sequence, const Message*>> run;
  std::vector<Message> unpacked;
  const auto end_run = [&] {
    MessageBlock packed;
    const bool is_packed = run.size() == MessageBlock::kMessages && std::ranges::all_of(run, [&](const auto& one) {
                             return packed.append(one.first, *one.second);
                           });
    if (is_packed) {
      visit_block(packed);
    } else {
      for (const auto& [sequence, message] : run) visit(sequence, *message);
    }
    run.clear();
  };
  auto block = blocks_.begin();
  const auto visit_blocks_before = [&](Sequence until) {
    for (; block != blocks_.end() && block->first < until; ++block) {
      end_run();
      if (block->second.is_complete()) {
        visit_block(block->second);
        continue;
      }
      unpacked = block->second.unpack();
      std::uint64_t sequence = block->first.value;
      for (const Message& message : unpacked) run.emplace_back(Sequence{sequence++}, &message);
    }
  };
  for_each_outside_blocks([&](Sequence sequence, const Message& message) {
    visit_blocks_before(sequence);
    if (!run.empty() && MessageBlock::first_of(run.front().first) != MessageBlock::first_of(sequence)) end_run();
    run.emplace_back(sequence, &message);
  });
  visit_blocks_before(next_sequence());
  end_run();
}

std::optional<log::LogPosition> MessageStore::oldest_position() const {
  std::optional<log::LogPosition> oldest;
  const auto consider = [&](log::LogPosition position) { oldest = oldest ? std::min(*oldest, position) : position; };
  for_each_outside_blocks([&](Sequence, const Message& message) { consider(message.position); });
  for (const auto& [first, block] : blocks_) consider(block.oldest_position());
  return oldest;
}

void MessageStore::for_each_outside_blocks(const std::function<void(Sequence, const Message&)>& visit) const {
  Messages::const_iterator visible = visible_.begin();
  auto hidden = hidden_.begin();
  while (visible != visible_.end() || hidden != hidden_.end()) {
    const bool from_visible = hidden == hidden_.end() || (visible != visible_.end() && visible->first < hidden->first);
    auto& next = from_visible ? visible : hidden;
    visit(next->first, next->second);
    ++next;
  }
}

void MessageStore::join_group(Message& message, Sequence sequence, std::string_view name) {
  message.group = nullptr;
  if (name.empty()) return;
  auto found = groups_.find(name);
  if (found == groups_.end()) {
    found = groups_.emplace(std::string{name}, MessageGroup{}).first;
    found->second.name = found->first;
  }
  message.group = &found->second;
  ++message.group->messages;
  if (fifo_) message.group->order.insert(sequence);
}

void MessageStore::leave_group(Message& message, Sequence sequence) {
  MessageGroup* const group = std::exchange(message.group, nullptr);
  if (!group) return;
  group->order.erase(sequence);
  if (--group->messages > 0) {
    offer(group);
    return;
  }
  if (group->offered) offered_.erase(*group->offered);
  groups_.erase(groups_.find(group->name));
}

void MessageStore::unpack(Blocks::iterator block) const {
  std::uint64_t sequence = block->first.value;
  auto behind = visible_.lower_bound(block->first);
  for (Message& message : block->second.unpack())
    visible_.emplace_hint(behind, Sequence{sequence++}, std::move(message));
  drop(block);
}

void MessageStore::drop(Blocks::iterator block) const {
  packed_ -= block->second.size();
  blocks_.erase(block);
}

void MessageStore::unpack_holding(Sequence sequence) const {
  if (blocks_.empty()) return;
  const auto block = blocks_.find(MessageBlock::first_of(sequence));
  if (block != blocks_.end() && sequence.value < block->first.value + block->second.size()) unpack(block);
}

// From whichever container holds it.
MessageStore::Messages::node_type MessageStore::extract(Sequence sequence) {
  unpack_holding(sequence);
  if (auto node = visible_.extract(sequence)) return node;
  auto node = hidden_.extract(sequence);
  ATHANOR_ASSERT(node);
  const Message& message = node.mapped();
  reveals_of(message).erase(message.visible_at, sequence);
  if (message.generation > 0 && message.group) --message.group->in_flight;
  return node;
}

void MessageStore::place(Messages::node_type node, base::Time visible_at, base::Time now) {
  Message& message = node.mapped();
  MessageGroup* const group = message.group;
  message.visible_at = visible_at;
  if (visible_at <= now) {
    visible_.insert(visible_.end(), std::move(node));
  } else {
    reveals_of(message).insert(visible_at, node.key());
    if (message.generation > 0 && group) ++group->in_flight;
    hidden_.insert(hidden_.end(), std::move(node));
  }
  offer(group);
}

void MessageStore::offer(MessageGroup* group) {
  if (!fifo_ || !group) return;
  std::optional<Sequence> next;
  if (group->in_flight == 0 && !group->order.empty() && visible_.contains(*group->order.begin())) {
    next = *group->order.begin();
  }
  if (next == group->offered) return;
  if (group->offered) offered_.erase(*group->offered);
  if (next) offered_.insert(*next);
  group->offered = next;
}

}  // namespace athanor::queue
