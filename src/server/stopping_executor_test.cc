#include "server/stopping_executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace athanor::server {
namespace {

using function::OutcomeKind;
using testing::ElementsAre;

class HeldExecutor final : public function::Executor {
 public:
  void start(function::Start start) override { started.push_back(std::move(start)); }
  void retire(const std::string&) override {}
  std::vector<function::Start> started;
};

TEST(StoppingExecutor, WhatFailsWhileTheServerStopsWasNotTried) {
  HeldExecutor held;
  StoppingExecutor executor{held};
  std::vector<OutcomeKind> ended;
  const auto start = [&] {
    executor.start({.request_id = "1", .function = {}, .payload = {}, .done = [&](const function::Outcome& outcome) {
                      ended.push_back(outcome.kind);
                    }});
  };
  for (int i = 0; i < 3; ++i) start();
  held.started[0].done({.kind = OutcomeKind::FunctionError});
  executor.begin_stop();
  held.started[1].done({.kind = OutcomeKind::FunctionError});
  held.started[2].done({.kind = OutcomeKind::Success});
  start();
  EXPECT_EQ(held.started.size(), 3U);
  EXPECT_THAT(
      ended, ElementsAre(OutcomeKind::FunctionError, OutcomeKind::Refused, OutcomeKind::Success, OutcomeKind::Refused));
}

}  // namespace
}  // namespace athanor::server
