#include "service/lambda/invoke.h"

#include <utility>

#include "api/lambda.h"
#include "server/handlers.h"

namespace athanor::server {
namespace {

namespace lambda = service::lambda;

void invoke(const ExchangePtr& exchange, const http::Request& http_request) {
  auto request = decode<api::Invoke>(exchange, http_request);
  if (!request) return;
  if (const auto checked = lambda::prepare_invoke(*request); !checked) return exchange->refuse(checked.error());
  exchange->decide([exchange, request = *std::move(request)](engine::Call& call) {
    engine::Loop& loop = exchange->parts.loop;
    lambda::invoke(
        call, request, exchange->request_id,
        // Another request may just have changed the function: a process sees that only once it is durable.
        [&loop](function::Start start) {
          loop.engine().when_committed([&loop, start = std::move(start)](bool durable) mutable {
            if (durable)
              loop.start_function(std::move(start));
            else
              start.done({.kind = function::OutcomeKind::Refused});
          });
        },
        [&loop](std::function<void(engine::Call&)> decision) { loop.post(std::move(decision)); },
        [exchange](Result<api::InvocationResponse> response) {
          answer_when_durable<api::Invoke>(exchange, std::move(response));
        });
  });
}

}  // namespace

Handler invoke_handler() { return {&api::Invoke::info, invoke}; }

}  // namespace athanor::server
