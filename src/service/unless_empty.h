// Texts of the works as optional members of answers: AWS leaves out what nobody gave.
#pragma once

#include <optional>
#include <string>

namespace athanor::service {

inline std::optional<std::string> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional{text};
}

}  // namespace athanor::service
