// How complex the wildcards of one field are: AWS refuses a pattern by this measure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace athanor::pattern {

// Above this a pattern is refused. Source: the example in event-ruler's README; AWS accepted 7 and refused 11.
inline constexpr std::size_t kWildcardComplexityMax = 10;

// Whether some text puts the wildcards in more than kWildcardComplexityMax places at once, when each is followed
// character by character in every way it can match. Also true if finding out takes too long.
bool are_too_complex(const std::vector<std::string>& wildcards);

}  // namespace athanor::pattern
