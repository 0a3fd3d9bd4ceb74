#include "pattern/library/athanor_pattern.h"

#include <unordered_map>

#include "format/json.h"
#include "pattern/explain/explain.h"
#include "pattern/rule_set.h"

namespace athanor_pattern {

namespace pattern = athanor::pattern;

struct Matcher::State {
  pattern::RuleSet rules;
};

struct Rules::State {
  pattern::RuleSet rules;
  std::unordered_map<std::uint64_t, pattern::EventPattern> patterns;  // by number: needed again to remove one
};

bool Matcher::match(std::string_view event, std::vector<std::uint64_t>& matched) const {
  matched.clear();
  if (!athanor::format::is_valid_json_object(event)) return false;
  match_valid(event, matched);
  return true;
}

void Matcher::match_valid(std::string_view event, std::vector<std::uint64_t>& matched) const {
  state_->rules.match(event, matched);
}

Rules::Rules() : state_(std::make_unique<State>()) {}
Rules::Rules(Rules&&) noexcept = default;
Rules& Rules::operator=(Rules&&) noexcept = default;
Rules::~Rules() = default;

std::optional<std::string> Rules::put(std::uint64_t number, std::string_view text) {
  auto parsed = pattern::parse_event_pattern(text);
  if (!parsed) return parsed.error().message;
  remove(number);
  state_->rules.put(number, *parsed);
  state_->patterns.emplace(number, *std::move(parsed));
  return std::nullopt;
}

bool Rules::remove(std::uint64_t number) {
  const auto found = state_->patterns.find(number);
  if (found == state_->patterns.end()) return false;
  state_->rules.remove(number, found->second);
  state_->patterns.erase(found);
  return true;
}

std::size_t Rules::size() const { return state_->patterns.size(); }

Matcher Rules::matcher() const { return Matcher{std::make_shared<const Matcher::State>(state_->rules)}; }

std::optional<Explanation> explain(std::string_view text, std::string_view event) {
  const auto parsed = pattern::parse_event_pattern(text);
  if (!parsed || !athanor::format::is_valid_json_object(event)) return std::nullopt;
  const auto explanation = pattern::explain(*parsed, event);
  return Explanation{explanation.matches, pattern::to_text(explanation),
                     athanor::format::print_json(pattern::to_json(explanation))};
}

}  // namespace athanor_pattern
