#include "delivery/input_transformer.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <span>
#include <vector>

#include "base/limits.h"
#include "base/text.h"

namespace athanor::delivery {
namespace {

using format::JsonKind;
using format::JsonValue;

// One step of a path: a member's name, an element's number, or all of them.
struct Step {
  enum class Kind : std::uint8_t { Member, Element, All } kind;
  std::string name;
  std::size_t index = 0;
};

std::optional<std::vector<Step>> parse_path(std::string_view path) {
  if (!path.starts_with('$')) return std::nullopt;
  path.remove_prefix(1);
  std::vector<Step> steps;
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
  return steps;
}

// What the steps lead to, as its text. Of an event only what is on the way is looked at: a tree of the whole would take
// a hundred times its size.
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
      // The last of that name.
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

// Text templates print objects and lists so: without quotes and blanks.
std::string unquoted_text(const JsonValue& value) {
  switch (value.kind) {
    case JsonKind::String:
      return value.text;
    case JsonKind::Array: {
      std::string out = "[";
      for (std::size_t i = 0; i < value.items.size(); ++i)
        out.append(i > 0 ? "," : "").append(unquoted_text(value.items[i]));
      return out + "]";
    }
    case JsonKind::Object: {
      std::string out = "{";
      for (std::size_t i = 0; i < value.members.size(); ++i) {
        out.append(i > 0 ? "," : "")
            .append(value.members[i].first)
            .append(":")
            .append(unquoted_text(value.members[i].second));
      }
      return out + "}";
    }
    default:
      return format::print_json(value);
  }
}

// What does not begin with a quote has to give JSON, a placeholder that stands alone too: `<detail>`.
bool is_json_template(std::string_view text) { return !base::trim(text).starts_with('"'); }

// Those that are reserved have dots; keys of InputPathsMap have none. Source: EventBridge service model.
constexpr std::string_view kVariableCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
constexpr std::string_view kKeyCharacters = kVariableCharacters.substr(0, kVariableCharacters.size() - 1);

constexpr std::string_view kReserved[] = {"aws.events.rule-arn", "aws.events.rule-name",
                                          "aws.events.event.ingestion-time", "aws.events.event.json",
                                          "aws.events.event"};

// Calls literal(text) and variable(name, inside_string) for the pieces of a template in order.
void walk_template(std::string_view text, const std::function<void(std::string_view)>& literal,
                   const std::function<void(std::string_view, bool)>& variable) {
  bool inside_string = false;
  std::size_t literal_start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      inside_string = !inside_string;
    } else if (text[i] == '<') {
      const auto end = text.find('>', i);
      if (end == std::string_view::npos) continue;
      const std::string_view name = text.substr(i + 1, end - i - 1);
      if (name.empty() || name.find_first_not_of(kVariableCharacters) != std::string_view::npos) continue;
      literal(text.substr(literal_start, i - literal_start));
      variable(name, inside_string);
      i = end;
      literal_start = end + 1;
    }
  }
  literal(text.substr(literal_start));
}

// The first placeholder in a key of a template that is a JSON object; empty when there is none.
std::string_view placeholder_in_key(std::string_view input_template) {
  if (!base::trim(input_template).starts_with('{')) return {};
  std::string_view found, open;  // `open` until it shows what stands behind it, or behind its string
  bool open_in_string = false;
  walk_template(
      input_template,
      [&](std::string_view text) {
        if (open.empty()) return;
        if (open_in_string) {
          std::size_t quote = 0;
          while (quote < text.size() && text[quote] != '"') quote += text[quote] == '\\' ? 2 : 1;
          if (quote >= text.size()) return;
          text.remove_prefix(quote + 1);
        }
        if (found.empty() && base::trim(text).starts_with(':')) found = open;
        open = {};
      },
      [&](std::string_view name, bool inside_string) {
        open = name;
        open_in_string = inside_string;
      });
  return found;
}

// Whether it can give what its target takes: text, or JSON where each placeholder outside of a string is a value.
// Source: CloudFormation, AWS::Events::Rule InputTransformer ("must be valid JSON").
bool gives_json(std::string_view input_template) {
  if (!is_json_template(input_template)) return true;
  std::string example;
  walk_template(
      input_template, [&](std::string_view text) { example += text; },
      [&](std::string_view, bool inside_string) { example += inside_string ? "" : "null"; });
  return format::is_valid_json(example);
}

// The event without its detail, as <aws.events.event> gives it; key order and names as AWS has them.
JsonValue event_without_detail(const bus::EventAccepted& event, base::Time ingested) {
  JsonValue resources = JsonValue::array();
  for (const std::string_view resource : event.resources) resources.items.push_back(JsonValue::of(resource));
  return JsonValue::object({{"id", JsonValue::of(event.id)},
                            {"account", JsonValue::of(event.account)},
                            {"detailType", JsonValue::of(event.detail_type)},
                            {"time", JsonValue::of(std::string_view{base::to_iso8601(ingested)})},
                            {"source", JsonValue::of(event.source)},
                            {"region", JsonValue::of(event.region)},
                            {"resources", std::move(resources)},
                            {"version", JsonValue::of("0")}});
}

Error not_deliverable(const bus::Target& target, std::string_view why) {
  return {ErrorCode::InvalidInput, fmt::format("The input of target {} {}.", target.id, why), {}};
}

