// Environment variables and small files as functions, so that reading settings is a pure function over them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace athanor::sdk {

// The value of a variable; nullopt when it is not set.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;

// The contents of a file; nullopt when it cannot be read.
using ReadFile = std::function<std::optional<std::string>(const std::string& path)>;

// A variable that is set and not empty: shells and templates write "" for "not set".
inline std::optional<std::string> non_empty(const Environment& environment, std::string_view name) {
  auto value = environment(name);
  if (value && value->empty()) value.reset();
  return value;
}

}  // namespace athanor::sdk
