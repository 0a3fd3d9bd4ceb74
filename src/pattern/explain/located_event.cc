#include "pattern/explain/located_event.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace athanor::pattern {
namespace {

using format::JsonKind;
using format::JsonValue;

bool is_scalar(const JsonValue& value) { return value.kind != JsonKind::Object && value.kind != JsonKind::Array; }

// Follows the flattener of event_fields.cc, over a tree: explain_test.cc checks that the two agree.
class Walk {
 public:
  explicit Walk(const WantedPaths& wanted) : wanted_(wanted) {}

  LocatedFields over(const JsonValue& event) {
    object(event);
    return std::move(located_);
  }

 private:
  void object(const JsonValue& object) {
    for (std::uint32_t i = 0; i < object.members.size(); ++i) {
      const auto& [key, member] = object.members[i];
      const std::size_t length = path_.size();
      if (length > 0) path_ += '.';
      path_ += key;
      location_.push_back(i);
      value(member);
      location_.pop_back();
      path_.resize(length);
    }
  }

  void value(const JsonValue& value) {
    const bool leads_somewhere = path_.empty() || wanted_.leads_somewhere(path_);
    if (value.is_object()) {
      if (leads_somewhere) object(value);
    } else if (value.is_array()) {
      if (leads_somewhere || wanted_.wants(path_)) array(value);
    } else {
      leaf(value);
    }
  }

  void leaf(const JsonValue& value) {
    if (!wanted_.wants(path_)) return;
    std::string text = value.kind == JsonKind::Null   ? "null"
                       : value.kind == JsonKind::Bool ? (value.boolean ? "true" : "false")
                                                      : value.text;
    const auto number = static_cast<std::uint32_t>(located_.leaves.size());
    located_.leaves.push_back(location_);
    located_.fields.by_path[path_].push_back({{value.kind, std::move(text)}, {number, around_}});
  }

  void array(const JsonValue& array) {
    auto& arrays = located_.fields.arrays;
    const auto number = static_cast<std::uint32_t>(arrays.size());
    arrays.push_back({next_leaf(), 0});
    located_.array_paths.push_back(path_);
    located_.arrays_around.push_back(around_);
    for (std::uint32_t i = 0; i < array.items.size(); ++i) {
      if (!is_scalar(array.items[i])) element(number, array.items[i], i);
    }
    arrays[number].end = next_leaf();
    for (std::uint32_t i = 0; i < array.items.size(); ++i) {
      if (!is_scalar(array.items[i])) continue;
      location_.push_back(i);
      leaf(array.items[i]);
      location_.pop_back();
    }
  }

  void element(std::uint32_t array, const JsonValue& item, std::uint32_t i) {
    auto& elements = located_.fields.elements;
    const auto number = static_cast<std::uint32_t>(elements.size());
    elements.push_back({around_, array, {next_leaf(), 0}});
    location_.push_back(i);
    located_.elements.push_back(location_);
    const std::uint32_t around = std::exchange(around_, number);
    value(item);
    location_.pop_back();
    around_ = around;
    elements[number].leaves.end = next_leaf();
    if (elements[number].leaves.begin < next_leaf()) return;
    elements.pop_back();
    located_.elements.pop_back();
  }

  std::uint32_t next_leaf() const { return static_cast<std::uint32_t>(located_.leaves.size()); }

  const WantedPaths& wanted_;
  LocatedFields located_;
  std::string path_;
  Location location_;
  std::uint32_t around_ = kNoElement;
};

const JsonValue& child(const JsonValue& parent, std::uint32_t number) {
  return parent.is_array() ? parent.items[number] : parent.members[number].second;
}

bool is_plain_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    const auto u = static_cast<unsigned char>(c);
    return u > ' ' && u != 0x7F && c != '.' && c != '[' && c != ']' && c != '"' && c != '\\';
  });
}

}  // namespace

LocatedFields locate(const JsonValue& event, const WantedPaths& wanted) { return Walk{wanted}.over(event); }

const JsonValue& at(const JsonValue& root, const Location& location) {
  const JsonValue* value = &root;
  for (const std::uint32_t number : location) value = &child(*value, number);
  return *value;
}

JsonValue& at(JsonValue& root, const Location& location) {
  return const_cast<JsonValue&>(at(std::as_const(root), location));
}

std::string without_controls(std::string_view json) {
  std::string out;
  for (std::size_t i = 0; i < json.size(); ++i) {
    // U+007F, and U+0080 to U+009F, which UTF-8 writes as C2 80 to C2 9F.
    const auto byte = static_cast<unsigned char>(json[i]);
    const unsigned next = i + 1 < json.size() ? static_cast<unsigned char>(json[i + 1]) : 0U;
    const bool is_wide = byte == 0xC2 && next >= 0x80 && next < 0xA0;
    if (is_wide || byte == 0x7F) {
      out += fmt::format("\\u{:04x}", is_wide ? next : byte);
      i += is_wide ? 1 : 0;
    } else {
      out += json[i];
    }
  }
  return out;
}

std::string printable(std::string_view name) {
  std::string out;
  format::append_json_string(out, name);
  return without_controls(std::string_view{out}.substr(1, out.size() - 2));
}

std::string place_name(const JsonValue& root, const Location& location) {
  std::string name;
  const JsonValue* value = &root;
  for (const std::uint32_t number : location) {
    if (value->is_array()) {
      name += fmt::format("[{}]", number);
    } else if (const std::string& key = value->members[number].first; is_plain_name(key)) {
      name += (name.empty() ? "" : ".") + key;
    } else {
      name += "[\"" + printable(key) + "\"]";
    }
    value = &child(*value, number);
  }
  return name;
}

std::string json_pointer(const JsonValue& root, const Location& location) {
  std::string pointer;
  const JsonValue* value = &root;
  for (const std::uint32_t number : location) {
    pointer += '/';
    if (value->is_array()) {
      pointer += std::to_string(number);
    } else {
      for (const char c : value->members[number].first)
        pointer += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    }
    value = &child(*value, number);
  }
  return pointer;
}

bool is_ambiguous(const JsonValue& root, const Location& location) {
  const JsonValue* value = &root;
  for (const std::uint32_t number : location) {
    if (value->is_object() && std::count_if(value->members.begin(), value->members.end(), [&](const auto& member) {
                                return member.first == value->members[number].first;
                              }) > 1)
      return true;
    value = &child(*value, number);
  }
  return false;
}

}  // namespace athanor::pattern
