// What lint says about generated rules holds for generated events, as judged by the reference matcher.
#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <map>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/tries.h"
#include "pattern/lint/common_event.h"
#include "pattern/lint/lint.h"
#include "pattern/lint/value_set.h"
#include "pattern/reference_matcher.h"

namespace athanor::pattern {
namespace {

using Kind = LintFinding::Kind;

// Few words, so that generated patterns and events often match.
std::string one_of(std::initializer_list<const char*> texts, base::Random& random) {
  return *(texts.begin() + random.below(texts.size()));
}
std::string word(base::Random& random) {
  return one_of({"a", "b", "ab", "ba", "A", "aB", "", "é", "É", "10.0.0.1", "010.0.0.1", "::ffff:a00:1", "x*y"},
                random);
}
std::string quoted_word(base::Random& random) { return '"' + word(random) + '"'; }
std::string number(base::Random& random) {
  return one_of({"0", "1", "1.0", "1e0", "2", "-1", "1.5", "1e400", "9007199254740993"}, random);
}
std::string scalar(base::Random& random) {
  switch (random.below(6)) {
    case 0:
    case 1:
      return number(random);
    case 2:
      return one_of({"null", "true", "false"}, random);
    default:
      return quoted_word(random);
  }
}
std::string wildcard(base::Random& random) {
  return one_of({R"("*a*")", R"("a*")", R"("*b")", R"("a*b")", R"("*")", R"("x\\*y")", R"("*.0.0.*")"}, random);
}
std::string anything_but(base::Random& random) {
  switch (random.below(7)) {
    case 0:
      return one_of({"0", "1", "[1,2]", "[-1,1.5]"}, random);
    case 1:
      return "[" + quoted_word(random) + "," + quoted_word(random) + "]";
    case 2:
      return R"({"prefix":)" + one_of({R"("a")", R"(["a","b"])", R"("10.")"}, random) + "}";
    case 3:
      return R"({"suffix":)" + one_of({R"("b")", R"(["a","B"])", R"("1")"}, random) + "}";
    case 4:
      return R"({"equals-ignore-case":)" + quoted_word(random) + "}";
    case 5:
      return R"({"wildcard":)" + wildcard(random) + "}";
    default:
      return quoted_word(random);
  }
}
std::string condition(base::Random& random) {
  switch (random.below(14)) {
    case 0:
      return R"({"prefix":)" + quoted_word(random) + "}";
    case 1:
      return R"({"suffix":)" + quoted_word(random) + "}";
    case 2:
      return R"({"equals-ignore-case":)" + quoted_word(random) + "}";
    case 3:
    case 4:
      return R"({"exists":)" + one_of({"true", "false", "false"}, random) + "}";
    case 5:
    case 6:
      return R"({"anything-but":)" + anything_but(random) + "}";
    case 7:
      return R"({"numeric":)" +
             one_of({R"([">",0])", R"([">=",1])", R"(["<",1])", R"([">",0,"<=",1.5])", R"(["=",1])",
                     R"([">",1,"<",1.0000000000000002])"},
                    random) +
             "}";
    case 8:
      return R"({"wildcard":)" + wildcard(random) + "}";
    case 9:
      return R"({"cidr":)" + one_of({R"("10.0.0.0/8")", R"("10.0.0.0/31")", R"("::/0")", R"("a00::/16")"}, random) +
             "}";
    case 10:
      return R"({"prefix":{"equals-ignore-case":)" + quoted_word(random) + "}}";
    default:
      return scalar(random);
  }
}

std::string fields_pattern(base::Random& random, int depth) {
  std::string out = "{";
  const auto count = 1 + random.below(3);
  for (std::uint64_t i = 0; i < count; ++i) {
    if (i > 0) out += ',';
    if (depth > 0 && random.one_in(5)) {
      out += R"("$or":[)" + fields_pattern(random, depth - 1) + "," + fields_pattern(random, depth - 1) + "]";
    } else {
      out += std::string{"\""} + static_cast<char>('p' + random.below(3)) + "\":";
      if (depth > 0 && random.one_in(2))
        out += fields_pattern(random, depth - 1);
      else
        out += "[" + condition(random) + (random.one_in(2) ? "," + condition(random) : "") + "]";
    }
  }
  return out + "}";
}
std::string pattern_text(base::Random& random) {
  std::string text = R"({"detail":)" + fields_pattern(random, 2);
  if (random.one_in(3)) text += R"(,"source":[)" + condition(random) + "]";
  if (random.one_in(6)) text += R"(,"resources":[)" + condition(random) + "]";
  if (random.one_in(12)) text += R"(,"replay-name":[)" + condition(random) + "]";
  return text + "}";
}
// A pattern close to the given one, so that one often contains the other.
std::string changed(const std::string& text, base::Random& random) {
  const auto parsed = format::parse_json(text);
  std::vector<format::JsonValue*> lists;
  format::JsonValue tree = *parsed;
  const auto collect = [&](auto& self, format::JsonValue& value) -> void {
    for (auto& [name, member] : value.members) {
      if (member.is_array() && name != "$or") lists.push_back(&member);
      if (member.is_array() && name == "$or") {
        for (auto& branch : member.items) self(self, branch);
      }
      if (member.is_object()) self(self, member);
    }
  };
  collect(collect, tree);
  format::JsonValue& list = *lists[random.below(lists.size())];
  if (random.one_in(2) && list.items.size() > 1)
    list.items.pop_back();
  else
    list.items.push_back(*format::parse_json(condition(random)));
  return format::print_json(tree);
}

std::string event_value(base::Random& random, int depth, bool is_flat);
std::string event_object(base::Random& random, int depth, bool is_flat) {
  std::string out = "{";
  const char* separator = "";
  for (char name = 'p'; name < 's'; ++name) {
    if (random.one_in(3)) continue;
    out += separator + std::string{'"', name, '"', ':'} + event_value(random, depth - 1, is_flat);
    separator = ",";
    if (is_flat || !random.one_in(8)) continue;
    // The same name again, or a name with a dot.
    out += std::string{",\""} + name + (random.one_in(2) ? ".p" : "") + "\":" + event_value(random, depth - 1, is_flat);
  }
  return out + "}";
}
std::string event_value(base::Random& random, int depth, bool is_flat) {
  if (depth > 0 && random.one_in(2)) return event_object(random, depth, is_flat);
  if (depth > 0 && !is_flat && random.one_in(2))
    return "[" + event_value(random, depth - 1, is_flat) + "," + event_value(random, depth - 1, is_flat) + "]";
  return scalar(random);
}
std::string event_text(base::Random& random, bool is_flat) {
  std::string text = R"({"version":"0","id":"i","detail-type":"t","account":"1","time":"","region":"r","source":)" +
                     quoted_word(random) + R"(,"detail":)" + event_object(random, 3, is_flat);
  if (random.one_in(2))
    text += R"(,"resources":[)" + quoted_word(random) + (is_flat ? "]" : "," + quoted_word(random) + "]");
  if (random.one_in(4)) text += R"(,"replay-name":"a")";
  return text + "}";
}

// An event close to one that some alternative of the pattern matches.
void change_somewhere(format::JsonValue& value, base::Random& random, int depth) {
  const bool is_inner = value.is_object() || value.is_array();
  const auto children = value.is_object() ? value.members.size() : value.items.size();
  if (is_inner && children > 0 && !random.one_in(4)) {
    const auto child = random.below(children);
    return change_somewhere(value.is_object() ? value.members[child].second : value.items[child], random, depth - 1);
  }
  const auto any = [&] { return *format::parse_json(event_value(random, std::max(depth, 0), false)); };
  switch (random.below(5)) {
    case 0:
      value = any();
      break;
    case 1:
      value = format::JsonValue::array({value, any()});
      break;
    case 2:
      value = format::JsonValue::array({any(), value});
      break;
    default:
      if (value.is_object())
        value.members.emplace_back(std::string(1, static_cast<char>('p' + random.below(3))), any());
      else
        value = *format::parse_json(scalar(random));
  }
}
std::string event_near(format::JsonValue event, base::Random& random) {
  for (auto changes = random.below(4); changes > 0; --changes) change_somewhere(*event.find("detail"), random, 2);
  if (random.one_in(8)) event.set("source", *format::parse_json(quoted_word(random)));
  if (!event.find("detail")->is_object()) event.set("detail", format::JsonValue::object());
  return format::print_json(event);
}
// An event for each alternative that has any.
std::vector<format::JsonValue> events_of(const EventPattern& a, const EventPattern& b) {
  ClauseSets sets;
  std::vector<format::JsonValue> events;
  for (const EventPattern* pattern : {&a, &b}) {
    for (const Alternative& alternative : pattern->alternatives()) {
      if (const auto region = region_of(alternative, sets)) events.push_back(event_of(*region));
    }
  }
  return events;
}

// What lint found about two rules.
struct Claims {
  bool never_a = false, never_b = false, a_in_b = false, b_in_a = false, overlap = false, flat_overlap = false;
  bool undecided = false;
};
Claims claims_of(const std::vector<LintFinding>& findings) {
  Claims claims;
  for (const LintFinding& f : findings) {
    switch (f.kind) {
      case Kind::NeverMatches:
        (f.rule == 0 ? claims.never_a : claims.never_b) = true;
        break;
      case Kind::PartNeverMatches:
      case Kind::Unnamed:
      case Kind::PartReplaced:
        break;
      case Kind::SameEvents:
        claims.a_in_b = claims.b_in_a = claims.overlap = claims.flat_overlap = true;
        break;
      case Kind::Contained:
        (f.rule == 0 ? claims.a_in_b : claims.b_in_a) = claims.overlap = claims.flat_overlap = true;
        break;
      case Kind::Overlap:
        claims.overlap = true;
        claims.flat_overlap = claims.flat_overlap || !f.event->has_several;
        break;
      case Kind::Undecided:
        claims.undecided = true;
        break;
    }
  }
  return claims;
}

TEST(Lint, SaysOfGeneratedRulesWhatHoldsForGeneratedEvents) {
  constexpr std::uint64_t kSeed = 20'251'125;
  constexpr int kPairs = base::tries(500);
  constexpr int kEvents = 60;  // for each pair
  base::Random random{kSeed};
  std::map<std::string, int> seen;
  for (int pair = 0; pair < kPairs; ++pair) {
    const std::string a_text = pattern_text(random);
    const std::string b_text = random.one_in(2) ? changed(a_text, random) : pattern_text(random);
    auto a = parse_event_pattern(a_text);
    auto b = parse_event_pattern(b_text);
    if (!a || !b) continue;  // too complex a wildcard
    const std::vector<LintRule> rules{{"a", *a, {"t"}}, {"b", *b, {"t"}}};
    const Claims claims = claims_of(lint(rules));
    seen["never"] += claims.never_a;
    seen["contained"] += claims.a_in_b != claims.b_in_a;
    seen["same"] += claims.a_in_b && claims.b_in_a;
    seen["apart"] += !claims.never_a && !claims.never_b && !claims.overlap;
    seen["overlap"] += claims.flat_overlap;
    seen["overlap by arrays"] += claims.overlap && !claims.flat_overlap;
    seen["undecided"] += claims.undecided;
    const auto near = events_of(*a, *b);
    for (int i = 0; i < kEvents; ++i) {
      const bool is_flat = i % 3 == 0;
      const bool is_random = is_flat || i % 3 == 1 || near.empty();
      const std::string event =
          is_random ? event_text(random, is_flat) : event_near(near[random.below(near.size())], random);
      const bool in_a = matches(*a, flatten(event, wanted_paths(*a)));
      const bool in_b = matches(*b, flatten(event, wanted_paths(*b)));
      seen["hits"] += in_a || in_b;
      const std::string where = a_text + "\n" + b_text + "\n" + event;
      ASSERT_FALSE(claims.never_a && in_a) << where;
      ASSERT_FALSE(claims.never_b && in_b) << where;
      ASSERT_FALSE(claims.a_in_b && in_a && !in_b) << where;
      ASSERT_FALSE(claims.b_in_a && in_b && !in_a) << where;
      ASSERT_TRUE(claims.overlap || claims.undecided || !in_a || !in_b) << where;
      ASSERT_TRUE(claims.flat_overlap || claims.undecided || !is_flat || !in_a || !in_b) << where;
    }
  }
  // The generator has to hit each case to prove anything.
  EXPECT_GT(seen["never"], base::tries(50));
  EXPECT_GT(seen["contained"], base::tries(100));
  EXPECT_GT(seen["same"], base::tries(50));
  EXPECT_GT(seen["apart"], base::tries(5));
  EXPECT_GT(seen["overlap"], base::tries(300));
  EXPECT_GT(seen["overlap by arrays"], base::tries(10));
  EXPECT_LT(seen["undecided"], 5);
  EXPECT_GT(seen["hits"], base::tries(5'000));
}

TEST(ValueSet, HasWhatTheConditionsAccept) {
  base::Random random{20'251'126};
  std::size_t hits = 0;
  for (int round = 0; round < 1'000; ++round) {
    Effort effort{1'000'000};
    std::vector<Condition> lists[2];
    for (auto& list : lists) {
      const auto parsed = parse_event_pattern(R"({"x":[)" + condition(random) + "," + condition(random) + "]}");
      if (parsed) list = parsed->clauses().front().conditions;
    }
    const ValueSet a = ValueSet::of(lists[0], effort);
    const ValueSet b = ValueSet::of(lists[1], effort);
    const ValueSet both = a.both(b, effort);
    const ValueSet without = a.without(b, effort);
    const auto accepts = [](const std::vector<Condition>& conditions, const Value& value) {
      return std::any_of(conditions.begin(), conditions.end(), [&](const Condition& c) { return c.accepts(value); });
    };
    const auto check = [&](const Value& value) {
      const bool in_a = accepts(lists[0], value);
      const bool in_b = accepts(lists[1], value);
      EXPECT_EQ(a.contains(value), in_a) << value.text;
      EXPECT_EQ(both.contains(value), in_a && in_b) << value.text;
      EXPECT_EQ(without.contains(value), in_a && !in_b) << value.text;
      hits += in_a;
    };
    for (const ValueSet* set : {&a, &b, &both, &without}) {
      const auto member = set->member();
      EXPECT_EQ(member.has_value(), !set->is_empty());
      if (!member) continue;
      EXPECT_TRUE(set->contains(*member));
      check(*member);
    }
    for (int i = 0; i < 50; ++i) {
      const std::string text = scalar(random);
      const format::JsonCursor cursor{text};
      std::string value = cursor.kind() == format::JsonKind::String ? text.substr(1, text.size() - 2) : text;
      if (cursor.kind() == format::JsonKind::String && random.one_in(3)) value += word(random);
      check({cursor.kind(), value});
    }
  }
  EXPECT_GT(hits, 10'000U);
}

}  // namespace
}  // namespace athanor::pattern
