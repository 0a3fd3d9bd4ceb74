#include "pattern/rule_set.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "base/assert.h"
#include "pattern/persistent_map.h"
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

using Rules = PersistentMap<std::uint64_t, std::shared_ptr<const EventPattern>>;

std::set<std::string> paths_of(const EventPattern& pattern) {
  std::set<std::string> paths;
  for (const Alternative& alternative : pattern.alternatives()) {
    for (const auto& [path, conditions] : alternative) paths.insert(path);
  }
  return paths;
}

}  // namespace

// All of it persistent: a copy costs nothing, and a change only the nodes that it touches.
struct RuleSet::Compiled {
  Rules rules;
  PersistentMap<std::string, Rules> by_source;
  Rules of_any_source;
  WantedPaths wanted;
};

RuleSet::RuleSet() : compiled_(std::make_shared<const Compiled>()) {}

RuleSet RuleSet::with(std::uint64_t number, std::shared_ptr<const EventPattern> pattern) const {
  ATHANOR_ASSERT(!compiled_->rules.contains(number));
  auto next = std::make_shared<Compiled>(*compiled_);
  next->rules = next->rules.with(number, pattern);
  const std::set<std::string> sources = sources_of(*pattern);
  if (sources.empty()) next->of_any_source = next->of_any_source.with(number, pattern);
  for (const std::string& source : sources) {
    const Rules* rules = next->by_source.find(source);
    next->by_source = next->by_source.with(source, (rules == nullptr ? Rules{} : *rules).with(number, pattern));
  }
  for (const std::string& path : paths_of(*pattern)) next->wanted.add(path);
  return RuleSet{std::move(next)};
}

RuleSet RuleSet::without(std::uint64_t number) const {
  const auto* found = compiled_->rules.find(number);
  if (found == nullptr) return *this;
  const EventPattern& pattern = **found;  // this set keeps it while the next one is made
  auto next = std::make_shared<Compiled>(*compiled_);
  next->rules = next->rules.without(number);
  next->of_any_source = next->of_any_source.without(number);
  for (const std::string& source : sources_of(pattern)) {
    Rules rules = next->by_source.find(source)->without(number);
    next->by_source = rules.empty() ? next->by_source.without(source) : next->by_source.with(source, std::move(rules));
  }
  for (const std::string& path : paths_of(pattern)) next->wanted.remove(path);
  return RuleSet{std::move(next)};
}

std::vector<std::uint64_t> RuleSet::match(const Envelope& event) const {
  const Compiled& c = *compiled_;
  const Rules* of_source = c.by_source.find(event.source);
  if (of_source == nullptr && c.of_any_source.empty()) return {};
  const Fields fields = flatten(event, c.wanted);
  std::vector<std::uint64_t> matched;
  const auto try_one = [&](std::uint64_t number, const std::shared_ptr<const EventPattern>& pattern) {
    if (matches(*pattern, fields)) matched.push_back(number);
  };
  c.of_any_source.for_each(try_one);
  if (of_source != nullptr) of_source->for_each(try_one);
  std::sort(matched.begin(), matched.end());
  return matched;
}

std::size_t RuleSet::size() const { return compiled_->rules.size(); }

}  // namespace athanor::pattern
