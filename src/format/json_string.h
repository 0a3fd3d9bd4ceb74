// Reads a JSON string at the front of a text; everything else about strings is in json.h.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/processor.h"

namespace athanor::format {

// The length in bytes, quotes included, of the JSON string at the start of `text`, which must not be empty; 0 when
// there is none.
std::size_t json_string_length(std::string_view text);
// The same, with the string's content in `out`. Lone surrogates become U+FFFD, and set `lone_surrogate`.
std::size_t read_json_string(std::string_view text, std::string& out, bool& lone_surrogate);
// The same as on that processor, which this machine must have.
std::size_t read_json_string(base::Processor processor, std::string_view text, std::string& out, bool& lone_surrogate);
// Resolves the escapes of the text between two quotes, up to the first thing that is invalid there.
std::string unescape_json(std::string_view raw, bool& lone_surrogate);

// Whether `text`, which follows a backslash, begins with the rest of a valid escape.
bool is_json_escape(std::string_view text);

}  // namespace athanor::format
