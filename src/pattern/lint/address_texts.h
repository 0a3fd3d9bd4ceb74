// All the texts that denote addresses in a range: "10.0.0.1", "010.0.0.1" and "::ffff:a00:1" are one address.
#pragma once

#include "pattern/condition.h"
#include "pattern/lint/string_set.h"

namespace athanor::pattern {

// What an IpRange accepts. Its ends differ only in their last digits, as with a mask. Ranges and addresses of different
// families are compared as condition.cc compares them: digit by digit.
StringSet texts_in_range(const Condition& range, Effort& effort);

// The texts read as exactly this address; `digits` as from ip_digits().
StringSet texts_of_address(const std::string& digits, Effort& effort);

}  // namespace athanor::pattern
