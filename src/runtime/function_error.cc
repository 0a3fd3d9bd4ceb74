#include "runtime/function_error.h"

#include <utility>

#include "base/text.h"
#include "format/json.h"

namespace athanor::runtime {

std::string error_json(std::string_view type, std::string_view message) {
  std::string out = R"({"errorType":)";
  format::append_json_string(out, type);
  out += R"(,"errorMessage":)";
  format::append_json_string(out, message);
  return out + "}";
}

function::Outcome failure(function::OutcomeKind kind, std::string_view type, std::string_view message) {
  return {.kind = kind, .payload = error_json(type, message), .error_type = std::string{type}};
}

std::string error_type_of(const http::Request& request) {
  if (const auto body = format::parse_json(request.body); body) {
    if (auto type = body->text_at("errorType"); type && !type->empty()) return *std::move(type);
  }
  const std::string_view header = request.header("Lambda-Runtime-Function-Error-Type");
  return header.empty() ? "Unhandled" : std::string{header};
}

std::optional<function::Outcome> error_behind_answer(const http::Request& request) {
  const std::string_view type = http::find_header(request.trailers, "Lambda-Runtime-Function-Error-Type");
  if (type.empty()) return std::nullopt;
  auto body = base::from_base64(http::find_header(request.trailers, "Lambda-Runtime-Function-Error-Body"));
  const bool is_told = body && !body->empty();
  return function::Outcome{
      .kind = function::OutcomeKind::FunctionError,
      .payload = is_told ? *std::move(body) : error_json(type, "The function failed after it had begun its response."),
      .error_type = std::string{type}};
}

}  // namespace athanor::runtime
