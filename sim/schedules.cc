// The scheduled rule of a simulated world, and the operators who change it.
#include <fmt/format.h>

#include "service/events/rules.h"
#include "sim/simulation.h"

namespace athanor::sim {
namespace {

constexpr const char* kRule = "tick";
constexpr std::chrono::minutes kHour{60};

// Whole hours, or minutes that divide an hour.
constexpr std::chrono::minutes kPeriods[] = {std::chrono::minutes{1}, std::chrono::minutes{10},
                                             std::chrono::minutes{30}, kHour, 3 * kHour};

std::string expression_of(const SchedulePut& put) {
  const auto minutes = put.period.count();
  if (!put.is_cron) return minutes == 1 ? "rate(1 minute)" : fmt::format("rate({} minutes)", minutes);
  return put.period < kHour ? fmt::format("cron(0/{} * * * ? *)", minutes)
                            : fmt::format("cron(0 0/{} ? * * *)", put.period / kHour);
}

}  // namespace

void Simulation::put_schedule(SchedulePut put) {
  server_.execute([&](engine::Call& call) {
    const log::LogPosition at = call.journal.next_position();
    const auto done = service::events::put_rule(
        call,
        {.name = kRule, .schedule_expression = expression_of(put), .state = put.is_enabled ? "ENABLED" : "DISABLED"});
    if (!done) return checker_.violate("PutRule was refused: " + done.error().message);
    put.exists = true;
    put.has_target = checker_.schedule().has_target;
    checker_.schedule_changed(at, put, call.now);
  });
}

void Simulation::send_schedule_to_queue() {
  server_.execute([&](engine::Call& call) {
    const log::LogPosition at = call.journal.next_position();
    const auto done =
        service::events::put_targets(call, {.rule = kRule, .targets = {{.id = "queue", .arn = arn_of(Place::Ticks)}}});
    if (!done) return checker_.violate("PutTargets was refused: " + done.error().message);
    SchedulePut put = checker_.schedule();
    put.has_target = true;
    checker_.schedule_changed(at, put, call.now);
  });
}

void Simulation::delete_schedule() {
  server_.execute([&](engine::Call& call) {
    const log::LogPosition at = call.journal.next_position();
    const auto done = service::events::remove_targets(call, {.rule = kRule, .ids = {"queue"}});
    if (!done) return checker_.violate("RemoveTargets was refused: " + done.error().message);
    SchedulePut put = checker_.schedule();
    put.has_target = false;
    checker_.schedule_changed(at, put, call.now);
  });
  server_.execute([&](engine::Call& call) {
    const log::LogPosition at = call.journal.next_position();
    const auto done = service::events::delete_rule(call, {.name = kRule});
    if (!done) return checker_.violate("DeleteRule was refused: " + done.error().message);
    checker_.schedule_changed(at, {}, call.now);
  });
}

void Simulation::change_schedule(base::Random& random) {
  report_.coverage.add(Reached::ScheduleChanged);
  SchedulePut put = checker_.schedule();
  if (put.exists && random.one_in(5)) return delete_schedule();
  if (put.exists && !put.has_target) return send_schedule_to_queue();
  if (!put.exists || random.one_in(2))
    put = {.is_cron = random.one_in(2), .period = kPeriods[random.below(std::size(kPeriods))]};
  put.is_enabled = !random.one_in(4);
  put_schedule(put);
  if (!checker_.schedule().has_target) send_schedule_to_queue();
}

// Otherwise it would run for ever. It still runs for what is due by now.
void Simulation::end_schedule() {
  tick();
  SchedulePut put = checker_.schedule();
  if (!put.exists) return;
  put.is_enabled = false;
  put_schedule(put);
}

// I8: what is described is what was put.
void Simulation::check_schedule() {
  server_.execute([&](engine::Call& call) {
    const SchedulePut& put = checker_.schedule();
    const auto described = service::events::describe_rule(call, {.name = kRule});
    const bool is_same = described && described->schedule_expression == expression_of(put) &&
                         described->state == (put.is_enabled ? "ENABLED" : "DISABLED");
    if (described.has_value() != put.exists || (put.exists && !is_same))
      checker_.violate("I8: the scheduled rule is not as it was put");
  });
}

}  // namespace athanor::sim
