#include "engine/after_loss.h"

namespace athanor::engine {
namespace {

bool has_queue(const State& state, const std::string& arn) { return state.queues.find(arn) != nullptr; }
bool has_function(const State& state, const std::string& arn) { return state.functions.find(arn) != nullptr; }

// Keeps the sequences of messages that exist; false if none does.
bool keep_messages(const State& state, const std::string& queue_arn, std::vector<queue::Sequence>& sequences) {
  const queue::Queue* const queue = state.queues.find(queue_arn);
  if (queue == nullptr) return false;
  std::erase_if(sequences, [&](queue::Sequence sequence) { return queue->messages.find(sequence) == nullptr; });
  return !sequences.empty();
}

}  // namespace

// If the bus still has rules, their deletion was lost, and what was deleted comes back.
bool still_applies(const State& state, bus::EventBusDeleted& record) {
  const bus::EventBus* const event_bus = state.rules.find_bus(record.arn);
  return event_bus != nullptr && event_bus->rule_count == 0;
}
bool still_applies(const State& state, bus::RulePut& record) { return state.rules.find_bus(record.bus_arn) != nullptr; }
bool still_applies(const State& state, bus::RuleDeleted& record) {
  return state.rules.find_rule(record.arn) != nullptr;
}
bool still_applies(const State& state, bus::TargetsPut& record) {
  return state.rules.find_rule(record.rule_arn) != nullptr;
}
bool still_applies(const State& state, bus::TargetsRemoved& record) {
  return state.rules.find_rule(record.rule_arn) != nullptr;
}
bool still_applies(const State& state, bus::TagsPut& record) {
  return state.rules.find_rule(record.arn) != nullptr || state.rules.find_bus(record.arn) != nullptr;
}

bool still_applies(const State& state, queue::QueueAttributesSet& record) { return has_queue(state, record.queue_arn); }
bool still_applies(const State& state, queue::QueueTagsSet& record) { return has_queue(state, record.queue_arn); }
bool still_applies(const State& state, queue::QueuePurged& record) { return has_queue(state, record.queue_arn); }
bool still_applies(const State& state, queue::MessagesExpired& record) { return has_queue(state, record.queue_arn); }
bool still_applies(const State& state, queue::MessageSent& record) {
  const queue::Queue* const queue = state.queues.find(record.queue_arn);
  // Not a queue of that name but of the other kind: the one that the message was sent to is unknown.
  return queue != nullptr && (!queue->attributes.fifo || !record.deduplication_id.empty());
}
bool still_applies(const State& state, queue::MessagesReceived& record) {
  return keep_messages(state, record.queue_arn, record.sequences);
}
bool still_applies(const State& state, queue::MessagesDeleted& record) {
  return keep_messages(state, record.queue_arn, record.sequences);
}
bool still_applies(const State& state, queue::VisibilityChanged& record) {
  std::vector<queue::Sequence> one{record.sequence};
  return keep_messages(state, record.queue_arn, one) &&
         state.queues.find(record.queue_arn)->messages.state(record.sequence, base::Time::min()) ==
             queue::MessageState::InFlight;
}
bool still_applies(const State& state, queue::MessagesDeadLettered& record) {
  return has_queue(state, record.dead_letter_arn) && keep_messages(state, record.queue_arn, record.sequences);
}

bool still_applies(const State& state, function::InvokeConfigPut& record) { return has_function(state, record.arn); }
bool still_applies(const State& state, function::ConcurrencyPut& record) { return has_function(state, record.arn); }
bool still_applies(const State& state, function::PermissionsPut& record) { return has_function(state, record.arn); }

bool still_applies(const State& state, archive::ArchiveDeleted& record) {
  return state.archives.find(record.arn) != nullptr;
}
bool still_applies(const State& state, archive::ReplayAdvanced& record) {
  return state.replays.find(record.arn) != nullptr;
}
bool still_applies(const State& state, archive::ReplayStateChanged& record) {
  return state.replays.find(record.arn) != nullptr;
}

bool still_applies(const State& state, delivery::DeliveriesRetried& record) {
  std::erase_if(record.numbers, [&](std::uint64_t number) { return !state.deliveries.is_waiting(number); });
  return !record.numbers.empty();
}

// The deliveries stay even if the replay is unknown.
bool still_applies(const State& state, ReplayPageTaken& record) {
  if (!still_applies(state, record.advanced)) record.advanced.arn.clear();
  return true;
}

}  // namespace athanor::engine
