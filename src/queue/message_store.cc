#include "queue/message_store.h"

#include <algorithm>
#include <vector>

#include "base/assert.h"
#include "base/planted.h"

namespace athanor::queue {

Sequence MessageStore::add(Message message, std::string_view group, base::Time now) {
  const Sequence sequence = next_sequence();
  restore(sequence, std::move(message), group);
  reveal(now);
  return sequence;
}

void MessageStore::restore(Sequence sequence, Message message, std::string_view group) {
  ATHANOR_ASSERT(sequence.value > last_sequence_);
  last_sequence_ = sequence.value;
  message.sent_out_of_order = message.sent < latest_sent_;
  latest_sent_ = std::max(latest_sent_, message.sent);
  if (message.sent_out_of_order) sent_out_of_order_.emplace(message.sent, sequence);
  join_group(message, sequence, group);

  const base::Time visible_at = message.visible_at;
  MessageGroup* const joined = message.group;
  // Sent, never received, and not delayed: there is nothing to wait for. All else is for reveal to decide.
  if (message.generation == 0 && visible_at <= message.sent) {
    visible_.emplace_hint(visible_.end(), sequence, std::move(message));
    offer(joined);
    return;
  }
  Messages outside;
  outside.emplace(sequence, std::move(message));
  hide(outside.extract(outside.begin()), visible_at);
  offer(joined);
}

void MessageStore::restore_last_sequence(Sequence last) {
  ATHANOR_ASSERT(last.value >= last_sequence_);
  last_sequence_ = last.value;
}

void MessageStore::reveal(base::Time now) {
  while (!reveals_.empty() && reveals_.begin()->first <= now) {
    auto node = extract(reveals_.begin()->second);
    MessageGroup* const group = node.mapped().group;
    visible_.insert(std::move(node));
    offer(group);
  }
}

std::optional<base::Time> MessageStore::next_reveal() const {
  if (reveals_.empty()) return std::nullopt;
  return reveals_.begin()->first;
}

void MessageStore::for_each_receivable(const std::function<bool(Sequence, const Message&)>& visit) const {
  if (!fifo_ || base::planted(base::Bug::IgnoreGroupInFlight)) {
    for (const auto& [sequence, message] : visible_) {
      if (!visit(sequence, message)) return;
    }
    return;
  }
  for (const Sequence first : offered_) {
    for (const Sequence sequence : visible_.at(first).group->order) {
      const auto found = visible_.find(sequence);
      if (found == visible_.end()) break;  // a delayed one: those behind it wait for it
      if (!visit(sequence, found->second)) return;
    }
  }
}

void MessageStore::receive(Sequence sequence, base::Time now, base::Time visible_at) {
  // Visible, or, in recovery, hidden still: nobody has asked yet which timeouts had ended by then.
  auto node = extract(sequence);
  Message& message = node.mapped();
  if (message.receive_count == 0) message.first_received = now;
  message.last_received = now;
  ++message.receive_count;
  ++message.generation;
  MessageGroup* const group = message.group;
  hide(std::move(node), visible_at);
  offer(group);
}

void MessageStore::set_visible_at(Sequence sequence, base::Time visible_at, base::Time now) {
  auto node = extract(sequence);
  ATHANOR_ASSERT(node.mapped().generation > 0);
  MessageGroup* const group = node.mapped().group;
  hide(std::move(node), visible_at);
  offer(group);
  reveal(now);
}

Message MessageStore::take(Sequence sequence) {
  auto node = extract(sequence);
  Message message = std::move(node.mapped());
  if (message.sent_out_of_order) sent_out_of_order_.erase({message.sent, sequence});
  leave_group(message, sequence);
  return message;
}

void MessageStore::clear() {
  visible_.clear();
  hidden_.clear();
  reveals_.clear();
  in_flight_ = 0;
  offered_.clear();
  groups_.clear();
  sent_out_of_order_.clear();
}

void MessageStore::remove_sent_until(base::Time until) {
  while (!sent_out_of_order_.empty() && sent_out_of_order_.begin()->first <= until) {
    take(sent_out_of_order_.begin()->second);
  }
  for (Messages* messages : {&visible_, &hidden_}) {
    while (!messages->empty() && messages->begin()->second.sent <= until) take(messages->begin()->first);
  }
}

std::optional<base::Time> MessageStore::oldest_sent() const {
  std::optional<base::Time> oldest;
  const auto consider = [&](base::Time sent) { oldest = oldest ? std::min(*oldest, sent) : sent; };
  if (!visible_.empty()) consider(visible_.begin()->second.sent);
  if (!hidden_.empty()) consider(hidden_.begin()->second.sent);
  if (!sent_out_of_order_.empty()) consider(sent_out_of_order_.begin()->first);
  return oldest;
}

const Message* MessageStore::find(Sequence sequence) const {
  if (const auto found = visible_.find(sequence); found != visible_.end()) return &found->second;
  const auto found = hidden_.find(sequence);
  return found == hidden_.end() ? nullptr : &found->second;
}

MessageState MessageStore::state(Sequence sequence) const {
  const auto hidden = hidden_.find(sequence);
  if (hidden == hidden_.end()) return MessageState::Visible;
  return hidden->second.generation > 0 ? MessageState::InFlight : MessageState::Delayed;
}

void MessageStore::for_each(const std::function<void(Sequence, const Message&)>& visit) const {
  auto visible = visible_.begin();
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

// Out of whichever container it is in.
MessageStore::Messages::node_type MessageStore::extract(Sequence sequence) {
  if (auto node = visible_.extract(sequence)) return node;
  auto node = hidden_.extract(sequence);
  ATHANOR_ASSERT(node);
  const Message& message = node.mapped();
  reveals_.erase({message.visible_at, sequence});
  if (message.generation > 0) {
    --in_flight_;
    if (message.group) --message.group->in_flight;
  }
  return node;
}

void MessageStore::hide(Messages::node_type node, base::Time visible_at) {
  Message& message = node.mapped();
  message.visible_at = visible_at;
  reveals_.emplace(visible_at, node.key());
  if (message.generation > 0) {
    ++in_flight_;
    if (message.group) ++message.group->in_flight;
  }
  hidden_.insert(std::move(node));
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
