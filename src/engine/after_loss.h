// Rebuilding the state over a hole in the log: records that follow may be about what the lost ones made.
//
// Works assert that what a record names is there, since every decision made sure of it. Behind a hole that does not
// hold, and this is the one place that knows: a record, or what part of it, that is about nothing is passed over.
// Numbers that the works count themselves (sequences of messages, numbers of deliveries) jump at the hole, so that a
// number that was given out behind it in the old life names nothing in the new one. What was deleted there comes back,
// and is delivered again; nothing else is touched in its place.
#pragma once

#include "engine/records.h"
#include "engine/state.h"

namespace athanor::engine {

// Whether there is anything left for the record to be applied to; takes out of it what is not there. In a log that lost
// nothing that is all of every record: State::apply refuses another.
template <class Record>
bool still_applies(const State&, Record&) {
  return true;
}
bool still_applies(const State& state, bus::EventBusDeleted& record);
bool still_applies(const State& state, bus::RulePut& record);
bool still_applies(const State& state, bus::RuleDeleted& record);
bool still_applies(const State& state, bus::TargetsPut& record);
bool still_applies(const State& state, bus::TargetsRemoved& record);
bool still_applies(const State& state, bus::TagsPut& record);
bool still_applies(const State& state, queue::QueueAttributesSet& record);
bool still_applies(const State& state, queue::QueueTagsSet& record);
bool still_applies(const State& state, queue::QueuePurged& record);
bool still_applies(const State& state, queue::MessageSent& record);
bool still_applies(const State& state, queue::MessagesReceived& record);
bool still_applies(const State& state, queue::MessagesDeleted& record);
bool still_applies(const State& state, queue::VisibilityChanged& record);
bool still_applies(const State& state, queue::MessagesDeadLettered& record);
bool still_applies(const State& state, queue::MessagesExpired& record);
bool still_applies(const State& state, function::InvokeConfigPut& record);
bool still_applies(const State& state, function::ConcurrencyPut& record);
bool still_applies(const State& state, function::PermissionsPut& record);
bool still_applies(const State& state, archive::ArchiveDeleted& record);
bool still_applies(const State& state, archive::ReplayAdvanced& record);
bool still_applies(const State& state, archive::ReplayStateChanged& record);
bool still_applies(const State& state, delivery::DeliveriesRetried& record);
bool still_applies(const State& state, ReplayPageTaken& record);

}  // namespace athanor::engine
