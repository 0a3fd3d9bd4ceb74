#include "stack/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <vector>

#include "base/alphanumeric.h"
#include "stack/allowance.h"
#include "stack/nearest.h"

namespace athanor::stack {
namespace {

using format::JsonKind;
using format::JsonValue;

constexpr std::array<std::string_view, 18> kShortForms = {
    "And",         "Base64", "Cidr",   "Contains", "Equals", "FindInMap", "GetAZs", "GetAtt", "If",
    "ImportValue", "Join",   "Length", "Not",      "Or",     "Select",    "Split",  "Sub",    "ToJsonString"};

bool is_json_number(std::string_view text) {
  if (text.empty() || !(text.front() == '-' || base::is_digit_ascii(text.front()))) return false;
  return format::is_valid_json(text) && base::is_digit_ascii(text.back());
}

JsonValue number(std::string_view text) {
  JsonValue value;
  value.kind = JsonKind::Number;
  value.text = text;
  return value;
}

JsonValue plain_scalar(const std::string& text) {
  static constexpr std::array<std::string_view, 9> kTrue = {"true", "True", "TRUE", "yes", "Yes",
                                                            "YES",  "on",   "On",   "ON"};
  static constexpr std::array<std::string_view, 9> kFalse = {"false", "False", "FALSE", "no", "No",
                                                             "NO",    "off",   "Off",   "OFF"};
  if (std::ranges::find(kTrue, text) != kTrue.end()) return JsonValue::of(true);
  if (std::ranges::find(kFalse, text) != kFalse.end()) return JsonValue::of(false);
  if (is_json_number(text)) return number(text);
  return JsonValue::of(text);
}

Error not_well_formed(const YAML::Mark& mark, std::string_view what) {
  return invalid_input(fmt::format("Template format error: YAML not well-formed: {}. (line {}, column {})", what,
                                   mark.line + 1, mark.column + 1));
}

// Builds the tree from the parser's events. After the first error it only waits for the end.
class Builder final : public YAML::EventHandler {
 public:
  YamlDocument document;
  std::optional<Error> error;

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (!error) complete(JsonValue::null(), "", anchor, mark);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (error) return;
    const bool is_key = awaits_key();
    // Plain "<<" is the merge key; a quoted one is a key like any other.
    if (is_key && tag == "?" && value == "<<") {
      frames_.back().key = "<<";
      frames_.back().has_key = true;
      frames_.back().merging = true;
      return;
    }
    if (is_key || tag != "?") return complete(JsonValue::of(value), tag, anchor, mark);
    complete(plain_scalar(value), tag, anchor, mark);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (error) return;
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) return fail(mark, "an alias is inside the value it names");
    if (!allowance_.take(found->second)) return fail_too_large(mark);
    JsonValue copy = found->second;
    complete(std::move(copy), "", 0, mark);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(JsonValue::array(), mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(JsonValue::object(), mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    JsonValue value;
    std::string tag;
    YAML::anchor_t anchor = 0;
    YAML::Mark mark;
    std::string path;
    std::string key;
    std::set<std::string, std::less<>> keys;  // of a mapping, so far
    bool has_key = false;
    bool merging = false;
    std::vector<JsonValue> merged;  // mappings given to <<, the first value of a key wins
  };

  bool awaits_key() const { return !frames_.empty() && frames_.back().value.is_object() && !frames_.back().has_key; }

  void fail(const YAML::Mark& mark, std::string_view what) { error = not_well_formed(mark, what); }

  void fail_too_large(const YAML::Mark& mark) {
    fail(mark, fmt::format("it takes more than {} bytes with its aliases expanded", kGrownBytesMax));
  }

  std::string path_here() const {
    if (frames_.empty()) return {};
    const Frame& top = frames_.back();
    return top.value.is_object() ? fmt::format("{}/{}", top.path, top.key)
                                 : fmt::format("{}/{}", top.path, top.value.items.size());
  }

  void open(JsonValue empty, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (error) return;
    if (awaits_key()) return fail(mark, "a key must be a string");
    Frame frame;
    frame.path = path_here();
    frame.value = std::move(empty);
    frame.tag = tag;
    frame.anchor = anchor;
    frame.mark = mark;
    frames_.push_back(std::move(frame));
  }

  void close() {
    if (error) return;
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    for (auto& mapping : frame.merged) {
      for (auto& [key, value] : mapping.members) {
        if (frame.keys.insert(key).second) frame.value.members.emplace_back(key, std::move(value));
      }
    }
    complete(std::move(frame.value), frame.tag, frame.anchor, frame.mark);
  }

  // A value is complete: it goes into the innermost open collection.
  void complete(JsonValue value, const std::string& tag, YAML::anchor_t anchor, const YAML::Mark& mark) {
    if (!allowance_.take(sizeof value + value.text.size())) return fail_too_large(mark);
    if (awaits_key()) return take_key(value, mark);
    if (!apply_tag(value, tag, mark)) return;
    if (anchor != 0) {
      if (!allowance_.take(value)) return fail_too_large(mark);
      anchors_[anchor] = value;
    }
    if (frames_.empty()) {
      document.root = std::move(value);
      return;
    }
    Frame& top = frames_.back();
    if (top.value.is_array()) {
      top.value.items.push_back(std::move(value));
      return;
    }
    if (top.merging) {
      merge(top, std::move(value), mark);
    } else {
      top.value.members.emplace_back(std::move(top.key), std::move(value));
    }
    top.has_key = top.merging = false;
    top.key.clear();
  }

  void take_key(const JsonValue& key, const YAML::Mark& mark) {
    Frame& top = frames_.back();
    if (!key.is_string()) return fail(mark, "a key must be a string");
    if (!top.keys.insert(key.text).second) {
      return fail(mark, fmt::format("the key \"{}\" appears twice in one mapping", key.text));
    }
    top.key = key.text;
    top.has_key = true;
    std::string path = path_here();
    if (!allowance_.take(path.size())) return fail_too_large(mark);
    document.places[std::move(path)] = {static_cast<std::uint32_t>(mark.line + 1),
                                        static_cast<std::uint32_t>(mark.column + 1)};
  }

  void merge(Frame& top, JsonValue value, const YAML::Mark& mark) {
    if (value.is_object()) {
      top.merged.push_back(std::move(value));
      return;
    }
    if (!value.is_array()) return fail(mark, "<< takes a mapping or a list of them");
    for (auto& item : value.items) {
      if (!item.is_object()) return fail(mark, "<< takes a mapping or a list of them");
      top.merged.push_back(std::move(item));
    }
  }

  // Turns !Sub x into {"Fn::Sub": x}. False after an error.
  bool apply_tag(JsonValue& value, const std::string& tag, const YAML::Mark& mark) {
    if (tag.empty() || tag == "?" || tag == "!") return true;
    if (tag.starts_with("tag:yaml.org,2002:")) {
      if (value.is_string() && !tag.ends_with(":str")) value = plain_scalar(std::string{value.text});
      return true;
    }
    const std::string_view name = std::string_view{tag}.substr(1);
    if (name == "Ref" || name == "Condition") {
      wrap(value, std::string{name});
    } else if (name == "GetAtt" && value.is_string()) {
      const auto dot = value.text.find('.');
      if (dot != std::string::npos) {
        value = JsonValue::array({JsonValue::of(std::string_view{value.text}.substr(0, dot)),
                                  JsonValue::of(std::string_view{value.text}.substr(dot + 1))});
      }
      wrap(value, "Fn::GetAtt");
    } else if (name == "Transform" || std::ranges::find(kShortForms, name) != kShortForms.end()) {
      wrap(value, fmt::format("Fn::{}", name));
    } else {
      const auto near = nearest(name, kShortForms);
      fail(mark, fmt::format("unknown tag {}{}", tag, near.empty() ? "" : fmt::format(", did you mean !{}?", near)));
      return false;
    }
    return true;
  }

  static void wrap(JsonValue& value, std::string key) {
    JsonValue inner = std::move(value);
    value = JsonValue::object();
    value.members.emplace_back(std::move(key), std::move(inner));
  }

  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, JsonValue> anchors_;
  Allowance allowance_;
};

}  // namespace

Result<YamlDocument> read_yaml(std::string_view text) {
  Builder builder;
  try {
    std::istringstream stream{std::string{text}};
    YAML::Parser parser{stream};
    parser.HandleNextDocument(builder);
    if (builder.error) return *builder.error;
    Builder second;
    if (parser.HandleNextDocument(second)) {
      return invalid_input("Template format error: the text holds more than one YAML document.");
    }
  } catch (const YAML::Exception& exception) {
    return not_well_formed(exception.mark, exception.msg);
  } catch (const std::exception& exception) {
    return not_well_formed(YAML::Mark::null_mark(), exception.what());
  }
  return std::move(builder.document);
}

}  // namespace athanor::stack
