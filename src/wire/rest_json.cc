#include "wire/rest_json.h"

#include <fmt/format.h>

#include <functional>

#include "api/validate.h"
#include "base/text.h"
#include "wire/call.h"
#include "wire/json_codec.h"

namespace athanor::wire {
namespace {

using api::Field;
using api::Kind;
using api::Shape;
using base::Location;

std::string_view location_name(const Field& field) {
  return field.constraints->location_name.empty() ? field.name : field.constraints->location_name;
}

// Sets a scalar member from its text in a path, query or header.
Result<void> set_text(const Field& field, void* object, std::string_view text) {
  const Shape* shape = &field.shape();
  void* member = field.get(object);
  if (shape->kind == Kind::Optional) {
    member = shape->emplace(member);
    shape = &shape->element();
  }
  const auto wrong = [&]() -> Error {
    return bad_parameter(fmt::format("Value '{}' at '{}' cannot be read.", text, api::lower_first(field.name)));
  };
  switch (shape->kind) {
    case Kind::String:
      *static_cast<std::string*>(member) = text;
      return {};
    case Kind::Bool:
      *static_cast<bool*>(member) = text == "true";
      return {};
    case Kind::Integer: {
      const auto number = base::to_int(text);
      if (!number) return wrong();
      *static_cast<std::int64_t*>(member) = *number;
      return {};
    }
    default:
      return wrong();
  }
}

// The text of a scalar member, or nullopt when it is absent.
std::optional<std::string> get_text(const Field& field, const void* object) {
  const Shape* shape = &field.shape();
  const void* member = field.get_const(object);
  if (shape->kind == Kind::Optional) {
    member = shape->value(member);
    if (member == nullptr) return std::nullopt;
    shape = &shape->element();
  }
  switch (shape->kind) {
    case Kind::String:
      return *static_cast<const std::string*>(member);
    case Kind::Bool:
      return *static_cast<const bool*>(member) ? "true" : "false";
    case Kind::Integer:
      return fmt::format("{}", *static_cast<const std::int64_t*>(member));
    default:
      return std::nullopt;
  }
}

// The member that is the whole body, if there is one: a Blob.
const Field* payload_of(const Shape& shape) {
  for (const Field& field : shape.fields) {
    if (field.constraints->location == Location::Payload) return &field;
  }
  return nullptr;
}

std::string* payload_bytes(const Field& field, void* object) {
  const Shape& shape = field.shape();
  void* member = field.get(object);
  if (shape.kind == Kind::Optional) member = shape.emplace(member);
  return &static_cast<api::Blob*>(member)->bytes;
}

const std::string* payload_bytes_if_present(const Field& field, const void* object) {
  const Shape& shape = field.shape();
  const void* member = field.get_const(object);
  if (shape.kind == Kind::Optional) member = shape.value(member);
  return member == nullptr ? nullptr : &static_cast<const api::Blob*>(member)->bytes;
}

bool has_body_members(const Shape& shape) {
  for (const Field& field : shape.fields) {
    if (field.constraints->location == Location::Body) return true;
  }
  return false;
}

}  // namespace

Result<void> decode_rest_request(const api::OperationInfo& operation, const http::Request& request, const Shape& shape,
                                 void* object, std::vector<std::string>& missing) {
  const auto labels = match_uri(operation.uri, request.raw_path());
  const auto query = http::parse_form(request.raw_query());
  if (!labels || !query) return Error{ErrorCode::MalformedRequest, "The path or query cannot be read.", {}};
  for (const http::Parameters& texts : {std::cref(*labels), std::cref(*query)}) {
    for (const auto& [name, text] : texts) {
      if (!base::is_valid_utf8(text))
        return Error{ErrorCode::MalformedRequest, "The path or query cannot be read.", {}};
    }
  }
  for (const Field& field : shape.fields) {
    const std::string* text = nullptr;
    std::string header;
    switch (field.constraints->location) {
      case Location::Uri:
        text = http::find_parameter(*labels, location_name(field));
        break;
      case Location::Query:
        text = http::find_parameter(*query, location_name(field));
        break;
      case Location::Header:
        header = request.header(location_name(field));
        if (!header.empty()) text = &header;
        break;
      default:
        continue;
    }
    if (text != nullptr) {
      ATHANOR_CHECK(set_text(field, object, *text));
    } else if (field.constraints->required) {
      missing.push_back(api::lower_first(field.name));
    }
  }
  if (const Field* payload = payload_of(shape)) {
    *payload_bytes(*payload, object) = request.body;
    return {};
  }
  if (!has_body_members(shape)) return {};
  return decode_json(request.body, shape, object, missing, kRequestElementsMax);
}

http::Response encode_rest_response(const api::OperationInfo& operation, const Shape& shape, const void* object) {
  http::Response response{operation.status, {}, {}};
  for (const Field& field : shape.fields) {
    const Location location = field.constraints->location;
    if (location != Location::Header && location != Location::StatusCode) continue;
    const auto text = get_text(field, object);
    if (!text) continue;
    if (location == Location::Header)
      response.headers.push_back({std::string{location_name(field)}, *text});
    else
      response.status = static_cast<std::uint16_t>(*base::to_int(*text));
  }
  if (const Field* payload = payload_of(shape)) {
    if (const std::string* bytes = payload_bytes_if_present(*payload, object)) response.body = *bytes;
  } else if (operation.has_output) {
    response.body = encode_json(shape, object);
  }
  response.headers.push_back({"Content-Type", "application/json"});
  return response;
}

http::Request encode_rest_request(const api::OperationInfo& operation, const Shape& shape, const void* object) {
  http::Request request{
      .method = std::string{operation.method}, .target = std::string{operation.uri}, .headers = {}, .body = {}};
  http::Parameters query;
  for (const Field& field : shape.fields) {
    const auto text = get_text(field, object);
    if (!text) continue;
    switch (field.constraints->location) {
      case Location::Uri: {
        const std::string label = fmt::format("{{{}}}", location_name(field));
        if (const auto at = request.target.find(label); at != std::string::npos) {
          request.target.replace(at, label.size(), http::percent_encode(*text));
        }
        break;
      }
      case Location::Query:
        query.emplace_back(location_name(field), *text);
        break;
      case Location::Header:
        request.headers.push_back({std::string{location_name(field)}, *text});
        break;
      default:
        break;
    }
  }
  if (!query.empty()) request.target += "?" + http::print_form(query);
  if (const Field* payload = payload_of(shape)) {
    if (const std::string* bytes = payload_bytes_if_present(*payload, object)) request.body = *bytes;
    request.headers.push_back({"Content-Type", "application/octet-stream"});
  } else if (has_body_members(shape)) {
    request.body = encode_json(shape, object);
    request.headers.push_back({"Content-Type", "application/json"});
  }
  return request;
}

Result<void> decode_rest_response(const http::Response& response, const Shape& shape, void* object,
                                  std::vector<std::string>& missing) {
  for (const Field& field : shape.fields) {
    const Location location = field.constraints->location;
    if (location == Location::StatusCode) {
      ATHANOR_CHECK(set_text(field, object, fmt::format("{}", response.status)));
    } else if (location == Location::Header) {
      const std::string_view text = response.header(location_name(field));
      if (!text.empty()) ATHANOR_CHECK(set_text(field, object, text));
    }
  }
  if (const Field* payload = payload_of(shape)) {
    *payload_bytes(*payload, object) = response.body;
    return {};
  }
  return decode_json(response.body, shape, object, missing);
}

}  // namespace athanor::wire
