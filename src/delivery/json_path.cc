#include "delivery/json_path.h"

#include <fmt/format.h>

#include <span>

#include "base/text.h"
#include "format/json.h"

namespace athanor::delivery {
namespace {

using format::JsonKind;
using Step = JsonPath::Step;

std::optional<std::string> select(std::string_view json, std::span<const Step> steps) {
  if (steps.empty()) return std::string{json};
  const Step& step = steps.front();
  const auto rest = steps.subspan(1);
  std::optional<std::string_view> meant;
  std::string all;
  const auto add = [&](std::string_view value) {
    if (step.kind != Step::Kind::All) return;
    if (const auto selected = select(value, rest)) all.append(all.empty() ? "" : ",").append(*selected);
  };

  format::JsonCursor cursor{json};
  if (cursor.kind() == JsonKind::Object) {
    cursor.enter_object();
    for (std::string_view key; cursor.next_member(key);) {
      const std::string_view value = cursor.take_raw();
      // The last member of that name.
      if (step.kind == Step::Kind::Member && cursor.unescape(key) == step.name) meant = value;
      add(value);
    }
  } else if (cursor.kind() == JsonKind::Array) {
    cursor.enter_array();
    for (std::size_t i = 0; cursor.next_element(); ++i) {
      const std::string_view value = cursor.take_raw();
      if (step.kind == Step::Kind::Element && i == step.index) meant = value;
      add(value);
    }
  }
  if (step.kind == Step::Kind::All) return fmt::format("[{}]", all);
  return meant ? select(*meant, rest) : std::nullopt;
}

}  // namespace

std::optional<JsonPath> JsonPath::parse(std::string_view path) {
  if (!path.starts_with('$')) return std::nullopt;
  path.remove_prefix(1);
  JsonPath parsed;
  std::vector<Step>& steps = parsed.steps_;
  while (!path.empty()) {
    if (path.front() == '.') {
      path.remove_prefix(1);
      const std::string_view name = path.substr(0, path.find_first_of(".["));
      if (name.empty()) return std::nullopt;
      path.remove_prefix(name.size());
      if (name == "*")
        steps.push_back({Step::Kind::All, {}, 0});
      else
        steps.push_back({Step::Kind::Member, std::string{name}, 0});
      continue;
    }
    if (path.front() != '[') return std::nullopt;
    const char quote = path.size() > 1 ? path[1] : '\0';
    if (quote == '\'' || quote == '"') {
      const auto end = path.find(quote, 2);
      if (end == std::string_view::npos || path.substr(end + 1, 1) != "]") return std::nullopt;
      steps.push_back({Step::Kind::Member, std::string{path.substr(2, end - 2)}, 0});
      path.remove_prefix(end + 2);
      continue;
    }
    const auto end = path.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view inside = path.substr(1, end - 1);
    if (inside == "*") {
      steps.push_back({Step::Kind::All, {}, 0});
    } else {
      const auto index = base::to_int(inside);
      if (!index || *index < 0) return std::nullopt;
      steps.push_back({Step::Kind::Element, {}, static_cast<std::size_t>(*index)});
    }
    path.remove_prefix(end + 1);
  }
  return parsed;
}

std::optional<std::string> JsonPath::find(std::string_view json) const { return select(json, steps_); }

}  // namespace athanor::delivery
