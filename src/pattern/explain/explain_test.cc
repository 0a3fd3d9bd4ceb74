#include "pattern/explain/explain.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>

#include "base/random.h"
#include "base/text.h"
#include "base/tries.h"
#include "pattern/explain/accepted_value.h"
#include "pattern/explain/condition_words.h"
#include "pattern/reference_matcher.h"

namespace athanor::pattern {
namespace {

using format::JsonKind;
using format::JsonValue;
using ::testing::HasSubstr;

Explanation explained(std::string_view pattern, std::string_view event) {
  const auto parsed = parse_event_pattern(pattern);
  EXPECT_TRUE(parsed) << pattern;
  return explain(*parsed, event);
}
std::string text_of(std::string_view pattern, std::string_view event) { return to_text(explained(pattern, event)); }

TEST(Explain, TellsAtAGlance) {
  EXPECT_EQ(text_of(R"({"source":["alchemiser.strategy"],"detail-type":["SignalGenerated"]})",
                    R"({"source":"alchemiser.strategy_v2.handlers","detail-type":"SignalGenerated","detail":{}})"),
            R"(✗ does not match: 1 of 2 clauses fails

  ✓ detail-type  "SignalGenerated"      found "SignalGenerated"
  ✗ source       "alchemiser.strategy"  found "alchemiser.strategy_v2.handlers"
    ^^^^^^       a prefix would match

This event would match:
  set source to "alchemiser.strategy", instead of "alchemiser.strategy_v2.handlers"
Or this pattern:
  source: [{"prefix":"alchemiser.strategy"}]
)");
  EXPECT_EQ(text_of(R"({"detail":{"items":{"sku":["a"],"price":[{"numeric":[">",10]}]}}})",
                    R"({"detail":{"items":[{"sku":"a","price":5},{"sku":"b","price":12}]}})"),
            R"(✗ does not match: each clause holds on its own, but no single element of detail.items satisfies all

  ✗ detail.items.price  numeric > 10  found 5 at detail.items[0].price, 12 at detail.items[1].price (another element)
    ^^^^^^^^^^^^^^^^^^  holds, but not in the same array element as the others
  ✓ detail.items.sku    "a"           found "a" at detail.items[0].sku

This event would match:
  set detail.items[0].price to 11, instead of 5
)");
  EXPECT_EQ(text_of(R"({"$or":[{"source":["shop"],"detail":{"n":[1]}},{"detail":{"x":[{"exists":false}],"n":["1"]}}]})",
                    R"({"source":"web","detail":{"n":1,"x":[true,2]}})"),
            R"(✗ does not match: 1 of 2 clauses of alternative 1, the nearest of 2, fails

  ✓ detail.n  1       found 1
  ✗ source    "shop"  found "web"
    ^^^^^^    decided

This event would match:
  set source to "shop", instead of "web"

Other alternatives:
  2: fails on detail.n and detail.x
)");
  EXPECT_EQ(text_of(R"({"source":[{"prefix":"sh"}],"replay-name":[{"exists":false}]})", R"({"source":"shop"})"),
            R"(✓ matches

  ✓ replay-name  exists false  found nothing
  ✓ source       prefix "sh"   found "shop"
)");
}

// The verdict is always given; anything more only within the bound on the work.
TEST(Explain, StopsWhereItTakesTooLong) {
  const auto items = [](int count, std::string_view item) {
    std::string event = R"({"detail":{"items":[)";
    for (int i = 0; i < count; ++i) event += (i > 0 ? "," : "") + std::string{item};
    return event + "]}}";
  };
  const auto far = explained(R"({"detail":{"items":{"a":[1],"b":[2],"c":[{"exists":false}]}}})",
                             items(20'000, R"({"a":1,"b":1,"c":1})"));
  EXPECT_FALSE(far.gave_up);
  EXPECT_EQ(far.clauses_failing, 2U);
  EXPECT_FALSE(far.change);
  EXPECT_THAT(to_text(far), HasSubstr("Finding an event that matches would take too many steps."));

  const auto choice = [](std::string_view before, std::string_view behind) {
    std::string branches;
    for (int i = 2; i < 32; ++i) branches += fmt::format("{}{}{}{}", i > 2 ? "," : "", before, i, behind);
    return R"("$or":[)" + branches + "]";
  };
  const auto unknown =
      explained("{" + choice(R"({"x":[)", "]}") + R"(,"detail":{)" + choice(R"({"items":{"a":[)", "]}}") + "}}",
                items(5'000, R"({"a":1})"));
  EXPECT_FALSE(unknown.matches);
  EXPECT_TRUE(unknown.gave_up);
  EXPECT_EQ(to_text(unknown), "✗ does not match: finding out why would take more than 4000000 steps\n");
  EXPECT_EQ(format::print_json(to_json(unknown)), R"({"Matches":false,"Alternatives":900,"GaveUp":true})");
}

// Anything that no terminal should receive is written as an escape.
TEST(Explain, PrintsNoControlCharacters) {
  const std::string text = text_of(R"({"detail":{"a\u001b[1m\nb\u009b":["x\u001b[2m\u007f"]}})",
                                   R"({"detail":{"a\u001b[1m\nb\u009b":"y\u001b[3m\u009b4m"}})");
  EXPECT_EQ(text.find_first_of("\x1b\x7f"), std::string::npos);
  EXPECT_EQ(text.find("\xC2\x9B"), std::string::npos);
  EXPECT_THAT(text, HasSubstr(R"("x\u001b[2m\u007f")"));
  EXPECT_THAT(text, HasSubstr(R"(set detail["a\u001b[1m\nb\u009b"] to)"));
}

TEST(Explain, CutsWhatIsLong) {
  const std::string text =
      text_of(R"({"detail":{"a":["x"]}})", R"({"detail":{"a":")" + std::string(100'000, 'y') + R"("}})");
  EXPECT_LT(text.size(), 1'000U);
}

TEST(Explain, TellsInOneLine) {
  EXPECT_EQ(to_line(explained(R"({"source":["shop"],"id":["1"]})", R"({"source":"Shop","id":"1"})")),
            R"(✗ source: found "Shop", wanted "shop" (differs only in case))");
  EXPECT_EQ(to_line(explained(R"({"source":["shop"],"id":["1"]})", R"({"source":"web"})")),
            R"(✗ id: found nothing, wanted "1"; 2 clauses fail)");
  EXPECT_EQ(to_line(explained(R"({"source":["shop"]})", R"({"source":"shop"})")), "✓ matches");
}

// ---- Properties, over patterns and events that often match or narrowly miss.

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

  std::string pattern() {
    std::string out = R"({"detail":)" + fields(2);
    if (random_.one_in(2)) out += R"(,"source":[)" + condition() + "]";
    return out + "}";
  }

  // Half of them are built from what an alternative wants, then slightly spoilt.
  std::string event(const EventPattern& pattern) {
    JsonValue event = JsonValue::object({{"source", scalar()}, {"detail", object(random_.one_in(2) ? 3 : 1)}});
    if (random_.one_in(5)) event = JsonValue::object();
    if (random_.one_in(2)) {
      const auto& alternatives = pattern.alternatives();
      for (const PatternClause* clause : alternatives[random_.below(alternatives.size())]) {
        const auto value = accepted_value(clause->conditions, nullptr);
        if (value && !random_.one_in(6)) put(event, clause->path, random_.one_in(5) ? spoilt(*value) : *value);
      }
    }
    return format::print_json(event);
  }

 private:
  std::string key() { return std::string(1, static_cast<char>('p' + random_.below(3))); }
  std::string word() {
    static constexpr const char* kWords[] = {"a", "b", "ab", "ba", "A", "", "10.0.0.1", "x*y", "abab ", "é"};
    return kWords[random_.below(std::size(kWords))];
  }
  std::string quoted_word() {
    std::string out;
    format::append_json_string(out, word());
    return out;
  }
  JsonValue scalar() {
    static constexpr const char* kNumbers[] = {"0", "1", "1.0", "1e0", "2", "-1", "1e400", "9007199254740993"};
    switch (random_.below(6)) {
      case 0:
        return {.kind = JsonKind::Number, .text = kNumbers[random_.below(std::size(kNumbers))]};
      case 1:
        return JsonValue::null();
      case 2:
        return JsonValue::of(true);
      default:
        return JsonValue::of(word());
    }
  }
  std::string condition() {
    const std::string w = quoted_word();
    switch (random_.below(12)) {
      case 0:
        return R"({"prefix":)" + w + "}";
      case 1:
        return R"({"suffix":{"equals-ignore-case":)" + w + "}}";
      case 2:
        return R"({"equals-ignore-case":)" + w + "}";
      case 3:
      case 4:
        return random_.one_in(4) ? R"({"exists":true})" : R"({"exists":false})";
      case 5:
        return R"({"anything-but":[)" + w + R"(,"a"]})";
      case 6:
        return std::string{R"({"numeric":[")"} + (random_.one_in(2) ? ">=" : ">") + "\"," +
               std::to_string(random_.below(3)) + "]}";
      case 7:
        return R"({"wildcard":"*)" + std::string{random_.one_in(2) ? "a" : "b*"} + R"("})";
      case 8:
        return R"({"cidr":"10.0.0.0/)" + std::to_string(random_.below(32)) + R"("})";
      default:
        return format::print_json(scalar());
    }
  }
  std::string fields(int depth) {
    std::string out = "{";
    const auto count = 1 + random_.below(3);
    for (std::uint64_t i = 0; i < count; ++i) {
      if (i > 0) out += ',';
      if (depth > 0 && random_.one_in(5)) {
        out += R"("$or":[)" + fields(depth - 1) + "," + fields(depth - 1) + "]";
        continue;
      }
      out += '"' + key() + (random_.one_in(8) ? "." + key() : "") + "\":";
      if (depth > 0 && random_.one_in(2))
        out += fields(depth - 1);
      else
        out += "[" + condition() + (random_.one_in(3) ? "," + condition() : "") + "]";
    }
    return out + "}";
  }
  // A key may occur twice, or contain a dot.
  JsonValue object(int depth) {
    JsonValue object = JsonValue::object();
    for (auto left = random_.below(4); left > 0; --left)
      object.members.emplace_back(key() + (random_.one_in(10) ? "." + key() : ""), any(depth - 1));
    return object;
  }
  JsonValue any(int depth) {
    if (depth > 0 && random_.one_in(3)) return object(depth);
    if (depth > 0 && random_.one_in(3)) {
      JsonValue array = JsonValue::array();
      for (auto left = random_.below(4); left > 0; --left)
        array.items.push_back(any(depth - (random_.one_in(3) ? 1 : 0)));
      return array;
    }
    return scalar();
  }
  Value spoilt(Value value) {
    switch (random_.below(5)) {
      case 0:
        return {JsonKind::String, value.text};
      case 1:
        return {JsonKind::String, value.text + "b"};
      case 2:
        return {JsonKind::String, "b" + value.text};
      case 3:
        for (char& c : value.text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
        return {JsonKind::String, value.text};
      default:
        return {JsonKind::String, " " + value.text};
    }
  }
  // Puts the value below the names of the path where possible, in some element of the arrays on the path.
  void put(JsonValue& node, std::string_view path, const Value& value) {
    if (node.is_array()) {
      if (node.items.empty() || random_.one_in(3)) node.items.push_back(JsonValue::object());
      return put(node.items[random_.below(node.items.size())], path, value);
    }
    if (!node.is_object()) node = JsonValue::object();
    const auto dot = path.find('.');
    const std::string_view name = path.substr(0, dot);
    if (dot == std::string_view::npos) return node.set(name, as_json(value));
    if (node.find(name) == nullptr)
      node.set(name,
               random_.one_in(2) ? JsonValue::array({JsonValue::object(), JsonValue::object()}) : JsonValue::object());
    put(*node.find(name), path.substr(dot + 1), value);
  }

  base::Random random_;
};

bool matches_text(const EventPattern& pattern, std::string_view event) {
  return matches(pattern, flatten(event, wanted_paths(pattern)));
}

// Applies RFC 6902 as a reader would, using the indices where a pointer is ambiguous.
void patch(JsonValue& event, const JsonValue& operation) {
  const std::string op = operation.find("op")->text;
  auto names = base::split(operation.find("path")->text, '/');
  ASSERT_GE(names.size(), 2U);
  names.erase(names.begin());
  const JsonValue* numbers = operation.find("numbers");
  JsonValue* node = &event;
  for (std::size_t depth = 0;; ++depth) {
    const bool is_last = depth + 1 == names.size();
    std::string name;
    for (std::size_t i = 0; i < names[depth].size(); ++i) {
      name += names[depth][i] == '~' ? (names[depth][++i] == '1' ? '/' : '~') : names[depth][i];
    }
    std::size_t number = 0;
    if (node->is_array()) {
      number = name == "-" ? node->items.size() : static_cast<std::size_t>(*base::to_int(name));
      if (is_last && op == "add") {
        node->items.insert(node->items.begin() + static_cast<std::ptrdiff_t>(number), *operation.find("value"));
        return;
      }
    } else {
      ASSERT_TRUE(node->is_object());
      if (numbers != nullptr)
        number = static_cast<std::size_t>(*numbers->items[depth].as_int());
      else
        while (number < node->members.size() && node->members[number].first != name) ++number;
      if (is_last && op == "add") {
        ASSERT_EQ(number, node->members.size());
        node->members.emplace_back(name, *operation.find("value"));
        return;
      }
      ASSERT_LT(number, node->members.size());
      ASSERT_EQ(node->members[number].first, name);
    }
    if (!is_last) {
      node = node->is_array() ? &node->items[number] : &node->members[number].second;
      continue;
    }
    const auto at = static_cast<std::ptrdiff_t>(number);
    if (op == "replace")
      (node->is_array() ? node->items[number] : node->members[number].second) = *operation.find("value");
    else if (node->is_array())
      node->items.erase(node->items.begin() + at);
    else
      node->members.erase(node->members.begin() + at);
    return;
  }
}

std::string pattern_text(const Alternative& alternative) {
  JsonValue pattern = JsonValue::object();
  for (const PatternClause* clause : alternative) {
    JsonValue list = JsonValue::array();
    for (const Condition& condition : clause->conditions) list.items.push_back(as_json(condition));
    pattern.members.emplace_back(clause->path, std::move(list));
  }
  return format::print_json(pattern);
}

// Each event that differs from this one in one value at a path of the pattern: changed, removed, or added.
class Neighbours {
 public:
  Neighbours(const EventPattern& pattern, JsonValue event) : pattern_(pattern), event_(std::move(event)) {}

  bool any_matches() {
    return std::any_of(pattern_.clauses().begin(), pattern_.clauses().end(), [&](const PatternClause& clause) {
      may_be_absent_ = is_absent_somewhere(clause.path);
      return any_at(event_, clause.path, clause.conditions);
    });
  }

 private:
  bool is_absent_somewhere(const std::string& path) const {
    return std::any_of(pattern_.clauses().begin(), pattern_.clauses().end(), [&](const PatternClause& clause) {
      return clause.path == path && std::any_of(clause.conditions.begin(), clause.conditions.end(),
                                                [](const Condition& c) { return c.kind == Condition::Kind::Absent; });
    });
  }
  bool any_at(JsonValue& node, std::string_view rest, const std::vector<Condition>& conditions) {
    if (node.is_array()) {
      for (std::size_t i = 0; i < node.items.size(); ++i) {
        if (any_at(node.items[i], rest, conditions)) return true;
      }
      return false;
    }
    if (!node.is_object()) return false;
    for (std::size_t i = 0; i < node.members.size(); ++i) {
      const std::string name = node.members[i].first;
      if (name == rest && any_instead(node, i, conditions)) return true;
      if (rest.starts_with(name + ".") && any_at(node.members[i].second, rest.substr(name.size() + 1), conditions))
        return true;
    }
    // Where a path may be absent, no value is added just to have its element chosen.
    if (may_be_absent_) return false;
    node.members.emplace_back(rest, JsonValue::null());
    const bool any = any_other(node.members.back().second, conditions);
    node.members.pop_back();
    return any;
  }
  bool any_instead(JsonValue& object, std::size_t i, const std::vector<Condition>& conditions) {
    JsonValue& value = object.members[i].second;
    if (value.is_object()) return false;
    const JsonValue before = value;
    for (std::size_t k = 0; value.is_array() && k <= before.items.size(); ++k) {
      if (k < before.items.size() && (before.items[k].is_object() || before.items[k].is_array())) continue;
      if (k == before.items.size()) value.items.push_back(JsonValue::null());
      if (any_other(value.items[k], conditions)) return true;
      value.items.erase(value.items.begin() + static_cast<std::ptrdiff_t>(k));
      if (hit()) return true;
      value = before;
    }
    if (value.is_array()) return false;
    if (any_other(value, conditions)) return true;
    const auto member = object.members[i];
    object.members.erase(object.members.begin() + static_cast<std::ptrdiff_t>(i));
    if (hit()) return true;
    object.members.insert(object.members.begin() + static_cast<std::ptrdiff_t>(i), member);
    return false;
  }
  bool any_other(JsonValue& value, const std::vector<Condition>& conditions) {
    const JsonValue before = std::exchange(value, JsonValue::null());
    for (const Condition& condition : conditions) {
      const auto accepted = accepted_value({condition}, nullptr);
      if (!accepted) continue;
      value = as_json(*accepted);
      if (hit()) return true;
    }
    value = before;
    return false;
  }
  bool hit() const { return matches_text(pattern_, format::print_json(event_)); }

  const EventPattern& pattern_;
  JsonValue event_;
  bool may_be_absent_ = false;  // the path at hand
};

// Everything a matcher looks at.
std::string dump(const Fields& fields) {
  std::map<std::string, std::string> paths;
  for (const auto& [path, values] : fields.by_path) {
    for (const Field& field : values)
      paths[path] += fmt::format("{}@{}/{} ", as_json_text(field.value), field.place.leaf, field.place.element);
  }
  std::string out;
  for (const auto& [path, values] : paths) out += path + ": " + values + "\n";
  for (const Element& e : fields.elements)
    out += fmt::format("element {} {} {} {}\n", e.around, e.array, e.leaves.begin, e.leaves.end);
  for (const LeafRange& a : fields.arrays) out += fmt::format("array {} {}\n", a.begin, a.end);
  return out;
}

TEST(LocatedEvent, HasTheFieldsThatMatchersSee) {
  Generator generator{7};
  std::size_t elements = 0;
  for (int i = 0; i < 5'000; ++i) {
    const auto pattern = parse_event_pattern(generator.pattern());
    ASSERT_TRUE(pattern);
    const std::string text = generator.event(*pattern);
    const JsonValue event = *format::parse_json(text);
    const WantedPaths wanted = wanted_paths(*pattern);
    const LocatedFields located = locate(event, wanted);
    ASSERT_EQ(dump(located.fields), dump(flatten(text, wanted))) << text;
    ASSERT_EQ(located.elements.size(), located.fields.elements.size());
    elements += located.elements.size();
    for (const auto& [path, values] : located.fields.by_path) {
      for (const Field& field : values)
        ASSERT_EQ(format::print_json(at(event, located.leaves[field.place.leaf])), as_json_text(field.value));
    }
  }
  EXPECT_GT(elements, 1'000U);
}

TEST(Explain, IsTrueOfWhateverMeets) {
  constexpr std::uint64_t kSeed = 20'251'013;
  constexpr int kPairs = base::tries(6'000);
  Generator generator{kSeed};
  std::map<std::string, int> seen;
  for (int i = 0; i < kPairs; ++i) {
    const std::string text = generator.pattern();
    const auto pattern = parse_event_pattern(text);
    ASSERT_TRUE(pattern) << text << pattern.error().message;
    const std::string event = generator.event(*pattern);
    SCOPED_TRACE(text + "\n" + event);

    const auto e = explain(*pattern, event);
    ASSERT_EQ(e.matches, matches_text(*pattern, event));
    ASSERT_FALSE(e.gave_up);
    const std::string printed = format::print_json(to_json(e));
    ASSERT_TRUE(format::is_valid_json_object(printed)) << printed;
    const std::string words = to_text(e) + to_line(e);
    ASSERT_TRUE(base::is_valid_utf8(words));
    ASSERT_EQ(words.find('\0'), std::string::npos);
    const auto failing = static_cast<std::size_t>(std::count_if(
        e.clauses.begin(), e.clauses.end(), [](const Clause& c) { return c.verdict != Clause::Verdict::Holds; }));
    ASSERT_EQ(failing, e.clauses_failing);
    ASSERT_EQ(e.matches, failing == 0);
    ASSERT_EQ(e.decided.has_value(), failing > 0);
    ASSERT_EQ(e.others.size() + 1, pattern->alternatives().size());
    if (e.matches) {
      ++seen["match"];
      continue;
    }

    // The event changed as its own JSON output says.
    ASSERT_TRUE(e.change) << to_text(e);
    ASSERT_GE(e.change->size(), 1U);
    JsonValue changed = *format::parse_json(event);
    const JsonValue told = *format::parse_json(printed);
    for (const JsonValue& operation : told.find("EventChange")->items) {
      ASSERT_NO_FATAL_FAILURE(patch(changed, operation)) << format::print_json(operation);
    }
    ASSERT_TRUE(matches_text(*pattern, format::print_json(changed))) << to_text(e) << format::print_json(changed);
    ++seen[e.change->size() == 1 ? "miss by one" : "miss by more"];
    if (!e.disjoint_arrays.empty()) ++seen["disjoint"];
    // One value per clause, except for those to remove.
    const auto put =
        std::count_if(e.change->begin(), e.change->end(), [](const Edit& edit) { return edit.op != Edit::Op::Remove; });
    ASSERT_LE(static_cast<std::size_t>(put), e.clauses_failing);

    // An event two clauses away is not one value away.
    const bool is_one_value_away = Neighbours{*pattern, *format::parse_json(event)}.any_matches();
    ASSERT_TRUE(e.clauses_failing == 1 || !is_one_value_away) << to_text(e);
    if (is_one_value_away) ++seen["one value"];

    if (e.condition_change) {
      ++seen["condition"];
      Alternative alternative = pattern->alternatives()[e.nearest - 1];
      const PatternClause wanted{e.condition_change->path, e.condition_change->conditions};
      const auto clause = std::find_if(alternative.begin(), alternative.end(),
                                       [&](const PatternClause* c) { return c->path == wanted.path; });
      ASSERT_NE(clause, alternative.end());
      *clause = &wanted;
      const auto changed_pattern = parse_event_pattern(pattern_text(alternative));
      ASSERT_TRUE(changed_pattern) << pattern_text(alternative);
      ASSERT_TRUE(matches_text(*changed_pattern, event)) << pattern_text(alternative);
    }
  }
  for (const char* kind : {"match", "miss by one", "miss by more", "disjoint", "condition", "one value"})
    EXPECT_GT(seen[kind], base::tries(100)) << kind << ": the generator has to meet it to prove anything";
}

}  // namespace
}  // namespace athanor::pattern
