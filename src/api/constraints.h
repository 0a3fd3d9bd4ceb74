// Patterns that many members share, as the service model writes them: they appear in AWS's error messages.
#pragma once

#include <string_view>

namespace athanor::api {

inline constexpr std::string_view kNamePattern = R"([\.\-_A-Za-z0-9]+)";
inline constexpr std::string_view kBusNamePattern = R"([/\.\-_A-Za-z0-9]+)";
inline constexpr std::string_view kBusNameOrArnPattern =
    R"((arn:aws[\w-]*:events:[a-z]+-[a-z]+-[\w-]+:[0-9]{12}:event-bus\/)?[/\.\-_A-Za-z0-9]+)";
inline constexpr std::string_view kEntryBusNameOrArnPattern =
    R"((arn:aws[\w-]*:events:[a-z]+-[a-z]+-[\w-]+:[0-9]{12}:event-bus\/)?[\.\-_A-Za-z0-9]+)";
inline constexpr std::string_view kKmsKeyPattern = R"(^[a-zA-Z0-9_\-/:]*$)";
inline constexpr std::string_view kEventSourceArnPattern =
    R"(^arn:aws([a-z]|\-)*:events:([a-z]|\d|\-)*:([0-9]{12})?:.+\/.+$)";

}  // namespace athanor::api
