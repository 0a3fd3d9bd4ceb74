// Of JSONPath what InputPath and InputPathsMap take here: $, .name, ['name'], [n], [*] and .*.
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
  // nullopt where `path` is none.
  static std::optional<JsonPath> parse(std::string_view path);

  // What it leads to in valid JSON, as the text that stands there; of a * all, as a list. Only what is on the way is
  // looked at: a tree of a whole event would take a hundred times its size.
  std::optional<std::string> find(std::string_view json) const;

  // A member's name, an element's number, or all of them.
  struct Step {
    enum class Kind : std::uint8_t { Member, Element, All } kind;
    std::string name;
    std::size_t index = 0;
  };

 private:
  std::vector<Step> steps_;
};

}  // namespace athanor::delivery
