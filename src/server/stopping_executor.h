// Functions while the server stops: they can no longer reach it, and failing because of that does not count.
#pragma once

#include <atomic>
#include <string>

#include "function/executor.h"

namespace athanor::server {

class StoppingExecutor final : public function::Executor {
 public:
  // `executor` outlives it.
  explicit StoppingExecutor(function::Executor& executor) : executor_(executor) {}

  // From here on nothing starts, and whatever fails counts as not tried: it runs again after the next start. Any
  // thread.
  void begin_stop() { is_stopping_ = true; }

  void start(function::Start start) override;
  void retire(const std::string& function_arn) override { executor_.retire(function_arn); }

 private:
  function::Executor& executor_;
  std::atomic<bool> is_stopping_ = false;
};

}  // namespace athanor::server
