// Every type of record; docs/formats/log.md says which numbers belong to whom.
#pragma once

#include <tuple>
#include <type_traits>

#include "archive/records.h"
#include "bus/event.h"
#include "bus/records.h"
#include "delivery/records.h"
#include "function/records.h"
#include "log/records_lost.h"
#include "queue/records.h"
#include "stack/records.h"

namespace athanor::engine {

// A page of a replay, or part of one: its deliveries and the replay's progress in one record, so that no crash comes
// between and delivers them again.
struct ReplayPageTaken {
  static constexpr log::RecordType kType = 700;
  delivery::EventsReplayed replayed;
  archive::ReplayAdvanced advanced;

  static constexpr auto members() {
    return Members{member("replayed", &ReplayPageTaken::replayed), member("advanced", &ReplayPageTaken::advanced)};
  }
};

using Records = std::tuple<log::RecordsLost,  //
                           bus::EventAccepted, bus::EventBusPut, bus::EventBusDeleted, bus::RulePut, bus::RuleDeleted,
                           bus::TargetsPut, bus::TargetsRemoved, bus::TagsPut,  //
                           queue::QueueCreated, queue::QueueAttributesSet, queue::QueueTagsSet, queue::QueueDeleted,
                           queue::QueuePurged, queue::MessageSent, queue::MessagesReceived, queue::MessagesDeleted,
                           queue::VisibilityChanged, queue::MessagesDeadLettered, queue::MessagesExpired,  //
                           function::FunctionPut, function::FunctionDeleted, function::InvokeConfigPut,
                           function::ConcurrencyPut, function::PermissionsPut, function::InvokeRequested,
                           function::InvocationSettled, function::InvocationFailed, function::InvocationsGivenUp,  //
                           archive::ArchivePut, archive::ArchiveDeleted, archive::ReplayStarted,
                           archive::ReplayAdvanced, archive::ReplayStateChanged, archive::ReplayDeleted,  //
                           delivery::EventsReplayed, delivery::DeliveriesRetried,                         //
                           stack::StackPut, stack::StackDeleted,                                          //
                           ReplayPageTaken>;

// Calls visit(std::type_identity<R>) with the struct of that number; false if there is none.
template <class Visit>
bool visit_record_type(log::RecordType type, const Visit& visit) {
  return [&]<class... R>(std::type_identity<std::tuple<R...>>) {
    return ((type == R::kType && (visit(std::type_identity<R>{}), true)) || ...);
  }(std::type_identity<Records>{});
}

}  // namespace athanor::engine
