#include "pattern/located_event.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace athanor::pattern {
namespace {

using format::JsonKind;
using format::JsonValue;

bool is_scalar(const JsonValue& value) { return value.kind != JsonKind::Object && value.kind != JsonKind::Array; }

// Goes the way of the flattener of event_fields.cc, over a tree: explain_test.cc holds the two together.
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
    const std::uint32_t around = std::exchange(around_, number);
    location_.push_back(i);
    value(item);
    location_.pop_back();
    around_ = around;
    elements[number].leaves.end = next_leaf();
    if (elements[number].leaves.begin == next_leaf()) elements.pop_back();
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

Location LocatedFields::of_element(std::uint32_t element) const {
  // The elements around a leaf are the items of arrays on its way, from the outside in; a scalar's own array is none.
  std::size_t depth = 0;
  for (std::uint32_t e = element; e != kNoElement; e = fields.elements[e].around) ++depth;
  return elements_on_way(leaves[fields.elements[element].leaves.begin], depth);
}

LocatedFields locate(const JsonValue& event, const WantedPaths& wanted) { return Walk{wanted}.over(event); }

const JsonValue& at(const JsonValue& root, const Location& location) {
  const JsonValue* value = &root;
  for (const std::uint32_t number : location) value = &child(*value, number);
  return *value;
}

JsonValue& at(JsonValue& root, const Location& location) { return const_cast<JsonValue&>(at(std::as_const(root), location)); }

}  // namespace athanor::pattern
