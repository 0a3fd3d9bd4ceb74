// Letters and digits of ASCII: what most names on AWS are made of.
#pragma once

namespace athanor::base {

constexpr bool is_alphanumeric_ascii(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace athanor::base
