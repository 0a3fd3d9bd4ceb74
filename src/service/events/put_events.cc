#include "service/events/put_events.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/entry_bytes.h"
#include "archive/archives.h"
#include "base/limits.h"
#include "base/planted.h"
#include "base/text.h"
#include "bus/event_id.h"
#include "bus/rule_book.h"
#include "delivery/dispatcher.h"
#include "format/json_extent.h"
#include "observe/counters.h"
#include "service/events/names.h"

namespace athanor::service::events {
namespace {

constexpr base::Constraints kResource{.length_max = 2'048};  // Source: service model, EventResource

std::optional<api::PutEventsResultEntry> what_is_wrong(const api::PutEventsRequestEntry& entry);

// Where an entry goes.
struct Destination {
  std::string bus_arn;
  bool is_there = false;
  observe::Counter* accepted = nullptr;
  observe::Counter* unmatched = nullptr;

  Destination(engine::Call& call, const std::optional<std::string>& bus);
};

// The entries of one request, one after the other.
class Accepting {
 public:
  Accepting(engine::Call& call, const api::PutEventsRequest& request) : call_(call), request_(request) {}

  api::PutEventsResultEntry accept(const api::PutEventsRequestEntry& entry);

 private:
  const Destination& destination_of(const api::PutEventsRequestEntry& entry);
  bus::EventAccepted event_of(const api::PutEventsRequestEntry& entry, const Destination& destination,
                              const std::string& id) const;
  const std::string& text_of(base::Time time);
  bool is_last_of_several(const api::PutEventsRequestEntry& entry) const;

  engine::Call& call_;
  const api::PutEventsRequest& request_;
  std::optional<Destination> destination_;
  const std::optional<std::string>* bus_of_destination_ = nullptr;
  base::Time time_{};
  std::string time_text_;
};

api::PutEventsResultEntry refused(std::string code, std::string message) {
  return {.event_id = {}, .error_code = std::move(code), .error_message = std::move(message)};
}

}  // namespace

Result<PreparedEvents> prepare_put_events(const api::PutEventsRequest& request) {
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < request.entries.size(); ++i) {
    const api::PutEventsRequestEntry& entry = request.entries[i];
    if (entry.resources)
      ATHANOR_CHECK(check_each(*entry.resources, fmt::format("entries.{}.member.resources", i + 1), kResource));
    bytes += api::entry_bytes(entry);
  }
  if (bytes > limits::kPutEventsBytes)
    return invalid_input("Total size of the entries in the request is over the limit.");
  PreparedEvents prepared;
  prepared.refused.reserve(request.entries.size());
  for (const api::PutEventsRequestEntry& entry : request.entries) prepared.refused.push_back(what_is_wrong(entry));
  return prepared;
}

Result<api::PutEventsResponse> put_events(engine::Call& call, const api::PutEventsRequest& request,
                                          const PreparedEvents& prepared) {
  api::PutEventsResponse response{.failed_entry_count = 0, .entries = {}};
  response.entries.reserve(request.entries.size());
  Accepting accepting{call, request};
  for (std::size_t i = 0; i < request.entries.size(); ++i) {
    response.entries.push_back(prepared.refused[i] ? *prepared.refused[i] : accepting.accept(request.entries[i]));
    if (response.entries.back().error_code) ++*response.failed_entry_count;
  }
  return response;
}

// --- What needs no state: network threads

namespace {

bool is_detail(std::string_view text) {
  text = base::trim(text);
  const format::Extent extent = format::value_extent(text, limits::kJsonDepth);
  return text.starts_with('{') && extent.good && extent.end == text.size();
}

std::optional<api::PutEventsResultEntry> what_is_wrong(const api::PutEventsRequestEntry& entry) {
  const auto missing = [](const char* name) {
    return refused("InvalidArgument",
                   fmt::format("Parameter {0} is not valid. Reason: {0} is a required argument.", name));
  };
  if (!entry.source || entry.source->empty()) return missing("Source");
  if (!entry.detail_type || entry.detail_type->empty()) return missing("DetailType");
  if (!entry.detail || entry.detail->empty()) return missing("Detail");
  if (base::utf8_length(*entry.detail_type) > 128) {
    return refused("InvalidArgument",
                   "Parameter DetailType is not valid. Reason: DetailType must have length less than or equal to 128.");
  }
  if (entry.source->starts_with("aws."))
    return refused("NotAuthorizedForSourceException", "Not authorized for the source.");
  if (!is_detail(*entry.detail)) return refused("MalformedDetail", "Detail is malformed.");
  return std::nullopt;
}

// --- What reads and writes the state: engine thread

api::PutEventsResultEntry Accepting::accept(const api::PutEventsRequestEntry& entry) {
  if (!call_.disk_has_room) return refused("InternalFailure", disk_is_full().message);
  const Destination& destination = destination_of(entry);
  api::PutEventsResultEntry accepted;
  const std::string& id = accepted.event_id.emplace(bus::make_event_id(call_.journal.next_position(), call_.random));
  if (!destination.is_there) {
    call_.works.counters.get("athanor_events_to_missing_buses_total").add();
    return accepted;
  }
  bus::EventAccepted event = event_of(entry, destination, id);
  const pattern::Envelope envelope = bus::envelope_of(event, text_of(event.time), {});
  std::uint64_t given_up = 0;
  event.rules = call_.works.rules.match(destination.bus_arn, envelope, &given_up);
  if (call_.works.deliveries.is_full_for(event.rules))
    return refused("ThrottlingException", "Too many deliveries wait to be tried again. Try again later.");
  event.archives = call_.works.archives.match(destination.bus_arn, envelope, &given_up);
  if (given_up != 0)
    call_.works.counters.get("athanor_matches_given_up_total", {{"bus", bus_name(destination.bus_arn)}}).add(given_up);
  destination.accepted->add();
  if (event.rules.empty()) destination.unmatched->add();
  if (base::planted(base::Bug::DropLastOfBatch) && is_last_of_several(entry)) return accepted;
  call_.journal.write(event);
  return accepted;
}

Destination::Destination(engine::Call& call, const std::optional<std::string>& bus)
    : bus_arn(events::bus_arn(call.caller, bus)), is_there(call.works.rules.find_bus(bus_arn) != nullptr) {
  if (!is_there) return;
  accepted = &call.works.counters.get("athanor_events_accepted_total", {{"bus", bus_name(bus_arn)}});
  unmatched = &call.works.counters.get("athanor_events_unmatched_total", {{"bus", bus_name(bus_arn)}});
}

// Entries of one request nearly always go to one bus: looked up once for a run of entries with the same bus.
const Destination& Accepting::destination_of(const api::PutEventsRequestEntry& entry) {
  if (!destination_ || *bus_of_destination_ != entry.event_bus_name) {
    destination_.emplace(call_, entry.event_bus_name);
    bus_of_destination_ = &entry.event_bus_name;
  }
  return *destination_;
}

bus::EventAccepted Accepting::event_of(const api::PutEventsRequestEntry& entry, const Destination& destination,
                                       const std::string& id) const {
  bus::EventAccepted event{.bus_arn = destination.bus_arn,
                           .id = id,
                           .time = entry.time.value_or(call_.now),
                           .source = *entry.source,
                           .detail_type = *entry.detail_type,
                           .account = call_.caller.account,
                           .region = call_.caller.region};
  if (entry.resources) event.resources.assign(entry.resources->begin(), entry.resources->end());
  event.detail = base::trim(*entry.detail);
  if (entry.trace_header) event.trace_header = *entry.trace_header;
  return event;
}

// Printed once for a run of entries with the same time: without times of their own, the whole request.
const std::string& Accepting::text_of(base::Time time) {
  if (time_text_.empty() || time != time_) time_text_ = base::to_iso8601(time_ = time);
  return time_text_;
}

bool Accepting::is_last_of_several(const api::PutEventsRequestEntry& entry) const {
  return request_.entries.size() > 1 && &entry == &request_.entries.back();
}

}  // namespace
}  // namespace athanor::service::events
