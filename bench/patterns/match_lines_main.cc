// How fast are lines of JSON matched against rules: text in, rule numbers out, on one thread?
//
//   match-lines lots FILE [SET]        the sets of lot_rules.h, each beside simdjson walking the same fields
//   match-lines rules RULES EVENTS     the patterns of one file, one a line, against the events of another
//
// Expected: at least half of the walk's speed for five rules; with 100,000 rules half of the speed with 100.
#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <functional>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "bench/patterns/lot_rules.h"
#include "bench/patterns/walk.h"
#include "pattern/rule_set.h"

namespace athanor::bench {
namespace {

using Clock = std::chrono::steady_clock;

std::vector<std::string> read_lines(const std::string& path) {
  std::ifstream in{path};
  if (!in) throw std::runtime_error{"cannot read " + path};
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

double seconds_of(const std::function<void()>& work) {
  const auto start = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// The median of seven rounds, in events per second.
double events_a_second(std::size_t events, const std::function<void()>& work) {
  std::vector<double> turns;
  for (int i = 0; i < 7; ++i) turns.push_back(static_cast<double>(events) / seconds_of(work));
  std::nth_element(turns.begin(), turns.begin() + 3, turns.end());
  return turns[3];
}

std::size_t match_all(const pattern::RuleSet& rules, const std::vector<std::string>& lines) {
  std::size_t matched = 0;
  std::vector<std::uint64_t> numbers;
  for (const std::string& line : lines) {
    rules.match(line, numbers);
    matched += numbers.size();
  }
  return matched;
}

pattern::EventPattern parsed(const std::string& text) {
  auto pattern = pattern::parse_event_pattern(text);
  if (!pattern) throw std::runtime_error{pattern.error().message + ": " + text};
  return *std::move(pattern);
}

void lots(const std::string& path, const std::string& only) {
  const auto lines = read_lines(path);
  fmt::print("{:<18} {:>12} {:>12} {:>7} {:>9}\n", "five rules", "events/s", "walk/s", "ratio", "matched");
  for (const LotRules& set : lot_rules()) {
    if (!only.empty() && set.name != only) continue;
    pattern::RuleSet rules;
    for (std::size_t i = 0; i < set.patterns.size(); ++i) rules.put(i, parsed(set.patterns[i]));
    const std::size_t matched = match_all(rules, lines);
    const double speed = events_a_second(lines.size(), [&] { match_all(rules, lines); });
    std::size_t walked = 0;
    const double walk =
        events_a_second(lines.size(), [&] { walked += walk_lines(lines, set.fields, set.asks_coordinates); });
    fmt::print("{:<18} {:>12.0f} {:>12.0f} {:>7.2f} {:>8.1f}%{}\n", set.name, speed, walk, speed / walk,
               100.0 * static_cast<double>(matched) / static_cast<double>(lines.size()), walked == 0 ? "!" : "");
  }
}

void rules(const std::string& rules_path, const std::string& events_path) {
  const auto patterns = read_lines(rules_path);
  const auto lines = read_lines(events_path);
  const std::size_t before = ::mallinfo2().uordblks;
  pattern::RuleSet rules;
  std::uint64_t next = 0;
  const double compiling = seconds_of([&] {
    for (const std::string& text : patterns) rules.put(next++, parsed(text));
  });
  const std::size_t after = ::mallinfo2().uordblks;
  const auto one = parsed(patterns.front());
  const double change = seconds_of([&] {
    for (int i = 0; i < 1'000; ++i) {
      pattern::RuleSet other = rules;
      other.put(next, one);
      pattern::RuleSet third = other;
      third.remove(next, one);
    }
  });
  const std::size_t matched = match_all(rules, lines);
  const double speed = events_a_second(lines.size(), [&] { match_all(rules, lines); });
  fmt::print(
      "{} rules: {:.0f} events/s, {} matched; compiled in {:.3f} s, {:.0f} bytes a rule, put and removed in {:.1f} "
      "us\n",
      patterns.size(), speed, matched, compiling,
      static_cast<double>(after - before) / static_cast<double>(patterns.size()), change * 1e6 / 1'000);
  if (std::thread::hardware_concurrency() > 1) {
    const double two = events_a_second(2 * lines.size(), [&] {
      std::thread other{[&] { match_all(rules, lines); }};
      match_all(rules, lines);
      other.join();
    });
    fmt::print("on two threads {:.0f} events/s, {:.2f} times one\n", two, two / speed);
  }
}

}  // namespace
}  // namespace athanor::bench

int main(int argc, char** argv) {
  const std::vector<std::string> arguments{argv + 1, argv + argc};
  try {
    if (arguments.size() >= 2 && arguments.size() <= 3 && arguments[0] == "lots") {
      athanor::bench::lots(arguments[1], arguments.size() == 3 ? arguments[2] : "");
    } else if (arguments.size() == 3 && arguments[0] == "rules") {
      athanor::bench::rules(arguments[1], arguments[2]);
    } else {
      std::cerr << "match-lines lots FILE [SET] | match-lines rules RULES EVENTS\n";
      return 2;
    }
  } catch (const std::exception& error) {
    std::cerr << "match-lines: " << error.what() << '\n';
    return 1;
  }
}
