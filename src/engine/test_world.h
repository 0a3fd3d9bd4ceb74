// For tests: a world in which nothing happens, and one that reads.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "engine/world.h"

namespace athanor::engine {

struct StillWorld : World {
  void start_function(function::Start) override {}
  void retire_function(const std::string& arn) override { retired.push_back(arn); }
  void read_log(std::move_only_function<void(const log::Log&)>) override { ++reads; }
  void post(std::move_only_function<void(Call&)>) override {}

  int reads = 0;  // asked for
  std::vector<std::string> retired;
};

// Reads at once; what was posted runs when the test says so.
struct ReadingWorld final : StillWorld {
  explicit ReadingWorld(const log::Log& its_log) : log(its_log) {}
  void read_log(std::move_only_function<void(const log::Log&)> work) override { work(log); }
  void post(std::move_only_function<void(Call&)> decision) override { posted.push_back(std::move(decision)); }

  const log::Log& log;
  std::deque<std::move_only_function<void(Call&)>> posted;
};

}  // namespace athanor::engine
