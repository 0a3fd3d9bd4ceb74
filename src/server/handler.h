// How one operation is served, in steps on two kinds of thread; what blocks or takes long runs on the reader's:
//
//   network thread   decode and check the request, `prepare` whatever needs no state
//   engine thread    decide; the answer waits until everything the decision saw is durable
//   network thread   read bodies from the log, encode, send
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/operation.h"
#include "api/shape.h"
#include "base/limits.h"
#include "engine/call.h"
#include "engine/loop.h"
#include "http/message.h"
#include "http/server.h"
#include "runtime/code_store.h"
#include "server/settings.h"
#include "wire/protocol.h"

namespace athanor::server {

// The parts of the running server that handlers use.
struct Parts {
  engine::Loop& loop;
  runtime::CodeStore& code;
  const base::Clock& clock;
  const Settings& settings;
  std::function<void(std::string_view)> report;  // to the operator; may block
  base::Time started{};
};

// The answer to a request when the engine's queue is full.
inline Error too_much_waits() { return {ErrorCode::Throttled, "Rate exceeded", {}}; }

// One request in progress.
class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(Parts& the_parts, wire::Recognised the_recognised, engine::Caller the_caller, std::string the_request_id,
           std::uint64_t the_bytes, http::Responder responder)
      : parts(the_parts),
        recognised(std::move(the_recognised)),
        caller(std::move(the_caller)),
        request_id(std::move(the_request_id)),
        bytes(the_bytes),
        responder_(std::move(responder)) {}

  Parts& parts;
  const wire::Recognised recognised;
  const engine::Caller caller;
  const std::string request_id;
  const std::uint64_t bytes;  // of the request's body

  void refuse(const Error& error) { responder_(wire::encode_error(recognised, error, request_id)); }
  template <class Op>
  void answer(const Result<typename Op::Response>& response) {
    if (!response) return refuse(response.error());
    responder_(
        wire::encode_response(recognised, Op::info, api::shape_of<typename Op::Response>(), &*response, request_id));
  }

  // Runs `decision` on the engine's thread, or answers that too much is waiting. The engine is woken once for all
  // requests that arrive together: a thread that sleeps between two of them costs more than either.
  void decide(std::move_only_function<void(engine::Call&)> decision) {
    if (!try_decide(std::move(decision))) refuse(too_much_waits());
  }
  // The same, but returns false, with nothing answered, when too much is waiting.
  bool try_decide(std::move_only_function<void(engine::Call&)> decision) {
    using enum engine::Loop::Posted;
    const auto posted = parts.loop.try_post(caller, bytes, std::move(decision));
    if (posted == First) post([&loop = parts.loop] { loop.wake(); });
    return posted != Full;
  }
  // On the engine's thread: runs `act` on the connection's thread once everything in the state now is durable, or
  // answers that the log refused the decision.
  void when_durable(std::move_only_function<void()> act) {
    if (const auto& refusal = parts.loop.engine().refusal())
      return post([self = shared_from_this(), error = *refusal] { self->refuse(error); });
    parts.loop.engine().when_committed([self = shared_from_this(), act = std::move(act)](bool durable) mutable {
      self->responder_.post([self, durable, act = std::move(act)]() mutable {
        if (durable)
          act();
        else
          self->refuse({ErrorCode::Unavailable,
                        "The server can no longer write its log: the outcome of this request is unknown.",
                        {}});
      });
    });
  }
  void post(std::move_only_function<void()> work) { responder_.post(std::move(work)); }
  void on_disconnect(std::function<void()> hung_up) { responder_.on_disconnect(std::move(hung_up)); }

 private:
  http::Responder responder_;
};
using ExchangePtr = std::shared_ptr<Exchange>;

// For bodies with 1 MiB of events or messages, or an event and a pattern, each byte escaped to at most six. Only code
// is larger.
inline constexpr std::size_t kEscapedBodyBytes = 8 * 1'048'576;

