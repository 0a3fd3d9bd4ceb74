// The stack of a simulated world: deployed, updated and deleted by one operator, who retries requests that got no
// answer.
//
// A deploy is many records, and a crash may leave any prefix of them. So the checker is told of each record separately,
// and once the deploy has ended, everything must be as the template says.
#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"
#include "engine/records.h"
#include "engine/state.h"
#include "log/codec.h"
#include "service/athanor/deploy_stack.h"
#include "sim/simulation.h"
#include "stack/template.h"

namespace athanor::sim {
namespace {

constexpr const char* kStackName = "forge";

// Writes to another journal, and reports each record with the position before it.
template <class See>
class WatchedJournal final : public log::Journal {
 public:
  WatchedJournal(log::Journal& to, See see) : to_(to), see_(std::move(see)) {}
  log::LogPosition next_position() const override { return to_.next_position(); }

 protected:
  log::LogPosition write_encoded(log::RecordType type, std::string_view, const void* record) override {
    const log::LogPosition at = to_.next_position();
    const bool known = engine::visit_record_type(type, [&]<class R>(std::type_identity<R>) {
      const R& written = *static_cast<const R*>(record);
      to_.write(written);
      see_(at, written);
    });
    ATHANOR_ASSERT(known);
    return at;
  }

 private:
  log::Journal& to_;
  See see_;
};

// Tells the checker what a record of a deploy says.
struct Teller {
  Checker& checker;
  base::Time now;

  void rule(log::LogPosition at, RulePut put) const { checker.rule_changed(at, kRuleOfStack, std::move(put)); }
  RulePut rule() const { return checker.rule(kRuleOfStack); }

