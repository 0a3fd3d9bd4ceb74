// A condition written out: in words for people, and as JSON of the pattern language.
#pragma once

#include <string>
#include <vector>

#include "format/json.h"
#include "pattern/condition.h"

namespace athanor::pattern {

// `prefix "alchemiser."`, `numeric > 0 and <= 5`, `"a"`.
std::string in_words(const Condition& condition);
// The same for a clause: one of its conditions suffices, so they are joined with "or".
std::string in_words(const std::vector<Condition>& conditions);

// As an entry of a pattern's list at a path. Parsed again, it accepts the same values; `exactly` is written as a plain
// string.
format::JsonValue as_json(const Condition& condition);

// A value as written in an event.
format::JsonValue as_json(const Value& value);
std::string as_json_text(const Value& value);

// An address from its hexadecimal digits, as ip_digits() reads it.
std::string address_text(const std::string& digits);

// The shortest form that reads back as the same number, and that comparable_number() accepts; valid JSON.
std::string number_text(double number);

}  // namespace athanor::pattern
