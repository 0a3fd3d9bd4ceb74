// What functions do in a simulated world.
#include <fmt/format.h>

#include <algorithm>

#include "sim/simulation.h"

namespace athanor::sim {
namespace {

Place place_of(const function::Start& start) {
  return *std::ranges::find_if(kFunctions, [&](Place place) { return start.function.arn == arn_of(place); });
}

}  // namespace

const Personality& Simulation::personality(Place function) const {
  return functions_[index_of(function) - index_of(Place::Function0)];
}

// Handles those started since the last call.
void Simulation::meet_functions() {
  auto& running = server_.running();
  checker_.durable_until(server_.log().commit_position());
  for (std::size_t i = 0; i < running.size(); ++i) {
    if (std::find(met_.begin(), met_.end(), running[i].request_id) != met_.end()) continue;
    const auto payload = running[i].payload();
    if (!payload && checker_.invocation_unread(payload.error())) {
      // As runtime/process_executor.h does.
      const function::Start refused = std::move(running[i]);
      running.erase(running.begin() + static_cast<std::ptrdiff_t>(i--));
      trace(refused.function.name + " cannot be given " + refused.request_id);
      refused.done({.kind = function::OutcomeKind::Refused, .payload = {}, .error_type = "ServiceException"});
      continue;
    }
    const function::Start& start = running[i];
    met_.push_back(start.request_id);
    if (!payload) continue;
    const auto failures =
        checker_.function_started(place_of(start), start.function.revision_id, start.request_id, *payload, since_told_);
    trace(fmt::format("{} starts {} after {} failures", start.function.name, start.request_id, failures));
  }
  if (running.size() > 3) checker_.violate("more functions run than the server may have processes");
}

void Simulation::finish_some_functions(base::Random& random) {
  for (auto count = 1 + random.below(3); count > 0; --count) finish_function(random);
}

void Simulation::finish_function(base::Random& random) {
  auto& running = server_.running();
  if (running.empty()) return;
  checker_.durable_until(server_.log().commit_position());
  const auto at = running.begin() + static_cast<std::ptrdiff_t>(random.below(running.size()));
  function::Start start = std::move(*at);
  running.erase(at);
  std::erase(met_, start.request_id);
  const Personality& one = personality(place_of(start));
  function::Outcome outcome;
  if (one.is_broken || (one.fails_one_in > 0 && random.one_in(one.fails_one_in))) {
    // A broken function crashes its process.
    outcome = {.kind = one.is_broken ? function::OutcomeKind::Crash : function::OutcomeKind::FunctionError,
               .payload = "{}",
               .error_type = "Broken"};
    report_.coverage.add(Reached::FunctionFailed);
  } else {
    checker_.function_worked(start.request_id);
    if (one.times_out_one_in > 0 && random.one_in(one.times_out_one_in)) {
      outcome = {.kind = function::OutcomeKind::Timeout, .payload = "{}", .error_type = "Sandbox.Timedout"};
      report_.coverage.add(Reached::FunctionTimedOutAfterWork);
    }
  }
  trace(fmt::format("{} ends {} {}", start.function.name, start.request_id, outcome.is_success() ? "well" : "badly"));
  // The checker is told when the server is: nothing comes between the two records.
  auto before = std::make_shared<log::LogPosition>();
  server_.post([before](engine::Call& call) { *before = call.journal.next_position(); });
  start.done(outcome);
  server_.post([this, before, id = start.request_id, is_success = outcome.is_success()](engine::Call& call) {
    if (is_success)
      checker_.function_settled(*before, id);
    else
      checker_.function_failed(*before, id, call.now);
  });
}

}  // namespace athanor::sim
