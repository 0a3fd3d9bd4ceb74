#include "delivery/input_transformer.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <tuple>

#include "base/limits.h"
#include "base/text.h"
#include "delivery/json_path.h"
#include "delivery/json_text.h"
#include "format/json.h"
#include "format/json_extent.h"

namespace athanor::delivery {
namespace {

using format::JsonKind;
using format::JsonValue;

// Limit of an event's values kept at a time: more than one template can name. Our choice.
constexpr std::size_t kValueBytesMax = 8 * 1'048'576;
constexpr std::size_t kBytesOfAPath = 100;  // in addition to its value, roughly

// Source: service model, InputTransformerPathKey and TargetInputPath; every character of a key is one byte.
constexpr std::size_t kKeyAndPathCharacters = 256;

constexpr std::string_view kNull = "null";  // what an InputPath that selects nothing gives

// For fields that take either a text or a path to a part of the event.
bool is_path(std::string_view text) { return text.starts_with('$'); }

// A template that does not begin with a quote must give JSON, even a lone placeholder: `<detail>`.
bool is_json_template(std::string_view text) { return !base::trim(text).starts_with('"'); }

// Whether its result can be parsed for every event: the deepest one leaves room for the template's own nesting.
bool is_shallow(std::string_view input_template) {
  constexpr std::size_t kEventDepth = limits::kJsonDepth + 1;
  const auto brackets = std::ranges::count_if(input_template, [](char c) { return c == '{' || c == '['; });
  return static_cast<std::size_t>(brackets) <= format::kDepthRead - kEventDepth;
}

// Reserved names contain dots; keys of InputPathsMap do not. Source: EventBridge service model.
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
  std::string_view found, open;  // `open` until it is known what follows it, or its string
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

// Whether it can give what its target takes: text, or JSON if each placeholder outside a string is a value.
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
                            {"time", JsonValue::of(base::to_iso8601(ingested))},
                            {"source", JsonValue::of(event.source)},
                            {"region", JsonValue::of(event.region)},
                            {"resources", std::move(resources)},
                            {"version", JsonValue::of("0")}});
}

Error not_json(const bus::Target& target) {
  return {
      ErrorCode::InvalidInput, fmt::format("The input of target {} is not valid JSON for this event.", target.id), {}};
}

Result<void> check_input_paths(const std::string& id, const std::map<std::string, std::string>& input_paths) {
  for (const auto& [name, path] : input_paths) {
    // Source of the forbidden prefix: EventBridge API Reference, InputTransformer.
    if (name.empty() || name.size() > kKeyAndPathCharacters || name.starts_with("AWS") ||
        name.find_first_not_of(kKeyCharacters) != std::string::npos) {
      return invalid_input(fmt::format("InputPathsMap for target {} contains an invalid key {}.", id, name));
    }
    if (!JsonPath::parse(path)) {
      return invalid_input(
          fmt::format("InputPath for target {} is invalid: '{}' is not a JSONPath that is served.", id, path));
    }
    if (base::utf8_length(path) > kKeyAndPathCharacters) {
      return invalid_input(fmt::format("InputPath for target {} is invalid: '{}' has more than {} characters.", id,
                                       path, kKeyAndPathCharacters));
    }
  }
  return {};
}

Result<void> check_transformer(const std::string& id, const bus::InputTransformer& transformer) {
  ATHANOR_CHECK(check_input_paths(id, transformer.input_paths));
  std::string unknown;
  walk_template(
      transformer.input_template, [](std::string_view) {},
      [&](std::string_view name, bool) {
        const bool known = std::find(std::begin(kReserved), std::end(kReserved), name) != std::end(kReserved) ||
                           transformer.input_paths.contains(std::string{name});
        if (!known && unknown.empty()) unknown = name;
      });
  if (!unknown.empty()) {
    return invalid_input(fmt::format("InputTemplate for target {} contains invalid placeholder {}.", id, unknown));
  }
  // Source: EventBridge API Reference, InputTransformer; the wording is ours.
  if (const auto key = placeholder_in_key(transformer.input_template); !key.empty()) {
    return invalid_input(fmt::format("InputTemplate for target {} contains placeholder {} in an object key.", id, key));
  }
  if (!gives_json(transformer.input_template)) {
    return invalid_input(fmt::format(
        "Invalid InputTemplate for target {} : it gives JSON for no event. Text stands in quotes, and so do "
        "keys; a placeholder outside of quotes is a whole value.",
        id));
  }
  return {};
}

}  // namespace

const std::string& EventInputs::text() {
  if (text_.empty()) text_ = bus::event_text(event_, replay_name_);
  return text_;
}

const std::optional<std::string>& EventInputs::at(std::string_view path) {
  if (const auto known = values_.find(path); known != values_.end()) return known->second;
  const auto parsed = JsonPath::parse(path);
  const auto selected = parsed ? parsed->find(text()) : std::nullopt;
  auto value = selected ? compact_json(*selected) : std::nullopt;
  const std::size_t bytes = kBytesOfAPath + (value ? value->size() : 0);
  if (value_bytes_ + bytes > kValueBytesMax) {
    values_.clear();
    value_bytes_ = 0;
  }
  value_bytes_ += bytes;
  return values_.emplace(path, std::move(value)).first->second;
}