Result<std::string> fill_template(const bus::Target& target, std::string_view text, const bus::EventAccepted& event,
                                  base::Time ingested) {
  const bus::InputTransformer& transformer = *target.input_transformer;
  const auto value_of = [&](std::string_view name) -> std::optional<JsonValue> {
    if (name == "aws.events.rule-arn") return JsonValue::of(std::string_view{target.rule_arn});
    if (name == "aws.events.rule-name") return JsonValue::of(std::string_view{target.rule_name});
    if (name == "aws.events.event.ingestion-time") return JsonValue::of(std::string_view{base::to_iso8601(ingested)});
    if (name == "aws.events.event.json") return select_path(text, "$");
    if (name == "aws.events.event") return event_without_detail(event, ingested);
    const auto path = transformer.input_paths.find(std::string{name});
    if (path == transformer.input_paths.end()) return std::nullopt;
    return select_path(text, path->second);
  };

  const bool json = is_json_template(transformer.input_template);
  const auto text_of = [&](std::string_view name, bool inside_string) -> std::string {
    const auto value = value_of(name);
    if (!json) return value ? unquoted_text(*value) : std::string{};
    if (!value) return inside_string ? "" : "\"\"";
    // Spliced as it is, unescaped: what breaks the JSON breaks the delivery, as on AWS.
    return inside_string && value->is_string() ? value->text : format::print_json(*value);
  };

  // The blanks of the template do not count: printed, they are gone.
  const std::size_t bytes_max = limits::kMessageBytes + transformer.input_template.size();
  std::string out;
  // A template may name one a thousand times, and each may be a walk over the whole event.
  std::map<std::pair<std::string_view, bool>, std::string> found;
  walk_template(
      transformer.input_template, [&](std::string_view text) { out += text; },
      [&](std::string_view name, bool inside_string) {
        if (out.size() > bytes_max) return;
        const auto [it, is_new] = found.try_emplace({name, inside_string});
        if (is_new) it->second = text_of(name, inside_string);
        out += it->second;
      });
  if (out.size() > bytes_max) {
    return Error{ErrorCode::RequestTooLarge,
                 fmt::format("The input of target {} is larger than a message may be.", target.id),
                 {}};
  }
  if (!json) return out;
  const auto parsed = format::parse_json(out);
  if (!parsed) return not_deliverable(target, "is not valid JSON for this event");
  return format::print_json(*parsed);
}

}  // namespace

std::optional<JsonValue> select_path(std::string_view json, std::string_view path) {
  const auto steps = parse_path(path);
  const auto text = steps ? select(json, *steps) : std::nullopt;
  if (!text) return std::nullopt;
  auto value = format::parse_json(*text);
  return value ? std::optional{*std::move(value)} : std::nullopt;
}

bool is_valid_path(std::string_view path) { return parse_path(path).has_value(); }

Result<std::string> transform_input(const bus::Target& target, const bus::EventAccepted& event,
                                    std::string_view replay_name, base::Time ingested) {
  if (target.input) return *target.input;
  std::string text = bus::event_text(event, replay_name);
  if (target.passes_event_unchanged()) return text;
  if (target.input_path) {
    const auto value = select_path(text, *target.input_path);
    return value ? format::print_json(*value) : "null";
  }
  return fill_template(target, text, event, ingested);
}

Result<void> check_taken(const bus::Target& target, std::string_view input) {
  if (!target.input_transformer || !target.arn.starts_with("arn:aws:lambda:") || format::is_valid_json(input))
    return {};
  return not_deliverable(target, "is not valid JSON for this event");
}

Result<void> check_input(const bus::Target& target) {
  if (int{target.input.has_value()} + int{target.input_path.has_value()} + int{target.input_transformer.has_value()} >
      1) {
    return invalid_input(
        fmt::format("Only one of Input, InputPath, or InputTransformer must be provided for target {}.", target.id));
  }
  if (target.input && !format::is_valid_json(*target.input)) {
    return invalid_input(fmt::format("JSON syntax error in input for target {} : it is not valid JSON.", target.id));
  }
  if (target.input_path && !is_valid_path(*target.input_path)) {
    return invalid_input(fmt::format("Invalid InputPath for target {} : '{}' is not a JSONPath that is served.",
                                     target.id, *target.input_path));
  }
  if (!target.input_transformer) return {};
  for (const auto& [name, path] : target.input_transformer->input_paths) {
    if (name.empty() || name.find_first_not_of(kKeyCharacters) != std::string::npos) {
      return invalid_input(fmt::format("InputPathsMap for target {} contains an invalid key {}.", target.id, name));
    }
    if (!is_valid_path(path)) {
      return invalid_input(
          fmt::format("InputPath for target {} is invalid: '{}' is not a JSONPath that is served.", target.id, path));
    }
  }
  std::string unknown;
  walk_template(
      target.input_transformer->input_template, [](std::string_view) {},
      [&](std::string_view name, bool) {
        const bool known = std::find(std::begin(kReserved), std::end(kReserved), name) != std::end(kReserved) ||
                           target.input_transformer->input_paths.contains(std::string{name});
        if (!known && unknown.empty()) unknown = name;
      });
  if (!unknown.empty()) {
    return invalid_input(
        fmt::format("InputTemplate for target {} contains invalid placeholder {}.", target.id, unknown));
  }
  // Source: EventBridge API Reference, InputTransformer; the words are ours.
  if (const auto key = placeholder_in_key(target.input_transformer->input_template); !key.empty()) {
    return invalid_input(
        fmt::format("InputTemplate for target {} contains placeholder {} in an object key.", target.id, key));
  }
  if (!gives_json(target.input_transformer->input_template)) {
    return invalid_input(fmt::format(
        "Invalid InputTemplate for target {} : it gives JSON for no event. Text stands in quotes, and so do "
        "keys; a placeholder outside of quotes is a whole value.",
        target.id));
  }
  return {};
}

}  // namespace athanor::delivery
