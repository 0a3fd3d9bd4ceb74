// What many targets get of one event is what each gets alone from a plain version on JSON trees: generated events,
// paths and templates.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "delivery/input_transformer.h"
#include "format/json.h"

namespace athanor::delivery {
namespace {

using format::JsonKind;
using format::JsonValue;

constexpr base::Time kTime{std::chrono::seconds{1'700'000'000}};

using Path = std::vector<std::string>;  // names, numbers in brackets, or "[*]"

std::string text_of(const Path& path) {
  std::string text = "$";
  for (const std::string& step : path) text += (step.starts_with('[') ? "" : ".") + step;
  return text;
}

std::optional<JsonValue> plainly_at(const JsonValue& value, Path path) {
  if (path.empty()) return value;
  const std::string step = path.front();
  path.erase(path.begin());
  if (step == "[*]") {
    JsonValue all = JsonValue::array();
    const auto add = [&](const JsonValue& of) {
      if (auto found = plainly_at(of, path)) all.items.push_back(*std::move(found));
    };
    for (const JsonValue& item : value.items) add(item);
    for (const auto& [name, member] : value.members) add(member);
    return all;
  }
  if (step.starts_with('[')) {
    const auto index = static_cast<std::size_t>(step[1] - '0');
    return index < value.items.size() ? plainly_at(value.items[index], path) : std::nullopt;
  }
  const JsonValue* member = value.find(step);
  return member != nullptr ? plainly_at(*member, path) : std::nullopt;
}

std::string plainly_unquoted(const JsonValue& value) {
  if (value.is_string()) return value.text;
  if (!value.is_array() && !value.is_object()) return format::print_json(value);
  std::vector<std::string> pieces;
  for (const JsonValue& item : value.items) pieces.push_back(plainly_unquoted(item));
  for (const auto& [name, member] : value.members) pieces.push_back(name + ":" + plainly_unquoted(member));
  const std::string inside = fmt::format("{}", fmt::join(pieces, ","));
  return value.is_array() ? "[" + inside + "]" : "{" + inside + "}";
}

// A target, and what it should receive.
struct Case {
  bus::Target target;
  std::string input;
  std::string message_group_id;
  bool is_refused = false;
};

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

  std::string detail() { return object(3); }

  Case one(const bus::EventAccepted& event) {
    event_ = *format::parse_json(bus::event_text(event, "replay"));
    Case made{.target = {.id = "t", .arn = pick({"arn:aws:sqs:q", "arn:aws:lambda:f"})}};
    made.target.rule_name = pick({"r", "s"});
    made.target.rule_arn = "arn:" + made.target.rule_name;
    switch (random_.below(4)) {
      case 0:
        made.input = bus::event_text(event, "replay");
        break;
      case 1: {
        const Path chosen = path();
        made.target.input_path = text_of(chosen);
        made.input = format::print_json(plainly_at(event_, chosen).value_or(JsonValue::null()));
        break;
      }
      default:
        fill(made);
    }
    group(made);
    return made;
  }

 private:
  std::string pick(std::initializer_list<const char*> from) { return from.begin()[random_.below(from.size())]; }
  std::string blank() { return pick({"", "", "", " ", "\n\t"}); }

  std::string object(std::size_t depth) {
    std::string out = "{" + blank();
    for (std::size_t i = random_.below(4); i > 0; --i)
      out += pick({R"("a")", R"("b")", R"("\u0061")"}) + blank() + ":" + blank() + json(depth) + blank() +
             (i > 1 ? "," : "") + blank();
    return out + "}";
  }
  std::string json(std::size_t depth) {
    const std::uint64_t kind = random_.below(depth > 0 ? 4 : 2);
    if (kind == 0) return pick({"0", "-1.50", "1e400", "9007199254740993", "true", "null"});
    if (kind == 1)
      return pick(
          {R"("")", R"("a b")", R"("say \"hi\"")", R"("\u00e9\/é")", R"("\ud800x")", R"("\u0000\n")", R"("a\\")"});
    if (kind == 2) return object(depth - 1);
    std::string out = "[" + blank();
    for (std::size_t i = random_.below(4); i > 0; --i) out += json(depth - 1) + blank() + (i > 1 ? "," : "") + blank();
    return out + "]";
  }

  Path path() {
    Path out;
    if (!random_.one_in(8)) out.emplace_back("detail");
    for (std::uint64_t i = random_.below(3); i > 0; --i) out.push_back(pick({"a", "b", "[0]", "[1]", "[*]"}));
    return out;
  }

  // A placeholder, and the value it stands for.
  std::pair<std::string, std::optional<JsonValue>> placeholder(Case& made) {
    switch (random_.below(6)) {
      case 0:
        return {"<aws.events.event.json>", event_};
      case 1:
        return {"<aws.events.rule-arn>", JsonValue::of(made.target.rule_arn)};
      case 2:
        return {"<aws.events.rule-name>", JsonValue::of(made.target.rule_name)};
      default: {
        const Path chosen = path();
        const std::string name = pick({"x", "y"});
        const auto [known, is_new] = paths_.try_emplace(name, chosen);
        made.target.input_transformer->input_paths[name] = text_of(known->second);
        return {"<" + name + ">", plainly_at(event_, known->second)};
      }
    }
  }

  void fill(Case& made) {
    paths_.clear();
    bus::InputTransformer& transformer = made.target.input_transformer.emplace();
    std::string& input_template = transformer.input_template;
    const bool is_json = !random_.one_in(3);
    std::string text;
    const auto both = [&](const std::string& piece) {
      input_template += piece;
      text += piece;
    };
    both(is_json ? "[" + blank() : "\"");
    for (std::uint64_t i = 1 + random_.below(2); i > 0; --i) {
      const bool is_quoted = is_json && random_.one_in(2);
      if (is_quoted) both("\"in \\u0061 ");
      const auto [name, value] = placeholder(made);
      input_template += name;
      if (!is_json)
        text += value ? plainly_unquoted(*value) : "";
      else if (!value)
        text += is_quoted ? "" : "\"\"";
      else
        text += is_quoted && value->is_string() ? value->text : format::print_json(*value);
      if (is_quoted) both("\"");
      both(blank() + (i > 1 ? "," : ""));
    }
    both(is_json ? "]" : "\"");
    const auto parsed = format::parse_json(text);
    made.is_refused = !parsed && (is_json || made.target.arn.starts_with("arn:aws:lambda:"));
    made.input = !is_json ? text : parsed ? format::print_json(*parsed) : "none";
  }

  void group(Case& made) {
    if (random_.one_in(2)) return;
    const Path chosen = path();
    made.target.message_group_id = text_of(chosen);
    const auto value = plainly_at(event_, chosen);
    made.message_group_id = !value ? "" : value->is_string() ? value->text : format::print_json(*value);
  }

  base::Random random_;
  JsonValue event_;
  std::map<std::string, Path> paths_;
};

TEST(InputTransformerProperty, SharesAmongTargetsWhatEachGetsAlone) {
  std::size_t refused = 0;
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    Generator generate{seed};
    const std::string detail = generate.detail();
    const bus::EventAccepted event{.id = "i", .time = kTime, .source = "s", .detail = detail};
    std::vector<Case> cases;
    for (std::size_t i = 0; i < 20; ++i) cases.push_back(generate.one(event));
    EventInputs inputs{event, "replay", kTime};
    for (std::size_t i = 0; i < 2 * cases.size(); ++i) {
      const Case& expected = cases[i % cases.size()];
      const std::string what =
          fmt::format("seed {}, {}, {} of {}", seed, i,
                      expected.target.input_transformer ? expected.target.input_transformer->input_template
                                                        : expected.target.input_path.value_or("$"),
                      detail);
      const InputFacts facts = inputs.facts(expected.target);
      ASSERT_EQ(!facts.error.empty(), expected.is_refused) << what;
      ASSERT_EQ(facts.message_group_id, expected.message_group_id) << what;
      ASSERT_EQ(inputs.make(expected.target).value_or("none"), expected.input) << what;
      if (expected.input != "none") ASSERT_EQ(facts.bytes, expected.input.size()) << what;
      refused += expected.is_refused;
    }
  }
  EXPECT_GT(refused, 100U);
}

}  // namespace
}  // namespace athanor::delivery
