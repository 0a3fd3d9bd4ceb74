#include "service/athanor/events_of_log.h"

#include <optional>

#include "base/planted.h"
#include "base/text.h"
#include "bus/event.h"
#include "bus/rule_book.h"
#include "delivery/dispatcher.h"
#include "format/json.h"
#include "log/codec.h"
#include "log/read_failure.h"
#include "pattern/rule_set.h"
#include "service/events/names.h"

namespace athanor::service::athanor {
namespace {

constexpr std::size_t kBytesMax = 32 * 1'048'576;  // of the log, read for one response
constexpr std::size_t kTracedEventsMax = 10'000;
constexpr std::size_t kBytesOfRule = 1'024;  // that matched an event: its targets are shown, at most five

constexpr std::string_view kCorrelation = "correlation:";
constexpr std::string_view kCausation = "causation:";

std::string_view resource_with_prefix(const bus::EventAccepted& event, std::string_view prefix) {
  for (const std::string_view resource : event.resources) {
    if (resource.starts_with(prefix)) return resource.substr(prefix.size());
  }
  return {};
}

// The text of a string or number at the top level of the detail.
std::string detail_member(const bus::EventAccepted& event, std::string_view name) {
  format::JsonCursor cursor{event.detail};
  cursor.enter_object();
  for (std::string_view key; cursor.next_member(key);) {
    if (key != name) {
      cursor.take_raw();
    } else if (cursor.kind() == format::JsonKind::String) {
      return cursor.take_string();
    } else if (cursor.kind() == format::JsonKind::Number) {
      return std::string{cursor.take_raw()};
    } else {
      return {};
    }
  }
  return {};
}

constexpr std::string_view kCorrelationMember = "correlation_id";

// False for most records: one that carries the id contains it as it is, or escaped.
bool may_carry(std::string_view record, std::string_view correlation_id) {
  return record.find(correlation_id) != std::string_view::npos ||
         (record.find('\\') != std::string_view::npos && record.find(kCorrelationMember) != std::string_view::npos);
}

bool carries(const bus::EventAccepted& event, std::string_view correlation_id) {
  return resource_with_prefix(event, kCorrelation) == correlation_id ||
         detail_member(event, kCorrelationMember) == correlation_id;
}

// What both tail and trace show of an event.
template <class Shown>
Shown show(const bus::EventAccepted& event, log::LogPosition position) {
  Shown shown;
  shown.event_id = event.id;
  shown.time = event.time;
  shown.source = event.source;
  shown.detail_type = event.detail_type;
  shown.event_bus_name = events::bus_name(event.bus_arn);
  shown.detail = event.detail;
  shown.position = static_cast<std::int64_t>(position.value);
  return shown;
}

}  // namespace

Result<TailPage> read_tail(const log::Log& log, const engine::Caller& caller, const api::TailEventsRequest& request) {
  std::optional<pattern::RuleSet> wanted;
  if (request.event_pattern) {
    ATHANOR_TRY(parsed, pattern::parse_event_pattern(*request.event_pattern));
    wanted.emplace().put(0, parsed);
  }
  const std::string bus = request.event_bus_name ? events::bus_arn(caller, request.event_bus_name) : std::string{};
  const std::string region_prefix = events::bus_arn(caller, "");
  TailPage page;
  std::size_t bytes = 0;
  std::optional<Error> error;
  log::LogPosition from{request.from_position ? static_cast<std::uint64_t>(*request.from_position) : 0};
  if (!request.from_position && !request.from_time) from = log.commit_position();
  if (from > log.commit_position() && !base::planted(base::Bug::FollowFromBehindTheEnd)) {
    return invalid_input("FromPosition is after the end of the log: this is another log, or an earlier state of it.");
  }
  bool stopped = false;
  const auto next = log.scan(from, [&](const log::Record& record) {
    bytes += record.payload.size();
    const bool in_time = !request.from_time || record.time >= *request.from_time;
    if (record.type == bus::EventAccepted::kType && in_time) {
      const auto event = log::decode<bus::EventAccepted>(record.payload);
      if (!event) {
        error = event.error();
        return false;
      }
      const std::string time = base::to_iso8601(event->time);
      const bool on_bus = bus.empty() ? event->bus_arn.starts_with(region_prefix) : event->bus_arn == bus;
      if (on_bus && (!wanted || !wanted->match(bus::envelope_of(*event, time, {})).empty())) {
        auto& shown = page.response.events.emplace_back(show<api::TailedEvent>(*event, record.position));
        shown.account = event->account;
        shown.region = event->region;
        shown.resources.assign(event->resources.begin(), event->resources.end());
      }
    }
    stopped = page.response.events.size() >= static_cast<std::size_t>(request.limit) || bytes >= kBytesMax;
    return !stopped;
  });
  if (error) return *error;
  if (!next && next.error().code == ErrorCode::InvalidInput)
    return invalid_input("FromPosition is neither the position of an event nor a NextPosition.");
  if (!next) return log::read_failure(next.error());
  page.response.next_position = static_cast<std::int64_t>(next->value);
  page.at_end = !stopped;
  return page;
}

Result<TracedEvents> read_trace(const log::Log& log, const engine::Caller& caller, const api::TraceRequest& request) {
  const std::string region_prefix = events::bus_arn(caller, "");
  TracedEvents traced;
  std::size_t bytes = 0;
  std::optional<Error> error;
  const auto read = log.scan(log::LogPosition{0}, [&](const log::Record& record) {
    if (record.type != bus::EventAccepted::kType || !may_carry(record.payload, request.correlation_id)) return true;
    const auto event = log::decode<bus::EventAccepted>(record.payload);
    if (!event) {
      error = event.error();
      return false;
    }
    if (!event->bus_arn.starts_with(region_prefix) || !carries(*event, request.correlation_id)) return true;
    if (traced.rules.size() == kTracedEventsMax || bytes >= kBytesMax) {
      traced.response.is_cut = true;
      return false;
    }
    bytes += record.payload.size() + event->rules.size() * kBytesOfRule;
    auto& shown = traced.response.events.emplace_back(show<api::TracedEvent>(*event, record.position));
    shown.causation_id = resource_with_prefix(*event, kCausation);
    if (shown.causation_id.empty()) shown.causation_id = detail_member(*event, "causation_id");
    traced.rules.push_back(event->rules);
    return true;
  });
  if (error) return *error;
  if (!read) return log::read_failure(read.error());
  return traced;
}

api::TraceResponse add_deliveries(engine::Call& call, TracedEvents traced) {
  for (std::size_t i = 0; i < traced.rules.size(); ++i) {
    api::TracedEvent& event = traced.response.events[i];
    const log::LogPosition position{static_cast<std::uint64_t>(event.position)};
    for (const std::uint64_t number : traced.rules[i]) {
      const bus::Rule* rule = call.works.rules.find_rule(number);
      if (rule == nullptr) continue;
      for (const auto& [id, target] : rule->targets) {
        const bool waits = call.works.deliveries.is_waiting(position, rule->put.arn, id);
        event.deliveries.push_back({.rule_name = rule->put.name,
                                    .target_id = id,
                                    .target_arn = target->arn,
                                    .state = waits ? "RETRYING" : "HANDED_OVER"});
      }
    }
  }
  return std::move(traced.response);
}

}  // namespace athanor::service::athanor
