// How an operation looks from outside. An operation is a type that names its request, its response and this:
//
//   struct PutRule {
//     using Request = PutRuleRequest;
//     using Response = PutRuleResponse;
//     static constexpr OperationInfo info = events_operation("PutRule");
//   };
#pragma once

#include <cstdint>
#include <string_view>

#include "base/describe.h"

namespace athanor::api {

struct OperationInfo {
  std::string_view service;        // as in a credential scope: "events"
  std::string_view name;           // "PutRule"
  std::string_view target_prefix;  // of X-Amz-Target: "AWSEvents"; empty for rest-json
  std::string_view json_version;   // "1.0" or "1.1"
  std::string_view method = "POST";
  std::string_view uri = "/";  // rest-json: "/2015-03-31/functions/{FunctionName}"
  std::uint16_t status = 200;  // of success
  bool has_output = true;      // whether the model gives it an output shape
};

constexpr OperationInfo events_operation(std::string_view name, bool has_output = true) {
  return {
      .service = "events", .name = name, .target_prefix = "AWSEvents", .json_version = "1.1", .has_output = has_output};
}
constexpr OperationInfo sqs_operation(std::string_view name, bool has_output = true) {
  return {
      .service = "sqs", .name = name, .target_prefix = "AmazonSQS", .json_version = "1.0", .has_output = has_output};
}
constexpr OperationInfo lambda_operation(std::string_view name, std::string_view method, std::string_view uri,
                                         std::uint16_t status = 200, bool has_output = true) {
  return {.service = "lambda",
          .name = name,
          .target_prefix = "",
          .json_version = "1.1",
          .method = method,
          .uri = uri,
          .status = status,
          .has_output = has_output};
}
constexpr OperationInfo athanor_operation(std::string_view name) {
  return {.service = "athanor", .name = name, .target_prefix = "Athanor", .json_version = "1.0"};
}

struct NoResponse {
  static constexpr auto members() { return Members<>{}; }
  friend bool operator==(const NoResponse&, const NoResponse&) = default;
};

}  // namespace athanor::api
