// Characters beyond ASCII: decoding them, and what Unicode says about their case.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace athanor::pattern {

// Decodes the code point at text[i] of valid UTF-8 and moves i past it.
char32_t next_code_point(std::string_view text, std::size_t& i);

// By simple case mapping: É equals é, but ß is not SS and the Kelvin sign is not k.
bool same_but_for_case(char32_t a, char32_t b);
// All other characters that differ from this one only in case.
std::vector<char32_t> same_but_for_case(char32_t c);

// Letters and digits of any script.
bool is_letter_or_digit(char32_t c);

}  // namespace athanor::pattern