  void operator()(log::LogPosition at, const bus::RulePut& record) const {
    RulePut put = rule();
    put.exists = true;
    put.is_enabled = record.state == "ENABLED";
    put.sources.clear();
    for (const char source : {'a', 'b', 'c'}) {
      if (record.event_pattern.find(fmt::format("\"{}\"", source)) != std::string::npos) put.sources += source;
    }
    rule(at, std::move(put));
  }
  void operator()(log::LogPosition at, const bus::RuleDeleted&) const { rule(at, {}); }
  void operator()(log::LogPosition at, const bus::TargetsPut& record) const {
    RulePut put = rule();
    for (const bus::Target& target : record.targets) {
      const auto place = std::ranges::find_if(kPlaces, [&](Place p) { return arn_of(p) == target.arn; });
      ATHANOR_ASSERT(place != kPlaces.end());
      put.targets[target.id] = {.place = *place,
                                .has_dead_letters = !target.dead_letter_arn.empty(),
                                .retries_max = target.effective_retry_policy().retries_max,
                                .event_age_max = target.effective_retry_policy().event_age_max};
    }
    rule(at, std::move(put));
  }
  void operator()(log::LogPosition at, const bus::TargetsRemoved& record) const {
    RulePut put = rule();
    for (const std::string& id : record.ids) put.targets.erase(id);
    rule(at, std::move(put));
  }
  void queue(log::LogPosition at, QueuePut put) const { checker.queue_changed(at, Place::Stacked, put, now); }
  void operator()(log::LogPosition at, const queue::QueueCreated& record) const {
    queue(at, {.exists = true, .visibility_timeout = record.attributes.visibility_timeout});
  }
  void operator()(log::LogPosition at, const queue::QueueAttributesSet& record) const {
    queue(at, {.exists = true, .visibility_timeout = record.attributes.visibility_timeout});
  }
  void operator()(log::LogPosition at, const queue::QueueDeleted&) const { queue(at, {}); }
  void operator()(log::LogPosition at, const function::FunctionPut& record) const {
    FunctionPut put = checker.function(Place::Function2);
    if (!put.exists) put = {.exists = true};
    checker.function_changed(at, Place::Function2, put);
    checker.function_revised(Place::Function2, record.revision_id);
  }
  void operator()(log::LogPosition at, const function::InvokeConfigPut& record) const {
    FunctionPut put{.exists = true};
    if (record.config && record.config->retries_max)
      put.retries_max = static_cast<std::uint32_t>(*record.config->retries_max);
    if (record.config && record.config->event_age_max) put.event_age_max = *record.config->event_age_max;
    checker.function_changed(at, Place::Function2, put);
  }
  void operator()(log::LogPosition at, const function::FunctionDeleted&) const {
    checker.function_changed(at, Place::Function2, {.exists = false});
  }
  void operator()(log::LogPosition at, const stack::StackPut& record) const {
    checker.stack_changed(at, log::encode(record));
  }
  void operator()(log::LogPosition at, const stack::StackDeleted&) const { checker.stack_changed(at, {}); }
  void operator()(log::LogPosition, const auto&) const {
    checker.violate("I8: a deploy wrote a record that its template does not ask for");
  }
};

std::string template_of(const StackTemplate& wanted) {
  std::string targets;
  for (const auto& [id, target] : wanted.rule.targets) {
    const std::string dead_letters =
        target.has_dead_letters ? fmt::format(R"(,"DeadLetterConfig":{{"Arn":"{}"}})", arn_of(Place::Dead)) : "";
    targets += fmt::format(
        R"({}{{"Id":"{}","Arn":"{}","RetryPolicy":{{"MaximumRetryAttempts":{},"MaximumEventAgeInSeconds":{}}}{}}})",
        targets.empty() ? "" : ",", id, arn_of(target.place), target.retries_max, target.event_age_max.count(),
        dead_letters);
  }
  std::string resources = fmt::format(
      R"("Rule":{{"Type":"AWS::Events::Rule","Properties":{{"Name":"r{}","EventBusName":"trade","EventPattern":{},)"
      R"("State":"{}","Targets":[{}]}}}})",
      kRuleOfStack, pattern_of(wanted.rule.sources), wanted.rule.is_enabled ? "ENABLED" : "DISABLED", targets);
  if (wanted.queue.exists) {
    resources +=
        fmt::format(R"(,"Queue":{{"Type":"AWS::SQS::Queue","Properties":{{"QueueName":"{}","VisibilityTimeout":{},)"
                    R"("MessageRetentionPeriod":1209600}}}})",
                    name_of(Place::Stacked), wanted.queue.visibility_timeout.count());
  }
  if (wanted.function.exists) {
    resources += fmt::format(
        R"(,"Function":{{"Type":"AWS::Lambda::Function","Properties":{{"FunctionName":"{}","Runtime":"provided.al2023",)"
        R"("Handler":"bootstrap","Role":"arn:aws:iam::123456789012:role/r","Code":"build"}}}},)"
        R"("Retries":{{"Type":"AWS::Lambda::EventInvokeConfig","Properties":{{"FunctionName":{{"Ref":"Function"}},)"
        R"("Qualifier":"$LATEST","MaximumRetryAttempts":{},"MaximumEventAgeInSeconds":{}}}}})",
        name_of(Place::Function2), wanted.function.retries_max, wanted.function.event_age_max.count());
  }
  return fmt::format(R"({{"Resources":{{{}}}}})", resources);
}

StackTemplate draw_template(base::Random& random) {
  StackTemplate wanted{.rule = {.exists = true, .is_enabled = !random.one_in(5), .sources = draw_sources(random)}};
  const TargetPut target{.has_dead_letters = !random.one_in(4)};
  const auto send_to = [&](const char* id, Place place) {
    wanted.rule.targets[id] = target;
    wanted.rule.targets[id].place = place;
  };
  if (!random.one_in(3)) {
    wanted.queue = {.exists = true, .visibility_timeout = std::chrono::seconds{random.below(60)}};
    send_to("queue", Place::Stacked);
  }
  if (!random.one_in(3)) {
    wanted.function = draw_function(random);
    send_to("function", Place::Function2);
  }
  if (random.one_in(3)) send_to("orders", Place::Orders);
  return wanted;
}

}  // namespace

// While a replay runs no rule, queue or function changes (operators.cc, places.cc).
void Simulation::change_stack(base::Random& random) {
  if (!active_replays().empty()) return;
  if (stack_wish_ && !random.one_in(4)) return finish_stack();
  if (!checker_.stack().empty() && random.one_in(5)) return delete_stack();
  deploy_stack(draw_template(random));
}

// Retries the request that got no answer.
void Simulation::finish_stack() {
  if (!stack_wish_) return;
  const auto wish = *stack_wish_;
  if (checker_.stack().find("_IN_PROGRESS") != std::string::npos) report_.coverage.add(Reached::StackEndedLater);
  if (const auto* wanted = std::get_if<StackTemplate>(&wish))
    deploy_stack(*wanted);
  else if (!checker_.stack().empty())
    delete_stack();
}

void Simulation::deploy_stack(const StackTemplate& wanted) {
  stack_wish_ = wanted;
  server_.execute([&](engine::Call& call) {
    const bool is_new = checker_.stack().empty();
    const bool misses_some = !is_new && ((wanted.queue.exists && !checker_.queue(Place::Stacked).exists) ||
                                         (wanted.function.exists && !checker_.function(Place::Function2).exists));
    const log::LogPosition before = call.journal.next_position();
    WatchedJournal journal(call.journal, Teller{checker_, call.now});
    engine::Call watched{call.caller, call.now, call.random, journal, call.works, call.disk_has_room};
    const api::DeployStackRequest request{.stack_name = kStackName, .template_body = template_of(wanted)};
    service::athanor::PreparedStack prepared{
        .parsed = *stack::parse_template(request.template_body), .template_digest = request.template_body, .code = {}};
    if (wanted.function.exists) prepared.code["Function"] = {.code_id = "c0de", .size_bytes = 4};
    const auto done = service::athanor::deploy_stack(watched, request, prepared);
    if (!done) return checker_.violate("DeployStack was refused: " + done.error().message);
    trace(fmt::format("{} is deployed", kStackName));
    if (checker_.rule(kRuleOfStack) != wanted.rule || checker_.queue(Place::Stacked) != wanted.queue ||
        checker_.function(Place::Function2) != wanted.function)
      checker_.violate("I8: a stack was deployed, but something is not as its template says");
    if (server_.has_stopped()) return;
    const bool is_unchanged = call.journal.next_position() == before;
    report_.coverage.add(is_new         ? Reached::StackDeployed
                         : is_unchanged ? Reached::StackUnchanged
                                        : Reached::StackUpdated);
    if (misses_some) report_.coverage.add(Reached::StackResourceGone);
  });
  await_stack_answer();
}

void Simulation::delete_stack() {
  stack_wish_ = StackDeletion{};
  server_.execute([&](engine::Call& call) {
    WatchedJournal journal(call.journal, Teller{checker_, call.now});
    engine::Call watched{call.caller, call.now, call.random, journal, call.works, call.disk_has_room};
    const auto done = service::athanor::delete_stack(watched, {.stack_name = kStackName});
    if (!done) return checker_.violate("DeleteStack was refused: " + done.error().message);
    trace(fmt::format("{} is deleted", kStackName));
    if (checker_.rule(kRuleOfStack).exists || checker_.queue(Place::Stacked).exists ||
        checker_.function(Place::Function2).exists)
      checker_.violate("I8: a stack was deleted, but something of it is left");
    report_.coverage.add(Reached::StackDeleted);
  });
  await_stack_answer();
}

// The answer to an earlier request does not fulfil a later one.
void Simulation::await_stack_answer() {
  server_.when_durable([this, number = ++stack_requests_, end = server_.log().end()] {
    checker_.answered(end);
    if (number == stack_requests_) stack_wish_.reset();
  });
}

// I8: the stack is what its last record says; what belongs to it is checked with all other rules, queues and functions.
void Simulation::check_stack() {
  const auto stacks = server_.engine().state().stacks.list("arn:aws:cloudformation:us-east-1:123456789012:stack/");
  const std::string there = stacks.empty() ? std::string{} : log::encode(*stacks.front());
  if (stacks.size() > 1 || there != checker_.stack()) checker_.violate("I8: the stack is not what was acknowledged");
  if (there.find("_IN_PROGRESS") != std::string::npos) report_.coverage.add(Reached::StackInterrupted);
}

}  // namespace athanor::sim
