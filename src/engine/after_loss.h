// Rebuilding the state across a hole in the log: later records may refer to what the lost ones created.
//
// Works assert that what a record names exists, since every decision checked it. After a hole that no longer holds, and
// this is the one place that knows: a record, or the part of it, that refers to nothing is skipped. Numbers that the
// works count themselves (message sequences, delivery numbers) jump at the hole, so that a number given out after it in
// the old life names nothing in the new one. What was deleted there comes back and is delivered again; nothing else is
// touched in its place.
#pragma once

#include "engine/records.h"
#include "engine/state.h"

namespace athanor::engine {

// Whether there is still anything to apply the record to; removes from it what does not exist. In a log that lost
// nothing the whole record always remains: State::apply refuses anything else.
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
