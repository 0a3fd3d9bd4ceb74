#include "server/router.h"

#include <fmt/format.h>

#include "auth/sigv4.h"
#include "base/text.h"
#include "format/json.h"
#include "server/foreign_page.h"
#include "server/operations.h"
#include "server/own_url.h"
#include "server/reset.h"

namespace athanor::server {
namespace {

http::Response text_page(std::uint16_t status, std::string body, std::string type = "text/plain; charset=utf-8") {
  return {status, {{"Content-Type", std::move(type)}, {"X-Content-Type-Options", "nosniff"}}, std::move(body)};
}

// The endpoint as the client sees it: queue URLs begin with it. A proxy that speaks TLS says so; anyone else who says
// so spoils only their own answer.
std::string endpoint_of(const http::Request& request, const Settings& settings) {
  const std::string_view host = request.header("host");
  if (host.empty()) return own_url(settings.addresses, settings.port);
  return fmt::format(
      "{}://{}", base::equals_ignore_case_ascii(request.header("x-forwarded-proto"), "https") ? "https" : "http", host);
}

// A browser, or `curl`: no client of an operation, which signs, or says in a query what it wants.
bool asks_who_this_is(const http::Request& request) {
  return (request.method == "GET" || request.method == "HEAD") && request.raw_query().empty() &&
         request.header("authorization").empty();
}

Error too_large(const Handler& handler) {
  return {ErrorCode::RequestTooLarge,
          fmt::format("{} takes a body of at most {} bytes.", handler.info->name, handler.body_bytes_max),
          {}};
}

}  // namespace

Router::Router(Parts& parts, const auth::CredentialStore& credentials, observe::Counters& counters, std::uint64_t seed)
    : parts_(parts), credentials_(credentials), counters_(counters), random_(seed) {}

std::string Router::next_request_id() {
  const std::lock_guard lock{mutex_};
  return base::random_uuid(random_);
}

observe::Counter& Router::requests_of(const Handler& handler) {
  const std::lock_guard lock{mutex_};
  observe::Counter*& counter = requests_[&handler];
  if (counter == nullptr) {
    counter = &counters_.get("athanor_requests_total",
                             {{"service", handler.info->service}, {"operation", handler.info->name}});
  }
  return *counter;
}

void Router::serve(http::Request request, http::Responder respond) {
  const auto foreign = parts_.settings.dev ? refuse_foreign_page(request) : std::nullopt;
  if (!foreign && serve_own_page(request, respond)) return;

  Arrived arrived{std::move(request), {}, nullptr, next_request_id(), std::move(respond)};
  const auto known = wire::recognise(arrived.request, arrived.recognised);
  if (foreign) return refuse(arrived, *foreign);
  if (!known) return refuse(arrived, known.error());
  // Before anything is computed for it: clients that retry at once must not keep the engine from what is waiting.
  if (!parts_.loop.takes(arrived.request.body.size())) return refuse(arrived, too_much_waits());
  arrived.handler = find_handler(arrived.recognised.service, arrived.recognised.operation);
  if (arrived.handler && arrived.request.body.size() > arrived.handler->body_bytes_max)
    return refuse(arrived, too_large(*arrived.handler));
  // Identifying the sender means hashing the body: this much takes 10 ms of the thread that serves all others.
  if (parts_.settings.dev || arrived.request.body.size() <= kEscapedBodyBytes) return admit(std::move(arrived));
  parts_.loop.read_log([this, arrived = std::move(arrived)](const log::Log&) mutable { admit(std::move(arrived)); });
}

void Router::admit(Arrived arrived) {
  auto& [request, recognised, handler, request_id, respond] = arrived;
  // The one place that decides who is asking.
  auth::Principal principal;
  if (parts_.settings.dev) {
    principal = auth::identify(request);
  } else {
    auto verified = auth::verify(request, credentials_, parts_.clock.now());
    if (!verified) return refuse(arrived, verified.error());
    principal = *std::move(verified);
    if (principal.service != recognised.service && recognised.service != "athanor") {
      return refuse(arrived, {ErrorCode::SignatureMismatch,
                              fmt::format("Credential should be scoped to correct service: '{}'.", recognised.service),
                              {}});
    }
  }

  if (handler == nullptr) return refuse(arrived, wire::not_served(recognised.operation));
  requests_of(*handler).add();
  engine::Caller caller{principal.account, principal.region, endpoint_of(request, parts_.settings),
                        principal.access_key_id, std::string{request.header("x-amzn-trace-id")}};
  const auto exchange = std::make_shared<Exchange>(parts_, std::move(recognised), std::move(caller),
                                                   std::move(request_id), request.body.size(), std::move(respond));
  handler->serve(exchange, std::move(request));
}

void Router::refuse(Arrived& arrived, const Error& error) {
  counters_.get("athanor_requests_refused_total", {{"service", arrived.recognised.service}}).add();
  arrived.respond(wire::encode_error(arrived.recognised, error, arrived.request_id));
}

bool Router::serve_own_page(const http::Request& request, http::Responder& respond) {
  const std::string_view path = request.raw_path();
  if (path == "/_athanor/health") {
    respond(text_page(200, fmt::format(R"({{"status":"ok","version":"{}"}})", ATHANOR_VERSION), "application/json"));
  } else if (path == "/metrics") {
    // With a hundred thousand rules, this takes a second.
    parts_.loop.read_log([respond = std::move(respond), &counters = counters_](const log::Log&) mutable {
      respond(text_page(200, counters.text(), "text/plain; version=0.0.4; charset=utf-8"));
    });
  } else if (path == "/_athanor/reset" || path == "/moto-api/reset") {
    serve_reset(request, std::move(respond));
  } else if (path == "/" && asks_who_this_is(request)) {
    respond(text_page(200, fmt::format("Athanor {}: an event bus that speaks EventBridge, SQS and Lambda.\n"
                                       "Point an AWS client here: aws --endpoint-url {} events list-event-buses\n",
                                       ATHANOR_VERSION, endpoint_of(request, parts_.settings))));
  } else {
    return false;
  }
  return true;
}

void Router::serve_reset(const http::Request& request, http::Responder respond) {
  if (!parts_.settings.dev)
    return respond(text_page(403, "Only a server in development mode (--dev) can be emptied.\n"));
  if (request.method != "POST") return respond(text_page(405, "POST empties the server.\n"));
  parts_.loop.post([respond = std::move(respond), &loop = parts_.loop](engine::Call& call) mutable {
    reset(call);
    loop.engine().when_committed([respond = std::move(respond)](bool durable) mutable {
      respond(durable ? text_page(200, R"({"status":"ok"})", "application/json")
                      : text_page(503, "The log has stopped.\n"));
    });
  });
}

}  // namespace athanor::server
