// The front of a text as a string of JSON; what else is asked of strings stands in json.h.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace athanor::format {

// The length in bytes, quotes included, of the JSON string at the start of `text`, which is not empty; 0 when there is
// none.
std::size_t json_string_length(std::string_view text);
// The same, and in `out` what the string says. Lone surrogates become U+FFFD, and set `lone_surrogate`.
std::size_t read_json_string(std::string_view text, std::string& out, bool& lone_surrogate);
// The same as a machine without AVX-512 does it.
std::size_t read_json_string_plainly(std::string_view text, std::string& out, bool& lone_surrogate);
// What the text between two quotes says, up to what may not stand there.
std::string unescape_json(std::string_view raw, bool& lone_surrogate);

// Whether `text`, what stands behind a backslash, goes on as an escape.
bool is_json_escape(std::string_view text);

}  // namespace athanor::format