std::optional<std::string> EventInputs::value_of(std::string_view name, const bus::Target& target) {
  const auto string = [](std::string_view text) { return format::print_json(JsonValue::of(text)); };
  if (name == "aws.events.rule-arn") return string(target.rule_arn);
  if (name == "aws.events.rule-name") return string(target.rule_name);
  if (name == "aws.events.event.ingestion-time") return string(base::to_iso8601(ingested_));
  if (name == "aws.events.event.json") return at("$");
  if (name == "aws.events.event") return format::print_json(event_without_detail(event_, ingested_));
  const auto path = target.input_transformer->input_paths.find(std::string{name});
  return path == target.input_transformer->input_paths.end() ? std::nullopt : at(path->second);
}

Result<std::string> EventInputs::fill_template(const bus::Target& target, std::uint64_t* left_out) {
  const std::string& input_template = target.input_transformer->input_template;
  const bool json = is_json_template(input_template);
  const auto text_of = [&](std::string_view name, bool inside_string) -> std::string {
    auto value = value_of(name, target);
    if (!value) return json && !inside_string ? "\"\"" : "";
    // Inserted as is, unescaped: what breaks the JSON breaks the delivery, as on AWS.
    const bool is_unquoted = !json || (inside_string && value->starts_with('"'));
    return is_unquoted ? unquoted_json(*value) : *std::move(value);
  };

  // The template's whitespace does not count: it is gone from the result.
  const std::size_t bytes_max = limits::kMessageBytes + input_template.size();
  std::string out;
  const auto size = [&] { return out.size() + (left_out != nullptr ? *left_out : 0); };
  walk_template(
      input_template, [&](std::string_view text) { out += text; },
      [&](std::string_view name, bool inside_string) {
        if (size() > bytes_max) return;
        std::string text = text_of(name, inside_string);
        if (left_out != nullptr && json && !inside_string && text.size() > kNull.size()) {
          *left_out += text.size() - kNull.size();
          text = kNull;
        }
        out += text;
      });
  if (size() > bytes_max) {
    return Error{ErrorCode::RequestTooLarge,
                 fmt::format("The input of target {} is larger than a message may be.", target.id),
                 {}};
  }
  if (!json) return out;
  auto compact = compact_json(out);
  if (!compact) return not_json(target);
  return *std::move(compact);
}

Result<std::string> EventInputs::make(const bus::Target& target) {
  if (target.input) return *target.input;
  if (target.input_path) return at(*target.input_path).value_or(std::string{kNull});
  if (target.input_transformer) return fill_template(target);
  return text();
}

bool EventInputs::BySameTemplate::operator()(const Template& a, const Template& b) const {
  const auto key = [](const Template& t) {
    return std::tie(t.transformer->input_template, t.transformer->input_paths, t.rule_arn);
  };
  return key(a) < key(b);
}

const EventInputs::Filled& EventInputs::filled_for(const bus::Target& target) {
  const bus::InputTransformer& transformer = *target.input_transformer;
  const bool names_rule = transformer.input_template.find("<aws.events.rule-") != std::string::npos;
  const Template key{&transformer, names_rule ? std::string_view{target.rule_arn} : ""};
  const auto [it, is_new] = filled_.try_emplace(key);
  if (!is_new) return it->second;
  std::uint64_t left_out = 0;
  auto input = fill_template(target, is_shallow(transformer.input_template) ? &left_out : nullptr);
  if (!input && input.error().code == ErrorCode::InvalidInput && left_out > 0) {
    left_out = 0;  // an older template, from before PutTargets refused those that give JSON only with certain values
    input = fill_template(target);
  }
  if (input) {
    it->second = {input->size() + left_out,
                  is_json_template(transformer.input_template) || format::is_valid_json(*input)};
  } else if (input.error().code == ErrorCode::RequestTooLarge) {
    it->second = {limits::kMessageBytes + 1, true};  // each kind of target refuses it with its own message
  }
  return it->second;
}

InputFacts EventInputs::facts(const bus::Target& target) {
  InputFacts facts;
  if (target.input) {
    facts.bytes = target.input->size();
  } else if (target.input_path) {
    const auto& value = at(*target.input_path);
    facts.bytes = value ? value->size() : kNull.size();
  } else if (target.input_transformer) {
    const Filled& filled = filled_for(target);
    facts.bytes = filled.bytes;
    // Lambda immediately refuses a payload that is not JSON (Lambda API Reference, Invoke).
    const bool wants_json =
        is_json_template(target.input_transformer->input_template) || target.arn.starts_with("arn:aws:lambda:");
    if (wants_json && !filled.is_json) facts.error = not_json(target).message;
  } else {
    facts.bytes = bus::event_text_bytes(event_, replay_name_);
  }
  facts.message_group_id = target.message_group_id;
  if (is_path(target.message_group_id)) {
    const auto& value = at(target.message_group_id);
    facts.message_group_id = !value ? "" : value->starts_with('"') ? unquoted_json(*value) : *value;
  }
  return facts;
}

Result<std::string> transform_input(const bus::Target& target, const bus::EventAccepted& event,
                                    std::string_view replay_name, base::Time ingested) {
  return EventInputs{event, replay_name, ingested}.make(target);
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
  if (target.input_path && !JsonPath::parse(*target.input_path)) {
    return invalid_input(fmt::format("Invalid InputPath for target {} : '{}' is not a JSONPath that is served.",
                                     target.id, *target.input_path));
  }
  if (is_path(target.message_group_id) && !JsonPath::parse(target.message_group_id)) {
    return invalid_input(fmt::format("MessageGroupId for target {} is invalid: '{}' is not a JSONPath that is served.",
                                     target.id, target.message_group_id));
  }
  return target.input_transformer ? check_transformer(target.id, *target.input_transformer) : Result<void>{};
}

}  // namespace athanor::delivery
