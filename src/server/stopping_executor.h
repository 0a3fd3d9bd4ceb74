// Functions while the server stops: they reach it no more, and what they fail at by that is no failure of theirs.
#pragma once

#include <atomic>
#include <string>

#include "function/executor.h"

namespace athanor::server {

class StoppingExecutor final : public function::Executor {
 public:
  // `executor` outlives it.
  explicit StoppingExecutor(function::Executor& executor) : executor_(executor) {}

  // From here on nothing starts, and whatever does not end well was not tried: it runs again after the next start. Any
  // thread.
  void begin_stop() { is_stopping_ = true; }

  void start(function::Start start) override;
  void retire(const std::string& function_arn) override { executor_.retire(function_arn); }

 private:
  function::Executor& executor_;
  std::atomic<bool> is_stopping_ = false;
};

}  // namespace athanor::server
