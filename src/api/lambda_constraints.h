// What Lambda's service model says about members that many requests have, under the model's own names.
#pragma once

#include <string_view>

#include "base/describe.h"

namespace athanor::api {

inline constexpr std::string_view kFunctionNamePattern =
    R"((arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?)";

inline constexpr base::Constraints kFunctionName = {.length_min = 1,
                                                    .length_max = 140,
                                                    .pattern = kFunctionNamePattern,
                                                    .required = true,
                                                    .location = base::Location::Uri};

inline constexpr base::Constraints kNamespacedFunctionName = {
    .length_min = 1,
    .length_max = 256,
    .pattern =
        R"((arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:|(((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?))(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?)",
    .required = true,
    .location = base::Location::Uri};

inline constexpr base::Constraints kQualifier = {.length_min = 1,
                                                 .length_max = 128,
                                                 .pattern = R"(\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+)",
                                                 .location = base::Location::Query};

inline constexpr std::string_view kRuntimes =
    "nodejs, nodejs4.3, nodejs6.10, nodejs8.10, nodejs10.x, nodejs12.x, nodejs14.x, nodejs16.x, "
    "nodejs18.x, nodejs20.x, nodejs22.x, nodejs24.x, java8, java8.al2, java11, java17, java21, "
    "java25, python2.7, python3.6, python3.7, python3.8, python3.9, python3.10, python3.11, "
    "python3.12, python3.13, python3.14, dotnetcore1.0, dotnetcore2.0, dotnetcore2.1, "
    "dotnetcore3.1, dotnet6, dotnet8, dotnet10, nodejs4.3-edge, go1.x, ruby2.5, ruby2.7, "
    "ruby3.2, ruby3.3, ruby3.4, ruby4.0, provided, provided.al2, provided.al2023, nodejs26.x, "
    "python3.15, java8.al2023, java11.al2023, java17.al2023";

}  // namespace athanor::api
