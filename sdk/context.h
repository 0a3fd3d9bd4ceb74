// What a handler knows about the invocation it runs in.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "sdk/timestamp.h"

namespace athanor::sdk {

struct Context {
  std::string request_id;
  std::string function_arn;
  std::string trace_id;                    // X-Ray's header, to be passed on
  std::optional<std::string> replay_name;  // set when the event comes from an archive
  base::Time deadline{};                   // the process is killed then
  const base::Clock* clock = nullptr;      // borrowed for the invocation
  std::function<void(std::string_view line)> log = [](std::string_view) {};

  base::Time now() const { return clock->now(); }
  // Never negative.
  base::Duration remaining() const { return deadline > now() ? deadline - now() : base::Duration{0}; }
};

}  // namespace athanor::sdk
