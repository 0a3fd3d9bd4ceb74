// What a snapshot omits is missing on both sides when two states' bytes are compared. So this asks questions instead.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "engine/state.h"
#include "log/codec.h"

namespace athanor::engine {
namespace {

using log::codec::IsMap;
using log::codec::IsOptional;
using log::codec::IsStrong;
using log::codec::IsVector;

// Gives every member a value of its own that is not its default.
template <class T>
void fill(T& value) {
  static int next = 1'000;
  if constexpr (base::Described<T>)
    base::for_each_member(value, [](const auto&, auto& member) { fill(member); });
  else if constexpr (IsStrong<T>::value)
    fill(value.value);
  else if constexpr (IsOptional<T>::value)
    fill(value.emplace());
  else if constexpr (IsVector<T>::value)
    fill(value.emplace_back());
  else if constexpr (IsMap<T>::value)
    fill(value[fmt::format("key {}", ++next)]);
  else if constexpr (std::is_same_v<T, std::string>)
    value = fmt::format("text {}", ++next);
  else if constexpr (std::is_same_v<T, bool>)
    value = true;
  else if constexpr (std::is_enum_v<T>)
    value = T{1};
  else if constexpr (std::is_same_v<T, base::Time>)
    value = base::Time{base::Duration{++next}};
  else
    value = T(++next);
}
template <class T>
T filled() {
  T value;
  fill(value);
  return value;
}

template <class T>
struct Alone {
  T value{};
  static constexpr auto members() { return Members{member("value", &Alone::value)}; }
};

// Named values, down to those that have no members. None may be its default: an omission would not show.
class Answers {
 public:
  template <class T>
  void add(const std::string& name, const T& value) {
    if constexpr (base::Described<T>) {
      base::for_each_member(value, [&](const auto& m, const auto& v) { add(fmt::format("{}.{}", name, m.name), v); });
    } else if constexpr (IsOptional<T>::value) {
      add(name, value.value_or(typename T::value_type{}));
    } else if constexpr (IsVector<T>::value) {
      EXPECT_FALSE(value.empty()) << name;
      for (std::size_t i = 0; i < value.size(); ++i) add(fmt::format("{}[{}]", name, i), value[i]);
    } else {
      EXPECT_TRUE(value != T{}) << name << " has its default";
      texts_[name] = log::encode(Alone<T>{value});
    }
  }
  const std::map<std::string, std::string>& texts() const { return texts_; }

 private:
  std::map<std::string, std::string> texts_;
};

class StateSnapshot : public ::testing::Test {
 protected:
  static constexpr const char* kBus = "arn:aws:events:us-east-1:123456789012:event-bus/b";
  static constexpr const char* kRule = "arn:aws:events:us-east-1:123456789012:rule/b/r";
  static constexpr const char* kArchive = "arn:aws:events:us-east-1:123456789012:archive/a";
  static constexpr const char* kReplay = "arn:aws:events:us-east-1:123456789012:replay/p";
  static constexpr const char* kFunction = "arn:aws:lambda:us-east-1:123456789012:function:f";
  static constexpr const char* kQueue = "arn:aws:sqs:us-east-1:123456789012:q.fifo";
  static constexpr const char* kFailed = "arn:aws:sqs:us-east-1:123456789012:failed.fifo";
  static constexpr const char* kPattern = R"({"source":["s"]})";

  // Applies each record one second after the previous one.
  template <class Record>
  void apply(const Record& record) {
    now_ += std::chrono::seconds{1};
    ASSERT_TRUE(state_.apply(Record::kType, log::encode(record), log::LogPosition{++position_}, now_));
  }
  template <class Record>
  void apply_filled(std::string Record::* identity, const char* arn) {
    auto record = filled<Record>();
    record.*identity = arn;
    apply(record);
  }

  void compare(void (*ask)(State&, Answers&)) {
    State loaded{counters_, 1, 0};
    ASSERT_TRUE(loaded.load(state_.save()));
    Answers before, after;
    ask(state_, before);
    ask(loaded, after);
    EXPECT_EQ(after.texts().size(), before.texts().size());
    for (const auto& [name, text] : before.texts()) {
      const auto it = after.texts().find(name);
      EXPECT_TRUE(it != after.texts().end() && it->second == text) << name;
    }
  }

