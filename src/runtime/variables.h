// The environment variables that a function gets. Source: Lambda Developer Guide, "defined runtime environment
// variables".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "function/executor.h"

namespace athanor::runtime {

// What the variables say about where a function runs.
struct Place {
  std::string code_directory;
  std::string log_stream;
  std::uint16_t runtime_api_port = 0;
  std::string endpoint_url;  // none when empty
  std::string access_key_id;
  std::string secret_access_key;
};

// "NAME=value", complete. The function's own take precedence over those that Lambda lets it set.
std::vector<std::string> variables_of(const function::FunctionSpec& function, const Place& place);

}  // namespace athanor::runtime
