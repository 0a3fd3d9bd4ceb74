// All the texts that denote addresses of a range: "10.0.0.1", "010.0.0.1" and "::ffff:a00:1" are one address.
#pragma once

#include "pattern/condition.h"
#include "pattern/lint/string_set.h"

namespace athanor::pattern {

// What an IpRange accepts. The digits of its ends differ in none but the last ones, as those of a mask do. Ranges and
// addresses of different families are compared as condition.cc compares them: digit by digit.
StringSet texts_in_range(const Condition& range, Effort& effort);

// What is read as exactly this address; `digits` as of ip_digits().
StringSet texts_of_address(const std::string& digits, Effort& effort);

}  // namespace athanor::pattern
