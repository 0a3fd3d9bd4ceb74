// JSON as targets receive it: the text of a value without whitespace. No trees, which take a hundred times the size of
// the text: an event may be a megabyte, and have thousands of targets.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace athanor::delivery {

// The same value without whitespace, strings escaped no more than necessary; nullopt when `text` is not JSON.
std::optional<std::string> compact_json(std::string_view text);

// A value from compact_json as it appears inside a template's string: without any of its quotes.
std::string unquoted_json(std::string_view compact);

}  // namespace athanor::delivery
