#include "cli/causation_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace athanor::cli {
namespace {

using ::testing::ElementsAre;

api::TracedEvent event(std::string id, std::string cause, std::int64_t position, std::string type = "T") {
  api::TracedEvent event;
  event.event_id = std::move(id);
  event.causation_id = std::move(cause);
  event.position = position;
  event.time = base::Time{std::chrono::milliseconds{1'700'000'000'000 + position * 100}};
  event.source = "s";
  event.detail_type = std::move(type);
  event.detail = "{}";
  return event;
}

std::vector<std::string> draw(const std::vector<api::TracedEvent>& events) {
  std::ostringstream out, err;
  const Console console{out, err, false, false};
  return draw_causation_tree(events, console);
}

TEST(CausationTree, HangsEachEventUnderItsCause) {
  auto root = event("r", "from-elsewhere", 0, "Started");
  root.deliveries = {
      {.rule_name = "all", .target_id = "1", .target_arn = "arn:aws:lambda:r:1:function:f", .state = "HANDED_OVER"}};
  auto child = event("c", "r", 1, "Signal");
  auto grandchild = event("g", "domain-id", 3, "Planned");
  child.detail = R"({"event_id":"domain-id"})";
  child.deliveries = {{.rule_name = "one", .target_id = "1", .target_arn = "arn:aws:sqs:r:1:q", .state = "RETRYING"}};
  EXPECT_THAT(draw({grandchild, event("d", "r", 2, "Other"), child, root}),
              ElementsAre("22:13:20.000  Started  s  r",   //
                          "│ → f by all: HANDED_OVER",     //
                          "├─ +100 ms  Signal  s  c",      //
                          "│  │ → q by one: RETRYING",     //
                          "│  └─ +200 ms  Planned  s  g",  //
                          "└─ +200 ms  Other  s  d"));
}

TEST(CausationTree, TellsTwoTargetsApartThatARuleHasOfOneKind) {
  const auto to = [](const char* rule, const char* id) {
    return api::TracedDelivery{
        .rule_name = rule, .target_id = id, .target_arn = "arn:aws:sqs:r:1:q", .state = "HANDED_OVER"};
  };
  auto root = event("r", "", 0);
  root.deliveries = {to("all", "first"), to("all", "second"), to("one", "1")};
  EXPECT_THAT(draw({root}), ElementsAre("22:13:20.000  T  s  r", "  → q (first) by all: HANDED_OVER",
                                        "  → q (second) by all: HANDED_OVER", "  → q by one: HANDED_OVER"));
}

TEST(CausationTree, DrawsEveryEventOnceAlsoInCircles) {
  EXPECT_THAT(draw({event("a", "b", 0), event("b", "a", 1), event("self", "self", 2)}),
              ElementsAre("22:13:20.200  T  s  self", "22:13:20.000  T  s  a", "└─ +100 ms  T  s  b"));
  EXPECT_THAT(draw({}), ElementsAre());
}

}  // namespace
}  // namespace athanor::cli
