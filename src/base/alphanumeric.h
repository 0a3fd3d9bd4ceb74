// ASCII letters and digits, of which most AWS names are made.
#pragma once

#include <string_view>

namespace athanor::base {

constexpr bool is_letter_ascii(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_digit_ascii(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_alphanumeric_ascii(char c) { return is_letter_ascii(c) || is_digit_ascii(c); }

// One digit or more, and nothing else.
constexpr bool is_digits_ascii(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// Whether it is an AWS account id: 12 digits.
constexpr bool is_account_id(std::string_view text) { return text.size() == 12 && is_digits_ascii(text); }

}  // namespace athanor::base
