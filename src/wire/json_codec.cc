#include "wire/json_codec.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "api/path.h"
#include "base/text.h"
#include "format/json.h"

namespace athanor::wire {
namespace {

using api::Field;
using api::Kind;
using api::Shape;
using format::JsonCursor;
using format::JsonKind;

const char* name_of(Kind kind) {
  switch (kind) {
    case Kind::Struct:
      return "an object";
    case Kind::String:
      return "a string";
    case Kind::Bool:
      return "a boolean";
    case Kind::Integer:
      return "an integer";
    case Kind::Double:
      return "a number";
    case Kind::Timestamp:
      return "a timestamp";
    case Kind::Blob:
      return "a Base64 string";
    case Kind::List:
      return "a list";
    case Kind::Map:
      return "a map";
    case Kind::Optional:
      break;
  }
  return "a value";
}

// The times that a four-digit year can express.
constexpr base::Time kTimeMin = std::chrono::sys_days{std::chrono::year{1} / 1 / 1};
constexpr base::Time kTimeEnd = std::chrono::sys_days{std::chrono::year{10'000} / 1 / 1};

std::optional<base::Time> from_seconds(double seconds) {
  const double millis = std::round(seconds * 1'000);
  if (std::abs(millis) > 1e15) return std::nullopt;  // no integer can hold 1e300
  return base::Time{base::Duration{static_cast<std::int64_t>(millis)}};
}

std::optional<double> to_double(std::string_view raw) {
  double number = 0;
  const auto [end, error] = std::from_chars(raw.data(), raw.data() + raw.size(), number);
  return error == std::errc{} ? std::optional{number} : std::nullopt;  // 1e400 is valid JSON, but no double
}

class Decoder {
 public:
  Decoder(std::vector<std::string>& missing, std::size_t elements_max)
      : missing_(missing), elements_max_(elements_max) {}

  Result<void> value(JsonCursor& cursor, const Shape& shape, void* object, const api::Path& path) {
    const JsonKind kind = cursor.kind();
    const auto wrong = [&]() -> Error {
      return {ErrorCode::MalformedRequest, fmt::format("Expected {} at '{}'.", name_of(shape.kind), path.text()), {}};
    };
    switch (shape.kind) {
      case Kind::Optional:
        return value(cursor, shape.element(), shape.emplace(object), path);
      case Kind::String:
        if (kind != JsonKind::String) return wrong();
        *static_cast<std::string*>(object) = cursor.take_string();
        return {};
      case Kind::Bool:
        if (kind != JsonKind::Bool) return wrong();
        *static_cast<bool*>(object) = cursor.take_bool();
        return {};
      case Kind::Integer: {
        if (kind != JsonKind::Number) return wrong();
        const auto number = base::to_int(cursor.take_raw());
        if (!number) return wrong();
        *static_cast<std::int64_t*>(object) = *number;
        return {};
      }
      case Kind::Double: {
        if (kind != JsonKind::Number) return wrong();
        const auto number = to_double(cursor.take_raw());
        if (!number) return wrong();
        *static_cast<double*>(object) = *number;
        return {};
      }
      case Kind::Timestamp: {
        std::optional<base::Time> time;
        if (kind == JsonKind::String) {
          time = base::from_iso8601(cursor.take_string());
        } else if (kind == JsonKind::Number) {
          if (const auto seconds = to_double(cursor.take_raw())) time = from_seconds(*seconds);
        }
        if (!time || *time < kTimeMin || *time >= kTimeEnd) return wrong();
        *static_cast<base::Time*>(object) = *time;
        return {};
      }
      case Kind::Blob: {
        auto bytes = kind == JsonKind::String ? base::from_base64(cursor.take_string()) : std::nullopt;
        if (!bytes) return wrong();
        static_cast<api::Blob*>(object)->bytes = *std::move(bytes);
        return {};
      }
      case Kind::List: {
        if (kind != JsonKind::Array) return wrong();
        cursor.enter_array();
        for (std::size_t n = 1; cursor.next_element(); ++n) {
          ATHANOR_CHECK(count_element(shape.element()));
          ATHANOR_CHECK(value(cursor, shape.element(), shape.append(object), path.element(n)));
        }
        return {};
      }
      case Kind::Map: {
        if (kind != JsonKind::Object) return wrong();
        cursor.enter_object();
        for (std::string_view raw_key; cursor.next_member(raw_key);) {
          const std::string key = cursor.unescape(raw_key);
          ATHANOR_CHECK(count_element());
          const std::size_t before = shape.size(object);
          void* const element = shape.insert(object, key);
          if (shape.size(object) == before) return stands_twice(path.entry(key));
          ATHANOR_CHECK(value(cursor, shape.element(), element, path.entry(key)));
        }
        return {};
      }
      case Kind::Struct:
        if (kind != JsonKind::Object) return wrong();
        return members(cursor, shape, object, path);
    }
    return {};
  }

  Result<void> members(JsonCursor& cursor, const Shape& shape, void* object, const api::Path& path) {
    std::uint64_t seen = 0;
    cursor.enter_object();
    for (std::string_view raw_key; cursor.next_member(raw_key);) {
      const std::string unescaped = raw_key.find('\\') == std::string_view::npos ? "" : format::unescape_json(raw_key);
      const std::string_view key = unescaped.empty() ? raw_key : unescaped;
      std::size_t i = 0;
      while (i < shape.fields.size() && shape.fields[i].name != key) ++i;
      const bool known = i < shape.fields.size() && shape.fields[i].constraints->location == base::Location::Body;
      if (!known || cursor.kind() == JsonKind::Null) {
        cursor.take_raw();
        continue;
      }
      const Field& field = shape.fields[i];
      if ((seen >> i & 1) != 0) return stands_twice(path.member(field.name));
      seen |= 1ULL << i;
      ATHANOR_CHECK(value(cursor, field.shape(), field.get(object), path.member(field.name)));
    }
    for (std::size_t i = 0; i < shape.fields.size(); ++i) {
      const base::Constraints& constraints = *shape.fields[i].constraints;
      if (constraints.required && constraints.location == base::Location::Body && (seen >> i & 1) == 0) {
        missing_.push_back(path.member(shape.fields[i].name).text());
      }
    }
    return {};
  }

 private:
  Result<void> count_element() { return count(elements_, elements_max_); }
  // For lists. In memory, strings and numbers take at most ten times their size in the request.
  Result<void> count_element(const Shape& element) {
    const bool is_small = element.kind != Kind::Struct && element.kind != Kind::List && element.kind != Kind::Map;
    return is_small ? count(small_elements_, kSmallElementsMax) : count_element();
  }
  // Two lists would become one, and of two values it would be unclear which was meant.
  static Error stands_twice(const api::Path& path) {
    return {ErrorCode::MalformedRequest, fmt::format("The member '{}' occurs twice.", path.text()), {}};
  }
  static Result<void> count(std::size_t& counted, std::size_t most) {
    if (++counted <= most) return {};
    return Error{ErrorCode::MalformedRequest, fmt::format("Lists and maps have more than {} elements.", most), {}};
  }

  std::vector<std::string>& missing_;
  const std::size_t elements_max_;
  std::size_t elements_ = 0;
  std::size_t small_elements_ = 0;
};

void encode(std::string& out, const Shape& shape, const void* object) {
  switch (shape.kind) {
    case Kind::Optional:
      if (const void* value = shape.value(object))
        encode(out, shape.element(), value);
      else
        out += "null";
      return;
    case Kind::String:
      format::append_json_string(out, *static_cast<const std::string*>(object));
      return;
    case Kind::Bool:
      out += *static_cast<const bool*>(object) ? "true" : "false";
      return;
    case Kind::Integer:
      fmt::format_to(std::back_inserter(out), "{}", *static_cast<const std::int64_t*>(object));
      return;
    case Kind::Double:
      fmt::format_to(std::back_inserter(out), "{}", *static_cast<const double*>(object));
      return;
    case Kind::Timestamp: {
      const std::int64_t millis = static_cast<const base::Time*>(object)->time_since_epoch().count();
      if (millis % 1'000 == 0)
        fmt::format_to(std::back_inserter(out), "{}", millis / 1'000);
      else
        fmt::format_to(std::back_inserter(out), "{}{}.{:03}", millis < 0 ? "-" : "", std::abs(millis) / 1'000,
                       std::abs(millis) % 1'000);
      return;
    }
    case Kind::Blob:
      out.append("\"").append(base::to_base64(static_cast<const api::Blob*>(object)->bytes)).append("\"");
      return;
    case Kind::List:
      out += '[';
      for (std::size_t i = 0; i < shape.size(object); ++i) {
        if (i > 0) out += ',';
        encode(out, shape.element(), shape.at(object, i));
      }
      out += ']';
      return;
    case Kind::Map: {
      out += '{';
      bool first = true;
      shape.each(object, [&](const std::string& key, const void* value) {
        if (!std::exchange(first, false)) out += ',';
        format::append_json_string(out, key);
        out += ':';
        encode(out, shape.element(), value);
      });
      out += '}';
      return;
    }
    case Kind::Struct: {
      out += '{';
      bool first = true;
      for (const Field& field : shape.fields) {
        if (field.constraints->location != base::Location::Body) continue;
        const Shape& its = field.shape();
        const void* member = field.get_const(object);
        if (its.kind == Kind::Optional && its.value(member) == nullptr) continue;
        if (!std::exchange(first, false)) out += ',';
        out.append("\"").append(field.name).append("\":");
        encode(out, its, member);
      }
      out += '}';
      return;
    }
  }
}

}  // namespace

Result<void> decode_json(std::string_view text, const Shape& shape, void* object, std::vector<std::string>& missing,
                         std::size_t elements_max) {
  if (base::trim(text).empty()) text = "{}";
  JsonCursor cursor{text};
  Result<void> decoded;
  if (cursor.kind() == JsonKind::Object) decoded = Decoder{missing, elements_max}.members(cursor, shape, object, {});
  // Errors in the whole come before errors in a member.
  const bool is_json = decoded ? cursor.at_end() && base::is_valid_utf8(text) : format::is_valid_json_object(text);
  if (!is_json) return Error{ErrorCode::MalformedRequest, "The request body is not a JSON object.", {}};
  // No string of ours holds half a character, and to pass on a different one than was sent would be a lie.
  if (decoded && cursor.met_lone_surrogate())
    return Error{ErrorCode::InvalidMessageContents, "Invalid characters found: half of a surrogate pair alone.", {}};
  return decoded;
}

std::string encode_json(const Shape& shape, const void* object) {
  std::string out;
  encode(out, shape, object);
  return out;
}

}  // namespace athanor::wire
