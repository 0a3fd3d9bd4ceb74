#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pattern/explain/condition_words.h"
#include "pattern/explain/located_event.h"
#include "pattern/lint/lint.h"
#include "pattern/reference_matcher.h"

namespace athanor::pattern {
namespace {

using format::JsonValue;
using Kind = LintFinding::Kind;

// An event without the fields of the envelope that neither of the two asks for.
std::string shown(const JsonValue& event, const EventPattern& a, const EventPattern& b) {
  JsonValue shorter = JsonValue::object();
  for (const auto& [name, value] : event.members) {
    const bool is_wanted = wanted_paths(a).wants(name) || wanted_paths(b).wants(name);
    if (is_wanted || name == "detail") shorter.members.emplace_back(name, value);
  }
  return without_controls(format::print_json(shorter));
}

class Block {
 public:
  Block(const LintFinding& finding, std::span<const LintRule> rules, const Paint& paint)
      : finding_(finding), rules_(rules), paint_(paint) {}

  std::string text() {
    text_ = heading() + "\n";
    for (const auto& [path, wanted, reason] : finding_.faults)
      text_ += fmt::format("    {}  {}  {}\n", paint_(printable(path), Tone::Bad), without_controls(in_words(wanted)),
                           paint_(reason, Tone::Hint));
    if (finding_.event) add_event(finding_.other ? "both" : "matches", *finding_.event);
    if (finding_.other) {
      if (finding_.other_alone) add_event("only " + name(*finding_.other), *finding_.other_alone);
      if (finding_.kind != Kind::Overlap) {
        for (const std::string& target : finding_.targets) line("twice to", printable(target));
      }
    }
    return std::move(text_);
  }

 private:
  std::string name(std::size_t rule) const { return printable(rules_[rule].name); }

  std::string heading() const {
    const std::string first = name(finding_.rule);
    const std::string second = finding_.other ? name(*finding_.other) : "";
    const std::string bad = paint_("✗", Tone::Bad);
    const std::string hint = paint_("!", Tone::Hint);
    switch (finding_.kind) {
      case Kind::NeverMatches:
        return fmt::format("{} {} never matches", bad, first);
      case Kind::PartNeverMatches:
        return fmt::format("{} {}: some of its alternatives never match", bad, first);
      case Kind::Unnamed:
        return fmt::format("{} {} uses a field that no schema names", hint, first);
      case Kind::PartReplaced:
        return fmt::format("{} {}: a list of values is ignored", bad, first);
      case Kind::SameEvents:
        return fmt::format("{} {} and {} match the same events", hint, first, second);
      case Kind::Contained:
        return fmt::format("{} all events of {} also match {}, which matches more", hint, first, second);
      case Kind::Overlap: {
        std::string targets;
        for (const std::string& target : finding_.targets) targets += (targets.empty() ? "" : ", ") + printable(target);
        return fmt::format("{} {} and {} both deliver to {}", hint, first, second, targets);
      }
      case Kind::Undecided:
        break;
    }
    return fmt::format("? {}{}: undecided: {}", first, finding_.other ? " and " + second : "", finding_.undecided);
  }

  void line(std::string_view what, std::string_view said) {
    text_ += fmt::format("    {}  {}\n", paint_(what, Tone::Quiet), said);
  }

  void add_event(std::string_view what, const LintFinding::Witness& witness) {
    line(what,
         shown(witness.event, rules_[finding_.rule].pattern, rules_[finding_.other.value_or(finding_.rule)].pattern));
    if (witness.has_several) line(std::string(what.size(), ' '), "only an event with several values in a field");
  }

  const LintFinding& finding_;
  std::span<const LintRule> rules_;
  const Paint& paint_;
  std::string text_;
};

JsonValue texts_json(const std::vector<std::string>& texts) {
  std::vector<JsonValue> items;
  for (const std::string& text : texts) items.push_back(JsonValue::of(text));
  return JsonValue::array(std::move(items));
}

JsonValue faults_json(const std::vector<LintFinding::Fault>& clauses) {
  std::vector<JsonValue> items;
  for (const auto& [path, wanted, reason] : clauses) {
    std::vector<JsonValue> conditions;
    for (const Condition& condition : wanted) conditions.push_back(as_json(condition));
    items.push_back(JsonValue::object({{"Path", JsonValue::of(path)},
                                       {"Wanted", JsonValue::array(std::move(conditions))},
                                       {"Reason", JsonValue::of(reason)}}));
  }
  return JsonValue::array(std::move(items));
}

JsonValue finding_json(const LintFinding& finding, std::span<const LintRule> rules) {
  constexpr std::string_view kKinds[] = {"NeverMatches", "PartNeverMatches", "Unnamed", "PartReplaced",
                                         "SameEvents",   "Contained",        "Overlap", "Undecided"};
  const auto name = [&](std::size_t rule) { return JsonValue::of(rules[rule].name); };
  JsonValue json = JsonValue::object(
      {{"Kind", JsonValue::of(kKinds[static_cast<std::size_t>(finding.kind)])}, {"Rule", name(finding.rule)}});
  if (finding.other) json.set("Other", name(*finding.other));
  if (!finding.faults.empty()) json.set("Faults", faults_json(finding.faults));
  if (!finding.targets.empty()) json.set("Targets", texts_json(finding.targets));
  if (finding.event) {
    json.set("Event", finding.event->event);
    json.set("EventHasSeveralValues", JsonValue::of(finding.event->has_several));
  }
  if (finding.other_alone) {
    json.set("OtherAlone", finding.other_alone->event);
    json.set("OtherAloneHasSeveralValues", JsonValue::of(finding.other_alone->has_several));
  }
  if (!finding.undecided.empty()) json.set("Undecided", JsonValue::of(finding.undecided));
  return json;
}

}  // namespace

std::string to_text(std::span<const LintFinding> findings, std::span<const LintRule> rules, const Paint& paint) {
  std::string text;
  for (const LintFinding& finding : findings) text += Block{finding, rules, paint}.text();
  return text;
}

format::JsonValue to_json(std::span<const LintFinding> findings, std::span<const LintRule> rules) {
  std::vector<JsonValue> items;
  for (const LintFinding& finding : findings) items.push_back(finding_json(finding, rules));
  return JsonValue::array(std::move(items));
}

}  // namespace athanor::pattern