struct Handler {
  const api::OperationInfo* info;
  std::function<void(const ExchangePtr&, http::Request)> serve;
  std::size_t body_bytes_max = limits::kControlBodyBytes;

  // The same, for an operation whose body may be larger.
  Handler takes(std::size_t bytes) && {
    body_bytes_max = bytes;
    return std::move(*this);
  }
};

// The request, or nullopt when it was refused (and answered).
template <class Op>
std::optional<typename Op::Request> decode(const ExchangePtr& exchange, const http::Request& request) {
  typename Op::Request decoded{};
  const auto good =
      wire::decode_request(exchange->recognised, Op::info, request, api::shape_of<typename Op::Request>(), &decoded);
  if (good) return decoded;
  exchange->refuse(good.error());
  return std::nullopt;
}

// On the engine's thread: answers once everything the decision saw is durable.
template <class Op>
void answer_when_durable(const ExchangePtr& exchange, Result<typename Op::Response> response) {
  exchange->when_durable([exchange, response = std::move(response)] { exchange->template answer<Op>(response); });
}

// An operation that is one decision: Result<Response> decide(engine::Call&, const Request&).
template <class Op, class Decide>
Handler decision(Decide decide) {
  return {&Op::info, [decide](const ExchangePtr& exchange, const http::Request& http_request) {
            auto request = decode<Op>(exchange, http_request);
            if (!request) return;
            exchange->decide([exchange, decide, request = *std::move(request)](engine::Call& call) {
              answer_when_durable<Op>(exchange, decide(call, request));
            });
          }};
}

// The same, preceded by a step on the network thread: Result<Prepared> prepare(const Request&), and
// decide(engine::Call&, const Request&, const Prepared&).
template <class Op, class Prepare, class Decide>
Handler prepared_decision(Prepare prepare, Decide decide) {
  return {&Op::info, [prepare, decide](const ExchangePtr& exchange, const http::Request& http_request) {
            auto request = decode<Op>(exchange, http_request);
            if (!request) return;
            auto prepared = prepare(*request);
            if (!prepared) return exchange->refuse(prepared.error());
            exchange->decide(
                [exchange, decide, request = *std::move(request), prepared = *std::move(prepared)](engine::Call& call) {
                  answer_when_durable<Op>(exchange, decide(call, request, prepared));
                });
          }};
}

// The same where the decision does not need the request but consumes what was prepared, which may be large:
// Result<Prepared> prepare(Request), and decide(engine::Call&, Prepared).
template <class Op, class Prepare, class Decide>
Handler consuming_decision(Prepare prepare, Decide decide) {
  return {&Op::info, [prepare, decide](const ExchangePtr& exchange, const http::Request& http_request) {
            auto request = decode<Op>(exchange, http_request);
            if (!request) return;
            auto prepared = prepare(*std::move(request));
            if (!prepared) return exchange->refuse(prepared.error());
            exchange->decide([exchange, decide, prepared = *std::move(prepared)](engine::Call& call) mutable {
              answer_when_durable<Op>(exchange, decide(call, std::move(prepared)));
            });
          }};
}

// The same where the request is large and preparing blocks (a zip is unpacked): decoding and preparing run on the
// reader's thread. Result<Prepared> prepare(const Request&, runtime::CodeStore&).
template <class Op, class Prepare, class Decide>
Handler slowly_prepared_decision(Prepare prepare, Decide decide) {
  return {
      &Op::info, [prepare, decide](const ExchangePtr& exchange, http::Request given) {
        exchange->parts.loop.read_log([exchange, prepare, decide, given = std::move(given)](const log::Log&) mutable {
          auto request = decode<Op>(exchange, std::exchange(given, {}));
          if (!request) return;
          auto prepared = prepare(*request, exchange->parts.code);
          if (!prepared) return exchange->refuse(prepared.error());
          exchange->decide([exchange, decide, request = *std::move(request),
                            prepared = *std::move(prepared)](engine::Call& call) mutable {
            answer_when_durable<Op>(exchange, decide(call, request, prepared));
          });
        });
      }};
}

}  // namespace athanor::server
