#include "api/validate.h"

#include <fmt/format.h>

#include <map>
#include <mutex>
#include <optional>
#include <set>

#include "api/path.h"
#include "base/regular_expression.h"
#include "base/text.h"

namespace athanor::api {
namespace {

// In AWS's words.
std::string violation_text(std::string_view value, std::string_view path, std::string_view constraint) {
  return fmt::format("Value{}{} at '{}' failed to satisfy constraint: {}", value.empty() ? "" : " ", value, path,
                     constraint);
}

Error error_of(const std::vector<std::string>& violations) {
  return invalid_input(fmt::format("{} validation error{} detected: {}", violations.size(),
                                   violations.size() == 1 ? "" : "s", fmt::join(violations, "; ")));
}

// A missing member is reported only as missing, not also as too short, and so are its own members.
class Violations {
 public:
  explicit Violations(const std::vector<std::string>& missing) : missing_(missing.begin(), missing.end()) {
    for (const std::string& path : missing) texts_.push_back(violation_text("null", path, "Member must not be null"));
  }

  void add(std::string_view value, std::string_view path, std::string_view constraint) {
    if (!is_missing(path)) texts_.push_back(violation_text(value, path, constraint));
  }
  const std::vector<std::string>& texts() const { return texts_; }

 private:
  bool is_missing(std::string_view path) const {
    for (std::size_t end = path.find('.'); end != std::string_view::npos; end = path.find('.', end + 1)) {
      if (missing_.contains(path.substr(0, end))) return true;
    }
    return missing_.contains(path);
  }

  const std::set<std::string, std::less<>> missing_;
  std::vector<std::string> texts_;
};

// The value as Java's toString prints it, which is what AWS's messages show.
std::string java_text(const Shape& shape, const void* object) {
  switch (shape.kind) {
    case Kind::String:
      return *static_cast<const std::string*>(object);
    case Kind::Bool:
      return *static_cast<const bool*>(object) ? "true" : "false";
    case Kind::Integer:
      return fmt::format("{}", *static_cast<const std::int64_t*>(object));
    case Kind::Double:
      return fmt::format("{}", *static_cast<const double*>(object));
    case Kind::Timestamp:
      return base::to_iso8601(*static_cast<const base::Time*>(object));
    case Kind::Blob:
      return fmt::format("java.nio.HeapByteBuffer[pos=0 lim={0} cap={0}]",
                         static_cast<const Blob*>(object)->bytes.size());
    case Kind::Optional: {
      const void* value = shape.value(object);
      return value == nullptr ? "null" : java_text(shape.element(), value);
    }
    case Kind::List: {
      std::string out = "[";
      for (std::size_t i = 0; i < shape.size(object); ++i)
        out.append(i > 0 ? ", " : "").append(java_text(shape.element(), shape.at(object, i)));
      return out + "]";
    }
    case Kind::Map: {
      std::string out = "{";
      shape.each(object, [&](const std::string& key, const void* value) {
        out.append(out.size() > 1 ? ", " : "").append(key).append("=").append(java_text(shape.element(), value));
      });
      return out + "}";
    }
    case Kind::Struct: {
      std::string out{shape.name};
      out += "(";
      const std::size_t open = out.size();
      for (const Field& field : shape.fields) {
        out.append(out.size() > open ? ", " : "")
            .append(lower_first(field.name))
            .append("=")
            .append(java_text(field.shape(), field.get_const(object)));
      }
      return out + ")";
    }
  }
  return {};
}

std::string shown(const Shape& shape, const void* object) {
  std::string text = java_text(shape, object);
  return "'" + text + "'";
}

void check_value(const Shape& shape, const void* object, const base::Constraints& c, const Path& path,
                 Violations& violations);

void check_struct(const Shape& shape, const void* object, const Path& path, Violations& violations) {
  for (const Field& field : shape.fields)
    check_value(field.shape(), field.get_const(object), *field.constraints, path.member(field.name), violations);
}

// What is wrong with one value, if anything.
class Check {
 public:
  Check(const Shape& shape, const void* object, const Path& path, Violations& violations)
      : shape_(shape), object_(object), path_(path), violations_(violations) {}

