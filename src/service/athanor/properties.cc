#include "service/athanor/properties.h"

#include <fmt/format.h>

#include <algorithm>

#include "stack/evaluate.h"
#include "stack/nearest.h"

namespace athanor::service::athanor {
namespace {

using api::Kind;
using format::JsonKind;
using format::JsonValue;

std::string_view kind_name(JsonKind kind) {
  switch (kind) {
    case JsonKind::Null:
      return "Null";
    case JsonKind::Bool:
      return "Boolean";
    case JsonKind::Number:
      return "Number";
    case JsonKind::String:
      return "String";
    case JsonKind::Array:
      return "JSONArray";
    case JsonKind::Object:
      return "JSONObject";
  }
  return "Null";
}

// Tracks the path of the value being read; it grows and shrinks with the walk.
class Reader {
 public:
  Result<void> read(const JsonValue& value, const api::Shape& shape, void* object) {
    switch (shape.kind) {
      case Kind::Struct:
        return read_struct(value, shape, object);
      case Kind::List:
        return read_list(value, shape, object);
      case Kind::Map:
        return read_map(value, shape, object);
      case Kind::Optional:
        return read(value, shape.element(), shape.emplace(object));
      case Kind::String: {
        auto text = stack::scalar_text(value);
        if (!text) return expected("String", value);
        *static_cast<std::string*>(object) = std::move(*text);
        return {};
      }
      case Kind::Integer: {
        const auto number = value.as_int();
        if (!number) return expected("Integer", value);
        *static_cast<std::int64_t*>(object) = *number;
        return {};
      }
      case Kind::Bool: {
        const auto text = stack::scalar_text(value);
        if (text != "true" && text != "false") return expected("Boolean", value);
        *static_cast<bool*>(object) = text == "true";
        return {};
      }
      case Kind::Double:
      case Kind::Timestamp:
      case Kind::Blob:
        break;
    }
    return expected("nothing", value);  // no property is of these kinds
  }

 private:
  Result<void> read_struct(const JsonValue& value, const api::Shape& shape, void* object) {
    if (!value.is_object()) return expected("JSONObject", value);
    for (const auto& [key, member] : value.members) {
      const auto field = std::ranges::find(shape.fields, key, &api::Field::name);
      if (field == shape.fields.end()) return extraneous(key, shape);
      ATHANOR_CHECK(below(key, [&] { return read_field(member, *field, object); }));
    }
    for (const auto& field : shape.fields) {
      if (field.constraints->required && value.find(field.name) == nullptr) {
        return refuse(fmt::format("required key [{}] not found", field.name));
      }
    }
    return {};
  }

  Result<void> read_field(const JsonValue& value, const api::Field& field, void* object) {
    void* member = field.get(object);
    if (field.constraints->pattern != kAnyJson) return read(value, field.shape(), member);
    std::string text = value.is_string() ? value.text : format::print_json(value);
    if (field.shape().kind == Kind::Optional) member = field.shape().emplace(member);
    *static_cast<std::string*>(member) = std::move(text);
    return {};
  }

  Result<void> read_list(const JsonValue& value, const api::Shape& shape, void* object) {
    if (!value.is_array()) return expected("JSONArray", value);
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      ATHANOR_CHECK(
          below(std::to_string(i), [&] { return read(value.items[i], shape.element(), shape.append(object)); }));
    }
    return {};
  }

  Result<void> read_map(const JsonValue& value, const api::Shape& shape, void* object) {
    if (!value.is_object()) return expected("JSONObject", value);
    for (const auto& [key, member] : value.members) {
      ATHANOR_CHECK(below(key, [&] { return read(member, shape.element(), shape.insert(object, key)); }));
    }
    return {};
  }

  // On an error the path stays where the error occurred.
  Result<void> below(const std::string& step, const auto& read_it) {
    const std::size_t length = path_.size();
    path_ += "/" + step;
    ATHANOR_CHECK(read_it());
    path_.resize(length);
    return {};
  }

  Error refuse(std::string_view why) const {
    return {ErrorCode::InvalidInput, fmt::format("#{}: {}", path_, why), path_};
  }

  Error expected(std::string_view wanted, const JsonValue& found) const {
    return refuse(fmt::format("expected type: {}, found: {}", wanted, kind_name(found.kind)));
  }

  Error extraneous(const std::string& key, const api::Shape& shape) const {
    std::vector<std::string_view> names;
    for (const auto& field : shape.fields) names.push_back(field.name);
    Error error = refuse(fmt::format("extraneous key [{}] is not permitted{}", key, stack::did_you_mean(key, names)));
    error.detail += "/" + key;
    return error;
  }

  std::string path_;
};

}  // namespace

Result<void> read_properties(const JsonValue& properties, const api::Shape& shape, void* object) {
  return Reader{}.read(properties, shape, object);
}

}  // namespace athanor::service::athanor
