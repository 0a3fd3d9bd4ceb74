// What a typed event is, and where it may come from.
//
//   inline constexpr Producer kStrategy{.module = "strategy_v2.handlers", .component = "SignalHandler", .source =
//   "strategy"};
//
//   struct SignalGenerated : Event<SignalGenerated> {
//     static constexpr EventKind kKind{.type = "SignalGenerated", .id_prefix = "signal-generated-", .producers =
//     {kStrategy}}; using Event::Event; std::int64_t signal_count = 0; static constexpr auto members() { return
//     fields(member("signal_count", &SignalGenerated::signal_count, {.required = true})); }
//   };
//
//   SignalGenerated signal{Lineage::of(started), kStrategy, now};  // correlation and causation come from `started`
//
// Type name, sources and codec follow from this one declaration. An event cannot be made without a Lineage, so the
// chain of events is never broken; and its id is a function of its parent, its type and its producer, so a parent
// handled twice has the same children, not more.
#pragma once

#include <array>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>

#include "base/describe.h"
#include "base/result.h"
#include "format/json.h"
#include "sdk/event_json.h"
#include "sdk/timestamp.h"

namespace athanor::sdk {

// One place in a program that makes events.
struct Producer {
  std::string_view module = {};     // `source_module` in the event: "strategy_v2.handlers"
  std::string_view component = {};  // `source_component`
  std::string_view source = {};     // what rules match, after the prefix: "strategy" for "alchemiser.strategy"
};

struct EventKind {
  std::string_view type;       // the detail-type
  std::string_view id_prefix;  // of event ids, for people reading logs
  std::array<Producer, 4> producers = {};
};

class EventFields;

// Where a new event belongs: in which workflow, caused by which event.
class Lineage {
 public:
  // The first event of a workflow. Neither id may be empty.
  static Lineage root(std::string correlation_id, std::string causation_id) {
    return Lineage{std::move(correlation_id), std::move(causation_id)};
  }
  // An event caused by `parent`.
  static Lineage of(const EventFields& parent);

  // Distinguishes several children of one parent that have the same type, by an order id or a symbol, say.
  Lineage each(std::string_view what) const;

 private:
  friend class EventFields;
  Lineage(std::string correlation_id, std::string causation_id)
      : correlation_id_(std::move(correlation_id)), causation_id_(std::move(causation_id)) {}
  std::string correlation_id_;
  std::string causation_id_;
  std::string discriminator_;
};

// What every event has.
class EventFields {
 public:
  const std::string& correlation_id() const { return correlation_id_; }
  const std::string& causation_id() const { return causation_id_; }
  const std::string& event_id() const { return event_id_; }
  const std::string& event_type() const { return event_type_; }
  Timestamp timestamp() const { return timestamp_; }
  const std::string& source_module() const { return source_module_; }
  const std::optional<std::string>& source_component() const { return source_component_; }

  std::optional<format::JsonValue> metadata;
  std::string schema_version = "1.0";

  static constexpr auto members() {
    return Members{
        member("correlation_id", &EventFields::correlation_id_, {.length_min = 1, .required = true}),
        member("causation_id", &EventFields::causation_id_, {.length_min = 1, .required = true}),
        member("event_id", &EventFields::event_id_, {.length_min = 1, .required = true}),
        member("event_type", &EventFields::event_type_, {.length_min = 1, .required = true}),
        member("timestamp", &EventFields::timestamp_, {.required = true}),
        member("source_module", &EventFields::source_module_, {.length_min = 1, .required = true}),
        member("source_component", &EventFields::source_component_),
        member("metadata", &EventFields::metadata),
        member("schema_version", &EventFields::schema_version),
    };
  }

 protected:
  explicit EventFields(Received) {}
  EventFields(const EventKind& kind, const Lineage& lineage, const Producer& producer, Timestamp now);

 private:
  std::string correlation_id_;
  std::string causation_id_;
  std::string event_id_;
  std::string event_type_;
  Timestamp timestamp_;
  std::string source_module_;
  std::optional<std::string> source_component_;
};

template <class T>
class Event : public EventFields {
 public:
  // Asserts that `producer` is one of the kind's.
  Event(const Lineage& lineage, const Producer& producer, Timestamp now)
      : EventFields(T::kKind, lineage, producer, now) {}
  explicit Event(Received received) : EventFields(received) {}

  // An event of another type under this type's name would be read by the wrong handler.
  Result<void> check() const {
    if (event_type() == T::kKind.type) return check_content();
    return invalid_input("event_type is '" + event_type() + "', expected '" + std::string(T::kKind.type) + "'.");
  }

 protected:
  template <class... Own>
  static constexpr auto fields(Own... own) {
    return EventFields::members().with(own...);
  }

 private:
  Result<void> check_content() const {
    if constexpr (requires(const T& event) { event.check_fields(); }) {
      return static_cast<const T&>(*this).check_fields();
    } else {
      return {};
    }
  }
};

template <class T>
concept EventType = std::derived_from<T, Event<T>> && base::Described<T> && requires {
  { T::kKind } -> std::convertible_to<EventKind>;
};

// The source of an event, without the prefix: its producer's, or the module's name when no producer declares it.
std::string_view source_of(const EventKind& kind, std::string_view source_module);

}  // namespace athanor::sdk
