// The only version that a function has here.
#pragma once

#include <string>
#include <string_view>

namespace athanor::function {

inline constexpr std::string_view kLatest = "$LATEST";
inline constexpr std::string_view kLatestQualifier = ":$LATEST";  // appended to a name or an ARN

inline std::string latest_arn(std::string arn) { return arn.append(kLatestQualifier); }

}  // namespace athanor::function
