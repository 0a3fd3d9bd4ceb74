#include "pattern/rule_set.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <unordered_map>

#include "base/assert.h"
#include "pattern/reference_matcher.h"

namespace athanor::pattern {
namespace {

// The sources that an event must have for the pattern to match; empty when any might.
std::set<std::string> sources_of(const EventPattern& pattern) {
  std::set<std::string> sources;
  for (const Alternative& alternative : pattern.alternatives()) {
    const auto found = alternative.find("source");
    if (found == alternative.end()) return {};
    for (const Condition& condition : found->second) {
      const bool is_exact = condition.kind == Condition::Kind::Exact && condition.type == format::JsonKind::String &&
                            condition.ip_low.empty();
      if (!is_exact) return {};
      sources.insert(condition.text);
    }
  }
  return sources;
}

}  // namespace

struct RuleSet::Compiled {
  struct Rule {
    std::shared_ptr<const EventPattern> pattern;
    std::set<std::string> sources;
  };
  std::map<std::uint64_t, Rule> rules;
  std::unordered_map<std::string, std::set<std::uint64_t>> by_source;
  std::set<std::uint64_t> of_any_source;
  std::map<std::string, std::size_t> paths;  // with the number of rules that mention each
  WantedPaths wanted;

  void count_paths(const EventPattern& pattern, int by) {
    std::set<std::string> mentioned;
    for (const Alternative& alternative : pattern.alternatives()) {
      for (const auto& [path, conditions] : alternative) mentioned.insert(path);
    }
    bool gone = false;
    for (const std::string& path : mentioned) {
      std::size_t& count = paths[path];
      if (by > 0 && count++ == 0) wanted.add(path);
      if (by < 0 && --count == 0) {
        paths.erase(path);
        gone = true;
      }
    }
    if (!gone) return;
    wanted = {};
    for (const auto& [path, count] : paths) wanted.add(path);
  }
};

RuleSet::RuleSet() : compiled_(std::make_shared<const Compiled>()) {}

RuleSet RuleSet::with(std::uint64_t number, std::shared_ptr<const EventPattern> pattern) const {
  auto next = std::make_shared<Compiled>(*compiled_);
  std::set<std::string> sources = sources_of(*pattern);
  if (sources.empty()) next->of_any_source.insert(number);
  for (const std::string& source : sources) next->by_source[source].insert(number);
  next->count_paths(*pattern, +1);
  const bool is_new = next->rules.emplace(number, Compiled::Rule{std::move(pattern), std::move(sources)}).second;
  ATHANOR_ASSERT(is_new);
  return RuleSet{std::move(next)};
}

RuleSet RuleSet::without(std::uint64_t number) const {
  const auto found = compiled_->rules.find(number);
  if (found == compiled_->rules.end()) return *this;
  auto next = std::make_shared<Compiled>(*compiled_);
  for (const std::string& source : found->second.sources) {
    const auto rules = next->by_source.find(source);
    rules->second.erase(number);
    if (rules->second.empty()) next->by_source.erase(rules);
  }
  next->of_any_source.erase(number);
  next->count_paths(*found->second.pattern, -1);
  next->rules.erase(number);
  return RuleSet{std::move(next)};
}

std::vector<std::uint64_t> RuleSet::match(const Envelope& event) const {
  const Compiled& c = *compiled_;
  const auto indexed = c.by_source.find(std::string{event.source});
  if (indexed == c.by_source.end() && c.of_any_source.empty()) return {};
  const Fields fields = flatten(event, c.wanted);
  std::vector<std::uint64_t> matched;
  const auto try_all = [&](const std::set<std::uint64_t>& numbers) {
    for (const std::uint64_t number : numbers) {
      if (matches(*c.rules.find(number)->second.pattern, fields)) matched.push_back(number);
    }
  };
  try_all(c.of_any_source);
  if (indexed != c.by_source.end()) try_all(indexed->second);
  std::sort(matched.begin(), matched.end());
  return matched;
}

std::size_t RuleSet::size() const { return compiled_->rules.size(); }

}  // namespace athanor::pattern
