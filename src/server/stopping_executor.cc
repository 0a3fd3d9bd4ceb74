#include "server/stopping_executor.h"

#include <utility>

namespace athanor::server {
namespace {

function::Outcome not_tried() {
  return {
      .kind = function::OutcomeKind::Refused, .payload = "The server is stopping.", .error_type = "ServiceException"};
}

}  // namespace

void StoppingExecutor::start(function::Start start) {
  if (is_stopping_) return start.done(not_tried());
  start.done = [this, done = std::move(start.done)](function::Outcome outcome) {
    done(is_stopping_ && !outcome.is_success() ? not_tried() : std::move(outcome));
  };
  executor_.start(std::move(start));
}

}  // namespace athanor::server