  observe::Counters counters_;
  State state_{counters_, 1, 0};
  base::Time now_{std::chrono::hours{480'000}};
  std::uint64_t position_ = 0;
};

// If a struct gets another member, the bindings below do not compile: add it to the answers, too.

// The codec leaves out what is empty.
TEST_F(StateSnapshot, HoldsARuleWithoutTargetsBesideOneThatHasSome) {
  apply(bus::EventBusPut{.arn = kBus, .name = "b"});
  for (const char* name : {"empty", "r", "t"})
    apply(bus::RulePut{.arn = fmt::format("{}/{}", kBus, name), .bus_arn = kBus, .name = name});
  apply(bus::TargetsPut{fmt::format("{}/r", kBus), {{.id = "a"}, {.id = std::string(200, 'b')}}});
  apply(bus::TagsPut{fmt::format("{}/t", kBus), {{"key", "value"}}});
  const std::string saved = state_.save();
  State loaded{counters_, 1, 0};
  ASSERT_TRUE(loaded.load(saved));
  EXPECT_EQ(loaded.save(), saved);
  std::string text;
  for (const bus::Rule* rule : loaded.rules.rules({}))
    text += fmt::format("{} {} {}, ", rule->put.name, rule->targets.size(), rule->tags.size());
  EXPECT_EQ(text, "empty 0 0, r 2 0, t 0 1, ");
}

TEST_F(StateSnapshot, HoldsAllOfBusesAndRules) {
  apply_filled(&bus::EventBusPut::arn, kBus);
  auto rule = filled<bus::RulePut>();
  rule.arn = kRule;
  rule.bus_arn = kBus;
  rule.event_pattern = kPattern;
  rule.schedule_expression = "rate(5 minutes)";
  apply(rule);
  apply_filled(&bus::TargetsPut::rule_arn, kRule);
  for (const char* arn : {kBus, kRule}) apply_filled(&bus::TagsPut::arn, arn);
  compare([](State& state, Answers& answers) {
    const auto& [put, tags, matcher, rule_count] = *state.rules.find_bus(kBus);
    answers.add("bus", put);
    answers.add("bus tags", tags);
    answers.add("matching rules", matcher.size());
    answers.add("rules", rule_count);
    const auto& [rule_put, targets, rule_tags] = *state.rules.find_rule(kRule);
    answers.add("rule", rule_put);
    for (const auto& [id, target] : targets) answers.add("target " + id, *target);
    answers.add("rule tags", rule_tags);
    answers.add("next number", state.rules.next_rule_number());
    answers.add("next run", state.schedules.next_due(base::Time{}));
  });
}

TEST_F(StateSnapshot, HoldsAllOfArchivesAndReplays) {
  auto archive = filled<archive::ArchivePut>();
  archive.arn = kArchive;
  archive.bus_arn = kBus;
  archive.event_pattern = kPattern;
  apply(archive);
  for (const int days_ago : {2, 3, 1})
    apply(bus::EventAccepted{.time = now_ - std::chrono::days{days_ago}, .archives = {archive.number}});
  apply_filled(&archive::ReplayStarted::arn, kReplay);
  apply_filled(&archive::ReplayAdvanced::arn, kReplay);
  apply(archive::ReplayStateChanged{kReplay, archive::ReplayState::Failed, "why"});
  compare([](State& state, Answers& answers) {
    const auto& [put, buckets] = *state.archives.find(kArchive);
    answers.add("archive", put);
    for (const auto& [hour, bucket] : buckets) answers.add(fmt::format("bucket {}", hour), bucket);
    answers.add("next number", state.archives.next_number());
    const auto& [start, replay_state, state_reason, next, last_event_time, events, ended] =
        *state.replays.find(kReplay);
    answers.add("start", start);
    answers.add("state", replay_state);
    answers.add("reason", state_reason);
    answers.add("next", next);
    answers.add("last event time", last_event_time);
    answers.add("events", events);
    answers.add("ended", ended);
  });
}

TEST_F(StateSnapshot, HoldsAllOfFunctionsAndStacks) {
  apply_filled(&function::FunctionPut::arn, kFunction);
  apply_filled(&function::InvokeConfigPut::arn, kFunction);
  apply_filled(&function::ConcurrencyPut::arn, kFunction);
  apply_filled(&function::PermissionsPut::arn, kFunction);
  apply_filled(&stack::StackPut::id, "stack");
  compare([](State& state, Answers& answers) {
    const auto& [put, invoke_config, reserved_concurrency, permissions, policy_revision_id] =
        *state.functions.find(kFunction);
    answers.add("function", put);
    answers.add("invoke config", invoke_config);
    answers.add("reserved concurrency", reserved_concurrency);
    answers.add("permissions", permissions);
    answers.add("policy revision", policy_revision_id);
    answers.add("stack", *state.stacks.find("stack"));
  });
}

TEST_F(StateSnapshot, HoldsAllOfQueuesAndMessages) {
  for (const char* arn : {kQueue, kFailed}) {
    apply_filled(&queue::QueueCreated::queue_arn, arn);
    apply_filled(&queue::QueueAttributesSet::queue_arn, arn);
    apply_filled(&queue::QueueTagsSet::queue_arn, arn);
    apply(queue::QueuePurged{arn});
  }
  // Handed over to one queue, received twice, moved to the other, and received there twice.
  const queue::Handover handover{.position = log::LogPosition{7},
                                 .origin = std::make_shared<const std::string>("origin"),
                                 .message_id = {1, 2},
                                 .group_id = "group",
                                 .deduplication_id = "once"};
  ASSERT_EQ(state_.queues.accept(kQueue, handover, now_), queue::HandoverOutcome::Accepted);
  const queue::Sequence first{1};
  for (int i = 0; i < 2; ++i) apply(queue::MessagesReceived{kQueue, {first}, {}});
  apply(queue::MessagesDeadLettered{kQueue, kFailed, {first}});
  for (int i = 0; i < 2; ++i) apply(queue::MessagesReceived{kFailed, {first}, std::chrono::seconds{30}});
  compare([](State& state, Answers& answers) {
    for (const std::string arn : {kQueue, kFailed}) {
      const auto& [attributes, tags, receipt_key, created, modified, purged, messages, deduplication, expiry, watched,
                   stirred] = *state.queues.find(arn);
      answers.add(arn, attributes);
      answers.add(arn + " tags", tags);
      answers.add(arn + " receipt key", receipt_key);
      answers.add(arn + " created", created);
      answers.add(arn + " modified", modified);
      answers.add(arn + " purged", purged);
      answers.add(arn + " next sequence", messages.next_sequence());
      deduplication.for_each([&](const std::string& key, const queue::DeduplicationWindow::Entry& entry) {
        const auto& [id, sequence, accepted] = entry;
        answers.add(arn + key + " id", id);
        answers.add(arn + key + " sequence", sequence);
        answers.add(arn + key + " accepted", accepted);
      });
    }
    state.queues.find(kFailed)->messages.for_each(
        [](const queue::MessageBlock&) { ADD_FAILURE(); },
        [&](queue::Sequence, const queue::Message& message) {
          const auto& [id, position, origin, sent, visible_at, first_received, last_received, receive_count, generation,
                       group, deduplication_id, dead_letter_source, sent_out_of_order] = message;
          answers.add("id", id);
          answers.add("position", position);
          answers.add("origin", origin ? *origin : "");
          answers.add("sent", sent);
          answers.add("visible at", visible_at);
          answers.add("first received", first_received);
          answers.add("last received", last_received);
          answers.add("receive count", receive_count);
          answers.add("generation", generation);
          answers.add("group", group != nullptr ? group->name : "");
          answers.add("deduplication id", deduplication_id ? *deduplication_id : "");
          answers.add("dead-letter source", dead_letter_source != nullptr ? *dead_letter_source : "");
        });
  });
}

// If a work started empty instead, what was acknowledged would be lost.
TEST_F(StateSnapshot, IsRefusedWhereOneWorkCannotBeRead) {
  struct Saved {
    std::map<std::string, std::string> works;
    static constexpr auto members() { return Members{member("works", &Saved::works)}; }
  };
  ASSERT_TRUE(State(counters_, 1, 0).load(log::encode(Saved{state_.saved_works()})));
  for (const auto& [name, bytes] : state_.saved_works()) {
    Saved saved{state_.saved_works()};
    saved.works[name] = "\xff";
    EXPECT_FALSE(State(counters_, 1, 0).load(log::encode(saved))) << name;
  }
}

}  // namespace
}  // namespace athanor::engine
