// For tests: a world in which nothing happens.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/world.h"

namespace athanor::engine {

struct StillWorld : World {
  void start_function(function::Start) override {}
  void retire_function(const std::string& arn) override { retired.push_back(arn); }
  void read_log(std::move_only_function<void(const log::Log&)>) override { ++reads; }
  void post(std::function<void(Call&)>) override {}

  int reads = 0;  // asked for
  std::vector<std::string> retired;
};

}  // namespace athanor::engine
