// The works' strings as optional members of responses: AWS leaves out what was never given.
#pragma once

#include <optional>
#include <string>

namespace athanor::service {

inline std::optional<std::string> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional{text};
}

}  // namespace athanor::service
