#include <chrono>
#include <optional>
#include <utility>

#include "api/athanor.h"
#include "observe/counters.h"
#include "server/handlers.h"
#include "service/athanor/events_of_log.h"

namespace athanor::server {
namespace {

namespace own = service::athanor;

// Reads a page; waits for another event while there is none and time is left, by the engine's clock, which may differ
// from the wall clock and be set back. No deadline: this is the first page.
void tail(const ExchangePtr& exchange, const api::TailEventsRequest& request, std::optional<base::Time> deadline) {
  exchange->parts.loop.read_log([exchange, request, deadline](const log::Log& log) {
    auto page = own::read_tail(log, exchange->caller, request);
    if (!page) return exchange->refuse(page.error());
    if (!page->response.events.empty()) return exchange->answer<api::TailEvents>(std::move(page->response));
    exchange->parts.loop.post([exchange, request, deadline, page = *std::move(page)](engine::Call& call) {
      const base::Time latest = call.now + std::chrono::seconds{request.wait_time_seconds};
      const base::Time until = deadline.value_or(latest);
      if (until <= call.now || until > latest) return exchange->answer<api::TailEvents>(page.response);
      api::TailEventsRequest next = request;
      next.from_position = page.response.next_position;
      if (!page.at_end) return tail(exchange, next, until);
      const log::LogPosition from{static_cast<std::uint64_t>(*next.from_position)};
      const bool waits = exchange->parts.loop.engine().wait_for_event(
          from, until, [exchange, next, until] { tail(exchange, next, until); });
      if (!waits) exchange->answer<api::TailEvents>(page.response);
    });
  });
}

void trace(const ExchangePtr& exchange, const http::Request& http_request) {
  const auto request = decode<api::Trace>(exchange, http_request);
  if (!request) return;
  exchange->parts.loop.read_log([exchange, request = *request](const log::Log& log) {
    auto traced = own::read_trace(log, exchange->caller, request);
    if (!traced) return exchange->refuse(traced.error());
    exchange->decide([exchange, traced = *std::move(traced)](engine::Call& call) {
      answer_when_durable<api::Trace>(exchange, own::add_deliveries(call, traced));
    });
  });
}

api::StatusResponse status_of(const Parts& parts, const engine::Call& call) {
  api::StatusResponse status{
      .version = ATHANOR_VERSION,
      .data_directory = parts.settings.data_directory,
      .log_end = static_cast<std::int64_t>(call.journal.next_position().value),
      .commit_position = static_cast<std::int64_t>(parts.loop.log().commit_position().value),
      .uptime_seconds = std::chrono::duration_cast<std::chrono::seconds>(call.now - parts.started).count()};
  if (parts.settings.dev) status.notices.push_back("Development mode: any access key is accepted.");
  status.notices.push_back("Functions run as processes of their own, without namespaces or cgroups.");
  return status;
}

// On the reader's thread: with a hundred thousand rules, this takes a second.
void answer_with(const ExchangePtr& exchange, api::StatusResponse status, const observe::Counters& counters) {
  exchange->parts.loop.read_log([exchange, status = std::move(status), &counters](const log::Log&) mutable {
    for (const auto& [name, value] : counters.all()) status.counters[name] = static_cast<std::int64_t>(value);
    exchange->answer<api::Status>(std::move(status));
  });
}

}  // namespace

Handler tail_events_handler() {
  return {&api::TailEvents::info, [](const ExchangePtr& exchange, const http::Request& http_request) {
            const auto request = decode<api::TailEvents>(exchange, http_request);
            if (request) tail(exchange, *request, std::nullopt);
          }};
}

Handler trace_handler() { return {&api::Trace::info, trace}; }

Handler status_handler() {
  return {&api::Status::info, [](const ExchangePtr& exchange, const http::Request& http_request) {
            if (!decode<api::Status>(exchange, http_request)) return;
            exchange->decide([exchange](engine::Call& call) {
              exchange->when_durable([exchange, status = status_of(exchange->parts, call),
                                      &counters = call.works.counters] { answer_with(exchange, status, counters); });
            });
          }};
}

}  // namespace athanor::server
