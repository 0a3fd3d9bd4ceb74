#include "service/lambda/invoke.h"

#include <utility>

#include "api/lambda.h"
#include "server/handlers.h"

namespace athanor::server {
namespace {

namespace lambda = service::lambda;

void run_when_durable(engine::Loop& loop, function::Start start,
                      std::function<void(engine::Call&, const function::Outcome&)> ended) {
  start.done = [&loop, ended = std::move(ended)](function::Outcome outcome) {
    loop.post([ended, outcome = std::move(outcome)](engine::Call& call) { ended(call, outcome); });
  };
  // Another request may just have changed the function: a process sees that only once it is durable.
  loop.engine().when_committed([&loop, start = std::move(start)](bool durable) mutable {
    if (durable)
      loop.start_function(std::move(start));
    else
      start.done({.kind = function::OutcomeKind::Refused});
  });
}

void invoke(const ExchangePtr& exchange, const http::Request& http_request) {
  auto request = decode<api::Invoke>(exchange, http_request);
  if (!request) return;
  if (const auto checked = lambda::prepare_invoke(*request); !checked) return exchange->refuse(checked.error());
  exchange->decide([exchange, request = *std::move(request)](engine::Call& call) {
    lambda::invoke(
        call, request, exchange->request_id,
        [&loop = exchange->parts.loop](function::Start start, auto ended) {
          run_when_durable(loop, std::move(start), std::move(ended));
        },
        [exchange](Result<api::InvocationResponse> response) {
          answer_when_durable<api::Invoke>(exchange, std::move(response));
        });
  });
}

}  // namespace

Handler invoke_handler() { return {&api::Invoke::info, invoke}; }

}  // namespace athanor::server
