// The subset of JSONPath that InputPath and InputPathsMap accept here: $, .name, ['name'], [n], [*] and .*.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace athanor::delivery {

class JsonPath {
 public:
  // nullopt when `path` is not one.
  static std::optional<JsonPath> parse(std::string_view path);

  // The text of the value it selects in valid JSON; with *, all of them as a list. Builds nothing beside the path: a
  // tree of a whole event would take a hundred times its size.
  std::optional<std::string> find(std::string_view json) const;

  // A member by name, an element by index, or all of them.
  struct Step {
    enum class Kind : std::uint8_t { Member, Element, All } kind;
    std::string name;
    std::size_t index = 0;
  };

 private:
  std::vector<Step> steps_;
};

}  // namespace athanor::delivery
