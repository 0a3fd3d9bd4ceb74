// Events as JSON, by walking over described structs: the only codec of typed events.
//
// Writing: members in the order of their declaration, a Decimal and a Timestamp as strings, an empty optional as null.
// Reading: strings trimmed, a Decimal from a string or from a number's text, unknown members ignored, nothing
// converted: "5" is not a number. A value that a member's constraints or a struct's own `check` refuses is
// InvalidInput, naming the member ("rebalance_plan.items[2].priority").
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/describe.h"
#include "base/result.h"
#include "format/json.h"
#include "sdk/decimal.h"
#include "sdk/timestamp.h"

namespace athanor::sdk {

// Marks a value that the codec is about to fill from text. Only the codec makes one: see sdk/event.h.
class Received {
 private:
  friend struct EventJson;
  Received() {}
};

struct EventJson {
  template <class T>
  static std::string write(const T& value) {
    std::string out;
    append(out, value);
    return out;
  }

  // InvalidInput naming the string that is not UTF-8: write() would write a different one.
  template <class T>
  static Result<void> check_utf8(const T& value) {
    return check_text(value, "");
  }

  template <class T>
  static Result<T> read(const format::JsonValue& json) {
    auto value = make<T>();
    ATHANOR_CHECK(take(json, value, "", base::Constraints{}));
    return value;
  }

  template <class T>
  static Result<T> read(std::string_view text) {
    ATHANOR_TRY(json, format::parse_json(text));
    return read<T>(json);
  }

 private:
  // Writing.
  static void append(std::string& out, const std::string& value);
  static void append(std::string& out, bool value);
  static void append(std::string& out, std::int64_t value);
  static void append(std::string& out, const Decimal& value);
  static void append(std::string& out, const Timestamp& value);
  static void append(std::string& out, const format::JsonValue& value);

  template <class T>
  static void append(std::string& out, const std::optional<T>& value) {
    if (value) {
      append(out, *value);
    } else {
      out += "null";
    }
  }

  template <class T>
  static void append(std::string& out, const std::vector<T>& values) {
    char separator = '[';
    for (const auto& value : values) {
      out += separator;
      append(out, value);
      separator = ',';
    }
    out += values.empty() ? "[]" : "]";
  }

  template <class T>
  static void append(std::string& out, const std::map<std::string, T>& values) {
    char separator = '{';
    for (const auto& [key, value] : values) {
      out += separator;
      append(out, key);
      out += ':';
      append(out, value);
      separator = ',';
    }
    out += values.empty() ? "{}" : "}";
  }

  template <base::Described T>
  static void append(std::string& out, const T& value) {
    char separator = '{';
    base::for_each_member(value, [&](const auto& member, const auto& field) {
      out += separator;
      append(out, std::string{member.name});
      out += ':';
      append(out, field);
      separator = ',';
    });
    out += '}';
  }

  // Checking strings. `path` names the value.
  static Result<void> check_text(const std::string& value, const std::string& path);
  static Result<void> check_text(const format::JsonValue& value, const std::string& path);

  template <class T>
  static Result<void> check_text(const T&, const std::string&) {
    return {};
  }

  template <class T>
  static Result<void> check_text(const std::optional<T>& value, const std::string& path) {
    return value ? check_text(*value, path) : Result<void>{};
  }

  template <class T>
  static Result<void> check_text(const std::vector<T>& values, const std::string& path) {
    for (std::size_t i = 0; i < values.size(); ++i)
      ATHANOR_CHECK(check_text(values[i], path + "[" + std::to_string(i) + "]"));
    return {};
  }

  template <class T>
  static Result<void> check_text(const std::map<std::string, T>& values, const std::string& path) {
    for (const auto& [key, value] : values) {
      ATHANOR_CHECK(check_text(key, path));
      ATHANOR_CHECK(check_text(value, path + "." + key));
    }
    return {};
  }

  template <base::Described T>
  static Result<void> check_text(const T& value, const std::string& path) {
    Result<void> checked;
    base::for_each_member(value, [&](const auto& member, const auto& field) {
      if (checked) checked = check_text(field, inside(path, member.name));
    });
    return checked;
  }

  static std::string inside(const std::string& path, std::string_view name) {
    return path.empty() ? std::string{name} : path + "." + std::string{name};
  }

  // Reading. `path` names the value in errors; `constraints` are those of the member that holds it.
  using Json = format::JsonValue;
  using Constraints = base::Constraints;
  static Result<void> take(const Json& json, std::string& out, const std::string& path, const Constraints& constraints);
  static Result<void> take(const Json& json, bool& out, const std::string& path, const Constraints& constraints);
  static Result<void> take(const Json& json, std::int64_t& out, const std::string& path,
                           const Constraints& constraints);
  static Result<void> take(const Json& json, Decimal& out, const std::string& path, const Constraints& constraints);
  static Result<void> take(const Json& json, Timestamp& out, const std::string& path, const Constraints& constraints);
  static Result<void> take(const Json& json, Json& out, const std::string& path, const Constraints& constraints);
  static Result<void> expect(const Json& json, format::JsonKind kind, const std::string& path);
  static Result<void> check_count(std::size_t count, const std::string& path, const Constraints& constraints);
  static Error missing(const std::string& path);
  static Error at(const std::string& path, Error error);

  template <class T>
  static Result<void> take(const Json& json, std::optional<T>& out, const std::string& path,
                           const Constraints& constraints) {
    if (json.kind == format::JsonKind::Null) {
      out.reset();
      return {};
    }
    return take(json, out.emplace(make<T>()), path, constraints);
  }

  template <class T>
  static Result<void> take(const Json& json, std::vector<T>& out, const std::string& path,
                           const Constraints& constraints) {
    ATHANOR_CHECK(expect(json, format::JsonKind::Array, path));
    ATHANOR_CHECK(check_count(json.items.size(), path, constraints));
    out.clear();
    for (std::size_t i = 0; i < json.items.size(); ++i) {
      ATHANOR_CHECK(
          take(json.items[i], out.emplace_back(make<T>()), path + "[" + std::to_string(i) + "]", Constraints{}));
    }
    return {};
  }

  template <class T>
  static Result<void> take(const Json& json, std::map<std::string, T>& out, const std::string& path,
                           const Constraints& constraints) {
    ATHANOR_CHECK(expect(json, format::JsonKind::Object, path));
    ATHANOR_CHECK(check_count(json.members.size(), path, constraints));
    out.clear();
    for (const auto& [key, value] : json.members) {
      const auto [place, fresh] = out.emplace(key, make<T>());
      if (!fresh) return invalid_input(path + " has the key '" + key + "' twice.");
      ATHANOR_CHECK(take(value, place->second, path + "." + key, Constraints{}));
    }
    return {};
  }

  template <base::Described T>
  static Result<void> take(const Json& json, T& out, const std::string& path, const Constraints&) {
    ATHANOR_CHECK(expect(json, format::JsonKind::Object, path));
    Result<void> result;
    base::for_each_member(out, [&](const auto& member, auto& field) {
      if (!result) return;
      const std::string name = inside(path, member.name);
      if (const Json* value = json.find(member.name)) {
        result = take(*value, field, name, member.constraints);
      } else if (member.constraints.required) {
        result = missing(name);
      }
    });
    if constexpr (requires { out.check(); }) {
      if (result) result = out.check();
      if (!result) return at(path, std::move(result).error());
    }
    return result;
  }

  template <class T>
  static T make() {
    if constexpr (std::is_constructible_v<T, Received>) {
      return T{Received{}};
    } else {
      return T{};
    }
  }
};

}  // namespace athanor::sdk
