// Amazon Resource Names: parsed, and built for our resources.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace athanor::api {

// arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE. Views borrow from the text.
struct Arn {
  std::string_view partition;
  std::string_view service;
  std::string_view region;
  std::string_view account;
  std::string_view resource;  // "event-bus/orders"; may itself contain colons
};

std::optional<Arn> parse_arn(std::string_view text);

// Where names are resolved: "arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE".
std::string make_arn(std::string_view service, std::string_view region, std::string_view account,
                     std::string_view resource);

// NAME from the "event-bus/NAME" of a bus's ARN; empty when the resource is of another type.
std::string_view arn_name(std::string_view arn, std::string_view resource_type);

}  // namespace athanor::api
