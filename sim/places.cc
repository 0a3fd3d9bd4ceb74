// The queues and functions of a simulated world: how operators make, change and delete them.
#include <fmt/format.h>

#include "engine/state.h"
#include "function/functions.h"
#include "queue/queues.h"
#include "service/lambda/functions.h"
#include "service/sqs/queues.h"
#include "sim/simulation.h"

namespace athanor::sim {
namespace {

std::string url_of(Place queue) { return fmt::format("http://sim/123456789012/{}", name_of(queue)); }

std::string redrive_policy(std::uint32_t receives_max) {
  return fmt::format(R"({{"deadLetterTargetArn":"{}","maxReceiveCount":{}}})", arn_of(Place::Spoiled), receives_max);
}

template <class Container>
auto draw(const Container& from, base::Random& random) {
  return *std::next(std::begin(from), static_cast<std::ptrdiff_t>(random.below(std::size(from))));
}

}  // namespace

std::chrono::seconds draw_retention(base::Random& random) { return std::chrono::seconds{60 + random.below(600)}; }

Place Simulation::draw_queue(base::Random& random) const {
  static_assert(kQueues.back() == Place::Brief);
  return kQueues[random.below(has(Fault::SmallSteps) ? kQueues.size() : kQueues.size() - 1)];
}

FunctionPut draw_function(base::Random& random) {
  FunctionPut put{.exists = true, .retries_max = static_cast<std::uint32_t>(random.below(3))};
  if (random.one_in(3)) put.event_age_max = std::chrono::seconds{60 + random.below(240)};
  return put;
}

// --- Queues

void Simulation::create_queue(Place queue, QueuePut put) {
  server_.execute([&](engine::Call& call) {
    std::map<std::string, std::string> attributes{
        {"MessageRetentionPeriod", std::to_string(put.retention.count())},
        {"VisibilityTimeout", std::to_string(put.visibility_timeout.count())}};
    if (queue == Place::Fifo) attributes["FifoQueue"] = "true";
    if (queue == Place::Work) attributes["RedrivePolicy"] = redrive_policy(put.receives_max);
    const log::LogPosition at = call.journal.next_position();
    const auto done = service::sqs::create_queue(call, {.queue_name = name_of(queue), .attributes = attributes});
    if (!done) return checker_.violate("CreateQueue was refused: " + done.error().message);
    checker_.queue_changed(at, queue, put, call.now);
  });
}

void Simulation::delete_queue(Place queue) {
  server_.execute([&](engine::Call& call) {
    const log::LogPosition at = call.journal.next_position();
    const auto done = service::sqs::delete_queue(call, {.queue_url = url_of(queue)});
    if (!done) return checker_.violate("DeleteQueue was refused: " + done.error().message);
    trace(fmt::format("{} is deleted", name_of(queue)));
    checker_.queue_changed(at, queue, {.exists = false}, call.now);
    report_.coverage.add(Reached::QueueDeleted);
  });
}

// No queue or function comes or goes while a replay runs: whether a page of it meets one is known only to the engine.
void Simulation::change_queue(base::Random& random) {
  // Prefers the queue in which work in steps is under way.
  const Place queue = begun_.contains(Reached::DeadLetteredInSteps) ? Place::Work
                      : begun_.contains(Reached::ExpiredInSteps)    ? Place::Brief
                                                                    : draw_queue(random);
  const QueuePut& put = checker_.queue(queue);
  // Operators delete some of a stack's resources, and leave the rest to the stack.
  if (is_of_stack(queue) && (!put.exists || random.one_in(2))) return;
  if (queue == Place::Ticks && !put.exists) return;
  if (put.exists && !is_of_stack(queue) && (queue == Place::Ticks || !random.one_in(3))) {
    if (queue == Place::Work && random.one_in(2))
      set_receives_max(static_cast<std::uint32_t>(1 + random.below(5)));
    else if (queue == Place::Brief && random.one_in(2))
      set_retention(queue, draw_retention(random));
    else
      set_visibility_timeout(queue, std::chrono::seconds{random.below(60)});
    return;
  }
  if (!active_replays().empty()) return;
  if (put.exists) return delete_queue(queue);
  // A redrive policy must name an existing queue.
  if (queue == Place::Work && !checker_.queue(Place::Spoiled).exists) return;
  QueuePut again{.exists = true, .visibility_timeout = std::chrono::seconds{random.below(60)}};
  if (queue == Place::Brief) again.retention = draw_retention(random);
  create_queue(queue, again);
  report_.coverage.add(Reached::QueueMadeAgain);
  comes_between_steps(Reached::MadeAgainBetweenSteps, Reached::FreedInSteps);
}

void Simulation::set_visibility_timeout(Place queue, std::chrono::seconds timeout) {
  QueuePut put = checker_.queue(queue);
  put.visibility_timeout = timeout;
  set_attribute(queue, put, "VisibilityTimeout", std::to_string(timeout.count()));
}

void Simulation::set_retention(Place queue, std::chrono::seconds retention) {
  QueuePut put = checker_.queue(queue);
  put.retention = retention;
  set_attribute(queue, put, "MessageRetentionPeriod", std::to_string(retention.count()));
  comes_between_steps(Reached::ChangedBetweenSteps, Reached::ExpiredInSteps);
}

void Simulation::set_receives_max(std::uint32_t receives_max) {
  if (!checker_.queue(Place::Spoiled).exists) return;
  QueuePut put = checker_.queue(Place::Work);
  put.receives_max = receives_max;
  set_attribute(Place::Work, put, "RedrivePolicy", redrive_policy(receives_max));
  comes_between_steps(Reached::ChangedBetweenSteps, Reached::DeadLetteredInSteps);
}

// `put`: the queue with the new attribute.
void Simulation::set_attribute(Place queue, const QueuePut& put, const char* name, const std::string& value) {
  server_.execute([&](engine::Call& call) {
    const log::LogPosition at = call.journal.next_position();
    const auto done =
        service::sqs::set_queue_attributes(call, {.queue_url = url_of(queue), .attributes = {{name, value}}});
    if (!done) return checker_.violate("SetQueueAttributes was refused: " + done.error().message);
    checker_.queue_changed(at, queue, put, call.now);
    report_.coverage.add(Reached::QueueAttributesChanged);
  });
}

// --- Functions

void Simulation::create_function(Place function, FunctionPut put) {
  server_.execute([&](engine::Call& call) {
    const log::LogPosition at = call.journal.next_position();
    // Its code and environment only matter to an executor, and there is none here.
    const std::string revision = std::to_string(checker_.incarnation(function));
    call.journal.write(
        function::FunctionPut{.arn = arn_of(function), .name = name_of(function), .revision_id = revision});
    checker_.function_revised(function, revision);
    checker_.function_changed(at, function, {.exists = true});
  });
  put_invoke_config(function, put);
}

void Simulation::put_invoke_config(Place function, FunctionPut put) {
  server_.execute([&](engine::Call& call) {
    const log::LogPosition at = call.journal.next_position();
    call.journal.write(function::InvokeConfigPut{
        arn_of(function), function::InvokeConfig{.retries_max = put.retries_max, .event_age_max = put.event_age_max}});
    checker_.function_changed(at, function, put);
  });
}

void Simulation::delete_function(Place function) {
  server_.execute([&](engine::Call& call) {
    const log::LogPosition at = call.journal.next_position();
    const auto done = service::lambda::delete_function(call, {.function_name = name_of(function)});
    if (!done) return checker_.violate("DeleteFunction was refused: " + done.error().message);
    trace(fmt::format("{} is deleted", name_of(function)));
    checker_.function_changed(at, function, {.exists = false});
    report_.coverage.add(Reached::FunctionDeleted);
  });
}

void Simulation::change_function(base::Random& random) {
  const Place function = draw(kFunctions, random);
  const bool exists = checker_.function(function).exists;
  if (is_of_stack(function) && (!exists || random.one_in(2))) return;
  if (exists && !is_of_stack(function) && !random.one_in(3)) {
    put_invoke_config(function, draw_function(random));
    return report_.coverage.add(Reached::FunctionConfigChanged);
  }
  if (!active_replays().empty()) return;
  if (exists) return delete_function(function);
  create_function(function, draw_function(random));
  report_.coverage.add(Reached::FunctionMadeAgain);
  comes_between_steps(Reached::MadeAgainBetweenSteps, Reached::GivenUpInSteps);
}

// --- I8

void Simulation::check_places() {
  const engine::State& state = server_.engine().state();
  for (const Place place : kQueues) {
    const QueuePut& put = checker_.queue(place);
    const queue::Queue* const queue = state.queues.find(arn_of(place));
    if ((queue != nullptr) != put.exists) {
      checker_.violate(fmt::format("I8: the queue {} is {}there", name_of(place), put.exists ? "not " : ""));
      continue;
    }
    if (queue == nullptr) continue;
    const auto& redrive = queue->attributes.redrive_policy;
    if (queue->attributes.visibility_timeout != put.visibility_timeout ||
        queue->attributes.retention != put.retention ||
        (place == Place::Work && (!redrive || redrive->max_receive_count != put.receives_max)))
      checker_.violate(fmt::format("I8: the queue {} does not have the attributes that it was given", name_of(place)));
  }
  for (const Place place : kFunctions) {
    const FunctionPut& put = checker_.function(place);
    const function::Function* const function = state.functions.find(arn_of(place));
    if ((function != nullptr) != put.exists) {
      checker_.violate(fmt::format("I8: the function {} is {}there", name_of(place), put.exists ? "not " : ""));
      continue;
    }
    if (function == nullptr) continue;
    // A crash may have come between the function and its configuration; then Lambda's defaults apply.
    const function::InvokeConfig config = function->invoke_config.value_or(function::InvokeConfig{});
    if (config.retries_max.value_or(2) != put.retries_max ||
        config.event_age_max.value_or(std::chrono::hours{6}) != put.event_age_max)
      checker_.violate(fmt::format("I8: the function {} is not configured as it was", name_of(place)));
  }
}

}  // namespace athanor::sim
