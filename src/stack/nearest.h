// "Did you mean ...?": the candidate that a mistyped word was probably meant to be.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace athanor::stack {

// The candidate with the fewest edits, if they are few for the word's length (one in three letters), or one that begins
// or ends with the word; empty when none is near. Ignores case.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

// The end of a message: ", did you mean Bucket?", or nothing when none is near.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace athanor::stack
