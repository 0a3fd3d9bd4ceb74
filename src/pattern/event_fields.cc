#include "pattern/event_fields.h"

#include <utility>

namespace athanor::pattern {
namespace {

using format::JsonCursor;
using format::JsonKind;

class Flattener {
 public:
  explicit Flattener(const WantedPaths& wanted) : wanted_(wanted) {}

  void object(JsonCursor& cursor) {
    cursor.enter_object();
    for (std::string_view raw_key; cursor.next_member(raw_key);) member(format::unescape_json(raw_key), cursor);
  }

  void member(const std::string& key, JsonCursor& cursor) {
    const std::size_t length = path_.size();
    if (length > 0) path_ += '.';
    path_ += key;
    value(cursor);
    path_.resize(length);
  }

  void leaf(const std::string& path, Value value) {
    if (wanted_.wants(path)) fields_.by_path[path].push_back({std::move(value), {next_leaf_++, around_}});
  }

  Fields take() { return std::move(fields_); }

 private:
  void value(JsonCursor& cursor) {
    const JsonKind kind = cursor.kind();
    // An empty name at the top adds nothing to a path, so everything may be below it.
    const bool leads_somewhere = path_.empty() || wanted_.leads_somewhere(path_);
    if (kind == JsonKind::Object && leads_somewhere) {
      object(cursor);
    } else if (kind == JsonKind::Array && (wanted_.wants(path_) || leads_somewhere)) {
      array(cursor);
    } else if (!is_scalar(kind) || !wanted_.wants(path_)) {
      cursor.take_raw();
    } else {
      leaf(path_, scalar(cursor));
    }
  }

  void array(JsonCursor& cursor) {
    const auto number = static_cast<std::uint32_t>(fields_.arrays.size());
    fields_.arrays.push_back({next_leaf_, 0});
    std::vector<Value> scalars;
    cursor.enter_array();
    while (cursor.next_element()) {
      if (is_scalar(cursor.kind()))
        scalars.push_back(scalar(cursor));
      else
        element(number, cursor);
    }
    fields_.arrays[number].end = next_leaf_;
    for (Value& scalar : scalars) leaf(path_, std::move(scalar));
  }

  void element(std::uint32_t array, JsonCursor& cursor) {
    const auto number = static_cast<std::uint32_t>(fields_.elements.size());
    fields_.elements.push_back({around_, array, {next_leaf_, 0}});
    const std::uint32_t around = std::exchange(around_, number);
    value(cursor);  // an array inside an array is flattened
    around_ = around;
    fields_.elements[number].leaves.end = next_leaf_;
    // An element without a wanted leaf cannot be chosen; those within it were dropped before.
    if (fields_.elements[number].leaves.begin == next_leaf_) fields_.elements.pop_back();
  }

  static bool is_scalar(JsonKind kind) { return kind != JsonKind::Object && kind != JsonKind::Array; }
  static Value scalar(JsonCursor& cursor) {
    const JsonKind kind = cursor.kind();
    return {kind, kind == JsonKind::String ? cursor.take_string() : std::string{cursor.take_raw()}};
  }

  const WantedPaths& wanted_;
  Fields fields_;
  std::string path_;
  std::uint32_t around_ = kNoElement;
  std::uint32_t next_leaf_ = 0;
};

}  // namespace

void WantedPaths::add(std::string_view path) {
  paths_.emplace(path);
  for (auto dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.', dot + 1))
    prefixes_.emplace(path.substr(0, dot));
}

Fields flatten(const Envelope& event, const WantedPaths& wanted) {
  Flattener flattener{wanted};
  for_each_field(event, [&](const char* name, std::string_view text) {
    flattener.leaf(name, {JsonKind::String, std::string{text}});
  });
  if (wanted.leads_somewhere("detail")) {
    JsonCursor cursor{event.detail};
    flattener.member("detail", cursor);
  }
  return flattener.take();
}

Fields flatten(std::string_view event_text, const WantedPaths& wanted) {
  Flattener flattener{wanted};
  JsonCursor cursor{event_text};
  flattener.object(cursor);
  return flattener.take();
}

}  // namespace athanor::pattern
