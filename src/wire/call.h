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

struct Recognised {
  Protocol protocol = Protocol::AwsJson;
  std::string service;    // "events", "sqs", "lambda", "athanor"
  std::string operation;  // "PutEvents"
  std::string json_version = "1.1";
  http::Parameters parameters;  // Query: the whole form
};

// By the X-Amz-Target header (POST only); else by the path, if it begins with a date as Lambda's do, since `curl -d`
// calls any body a form; else by the Action of a form (POST) or of the query (POST or GET). UnknownOperation, with its
// name, when it is not one of ours; `recognised` is then filled as far as the request was understood, so that the error
// can be encoded in the caller's protocol.
Result<void> recognise(const http::Request& request, Recognised& recognised);

// UnknownOperation, in our words: some clients show nothing for an error without a message.
Error not_served(std::string_view operation);

// Matches a path against a rest-json operation's template: the labels' values in template order, decoded; nullopt when
// it does not match.
std::optional<http::Parameters> match_uri(std::string_view uri_template, std::string_view raw_path);

// The rest-json operations that `recognise` knows by method and template, filled from the operations' descriptions.
struct RestOperation {
  std::string_view service;
  std::string_view name;
  std::string_view method;
  std::string_view uri;
};
std::span<const RestOperation> rest_operations();

}  // namespace athanor::wire