  void violates(std::string_view constraint) const {
    violations_.add(shown(shape_, object_), path_.text(), constraint);
  }
  void bounds(std::int64_t size, std::int64_t min, std::int64_t max, std::string_view what) const {
    if (size < min) violates(fmt::format("Member must have {} greater than or equal to {}", what, min));
    if (size > max) violates(fmt::format("Member must have {} less than or equal to {}", what, max));
  }

 private:
  const Shape& shape_;
  const void* object_;
  const Path& path_;
  Violations& violations_;
};

// Whether the text is one of those in "A, B, C".
bool is_listed(std::string_view text, std::string_view list) {
  for (const std::string_view one : base::split(list, ',')) {
    if (base::trim(one) == text) return true;
  }
  return false;
}

void check_value(const Shape& shape, const void* object, const base::Constraints& c, const Path& path,
                 Violations& violations) {
  const Check check{shape, object, path, violations};
  switch (shape.kind) {
    case Kind::Optional:
      if (const void* value = shape.value(object)) check_value(shape.element(), value, c, path, violations);
      return;
    case Kind::Struct:
      check_struct(shape, object, path, violations);
      return;
    case Kind::String: {
      const auto& text = *static_cast<const std::string*>(object);
      if (!c.one_of.empty() && !is_listed(text, c.one_of))
        check.violates(fmt::format("Member must satisfy enum value set: [{}]", c.one_of));
      if (!c.pattern.empty() && !matches_pattern(text, c.pattern))
        check.violates(fmt::format("Member must satisfy regular expression pattern: {}", c.pattern));
      if (c.length_min != 0 || c.length_max != base::Constraints{}.length_max)
        check.bounds(static_cast<std::int64_t>(base::utf8_length(text)), c.length_min, c.length_max, "length");
      return;
    }
    case Kind::Blob:
      check.bounds(static_cast<std::int64_t>(static_cast<const Blob*>(object)->bytes.size()), c.length_min,
                   c.length_max, "length");
      return;
    case Kind::Integer:
      check.bounds(*static_cast<const std::int64_t*>(object), c.value_min, c.value_max, "value");
      return;
    case Kind::List: {
      const auto size = static_cast<std::int64_t>(shape.size(object));
      check.bounds(size, c.count_min, c.count_max, "length");
      if (size < c.count_min || size > c.count_max) return;
      for (std::size_t i = 0; i < shape.size(object); ++i)
        check_value(shape.element(), shape.at(object, i), {}, path.element(i + 1), violations);
      return;
    }
    case Kind::Map:
      check.bounds(static_cast<std::int64_t>(shape.size(object)), c.count_min, c.count_max, "length");
      shape.each(object, [&](const std::string& key, const void* value) {
        check_value(shape.element(), value, {}, path.entry(key), violations);
      });
      return;
    default:
      return;
  }
}

}  // namespace

bool matches_pattern(std::string_view text, std::string_view pattern) {
  static std::mutex mutex;
  static std::map<std::string, std::optional<base::RegularExpression>, std::less<>> compiled;
  const std::optional<base::RegularExpression>* expression = nullptr;
  {
    const std::lock_guard lock{mutex};
    auto it = compiled.find(pattern);
    if (it == compiled.end()) it = compiled.emplace(pattern, base::RegularExpression::parse(pattern)).first;
    expression = &it->second;
  }
  return !*expression || (*expression)->matches(text);
}

std::string lower_first(std::string_view name) {
  std::string text{name};
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] + 32);
  return text;
}

Result<void> validate(const Shape& shape, const void* object, const std::vector<std::string>& missing) {
  Violations violations{missing};
  check_struct(shape, object, {}, violations);
  if (violations.texts().empty()) return {};
  return error_of(violations.texts());
}

Error violation(std::string_view value, std::string_view path, std::string_view constraint) {
  return error_of({violation_text(value, path, constraint)});
}

}  // namespace athanor::api
