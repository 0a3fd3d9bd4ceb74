// What the server does in steps, in a simulated world where those are small: what is left to do, and what comes between
// two steps.
#include <algorithm>

#include "engine/state.h"
#include "sim/simulation.h"

namespace athanor::sim {

void Simulation::begin(Reached steps) {
  begun_.insert(steps);
  report_.coverage.add(steps);
}

// A tick does one step of everything due: what is still due waits for the next.
void Simulation::note_tick() {
  if (!has(Fault::SmallSteps)) return;
  const bool dead_letters = begun_.contains(Reached::DeadLetteredInSteps) && has_exhausted();
  begun_.clear();
  if (server_.has_stopped() || server_.engine().refusal()) return;
  const engine::State& state = server_.engine().state();
  const base::Time now = clock_.now();
  const auto is_due = [&](const std::optional<base::Time>& time) { return time && *time <= now; };
  if (dead_letters) begin(Reached::DeadLetteredInSteps);
  if (is_due(state.deliveries.next_due())) begin(Reached::RetriedInSteps);
  // All that could start has been started, so what is due is given up.
  if (is_due(state.invocations.next_due(now))) begin(Reached::GivenUpInSteps);
  if (state.queues.has_removed()) begin(Reached::FreedInSteps);
  if (is_due(state.queues.next_expiry())) {
    const queue::Queue* const brief = state.queues.find(arn_of(Place::Brief));
    const queue::Queue* const fifo = state.queues.find(arn_of(Place::Fifo));
    const auto oldest = brief == nullptr ? std::nullopt : brief->messages.oldest_sent();
    if (oldest && *oldest + brief->attributes.retention <= now) begin(Reached::ExpiredInSteps);
    if (fifo != nullptr && is_due(fifo->deduplication.overdue())) begin(Reached::ForgottenInSteps);
  }
  // Only tiny pages need several steps: others hold all events of a world.
  const bool is_of_steps = !has(Fault::TinyFiles);
  if (is_of_steps && std::ranges::any_of(state.replays.active(), [](const archive::Replay* replay) {
        return replay->events > 0 && replay->next < replay->start.until;
      }))
    begin(Reached::ReplayedInSteps);
}

// Notes a receive that gave nothing because it moved messages to the dead-letter queue. `before`: the log's end before
// it.
void Simulation::note_receive(Place queue, log::LogPosition before, bool gave) {
  if (!has(Fault::SmallSteps) || queue != Place::Work) return;
  begun_.erase(Reached::DeadLetteredInSteps);
  if (!gave && server_.log().end() > before && has_exhausted()) begin(Reached::DeadLetteredInSteps);
}

// Whether there is a message that has been received as often as allowed.
bool Simulation::has_exhausted() {
  const queue::Queue* const work = server_.engine().state().queues.find(arn_of(Place::Work));
  if (work == nullptr || !checker_.queue(Place::Spoiled).exists) return false;
  bool found = false;
  work->messages.for_each_receivable([&](queue::Sequence, const queue::Message& message) {
    found = message.generation >= checker_.queue(Place::Work).receives_max;
    return !found;
  });
  return found;
}

void Simulation::comes_between_steps(Reached what, std::optional<Reached> of) {
  if (of ? begun_.contains(*of) : !begun_.empty()) report_.coverage.add(what);
}

void Simulation::commit(bool with_snapshot) {
  const std::uint64_t saved = report_.coverage.count(Reached::SnapshotSaved);
  server_.commit(with_snapshot);
  if (report_.coverage.count(Reached::SnapshotSaved) > saved) comes_between_steps(Reached::SnapshotBetweenSteps);
}

}  // namespace athanor::sim
