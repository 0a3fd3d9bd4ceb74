// JSON as targets receive it: the text of a value without its blanks. No trees, which take a hundred times the size of
// a text: an event may be a megabyte, and have thousands of targets.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace athanor::delivery {

// The same value without blanks, its strings escaped no more than they must be; nullopt when `text` is no JSON.
std::optional<std::string> compact_json(std::string_view text);

// How a template's string shows a value, which compact_json gave: objects and lists without quotes.
std::string unquoted_json(std::string_view compact);

}  // namespace athanor::delivery
