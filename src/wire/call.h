// What a request asks for, and in which protocol.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace athanor::wire {

enum class Protocol : std::uint8_t { AwsJson, Query, RestJson };

struct Call {
  Protocol protocol = Protocol::AwsJson;
  std::string service;    // "events", "sqs", "lambda", "athanor"
  std::string operation;  // "PutEvents"
  std::string json_version = "1.1";
  http::Parameters parameters;  // Query: all of the form
};

// Looks at the X-Amz-Target header, else a form's Action, else the path; the first two of a POST, an Action of a GET,
// too. UnknownOperation, named, when it is none of ours; `call` is then filled as far as it was understood, so that the
// error can be written in the caller's protocol.
Result<void> recognise(const http::Request& request, Call& call);

// The path template of a rest-json operation against a path: the labels' values in order of the template, decoded;
// nullopt when it is another path.
std::optional<http::Parameters> match_uri(std::string_view uri_template, std::string_view raw_path);

// rest-json operations that `recognise` knows, by method and template: filled from the operations' own descriptions.
struct RestOperation {
  std::string_view service;
  std::string_view name;
  std::string_view method;
  std::string_view uri;
};
std::span<const RestOperation> rest_operations();

}  // namespace athanor::wire
