#include "pattern/event_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.h"
#include "format/json.h"
#include "pattern/event_fields.h"

namespace athanor::pattern {
namespace {

// Strings full of what could be mistaken for structure, long enough to cross a 64-byte block anywhere.
std::string text(base::Random& random) {
  static constexpr const char* kPieces[] = {R"(\")", R"(\\)", "{", "}",         "[", "]",      ",",
                                            ":",     "a",     " ", R"(\u00e9)", "é", R"(\\\")"};
  std::string out = "\"";
  for (std::uint64_t left = random.below(random.one_in(8) ? 120 : 6); left > 0; --left)
    out += kPieces[random.below(std::size(kPieces))];
  return out + "\"";
}
std::string blanks(base::Random& random) { return std::string(random.one_in(3) ? random.below(4) : 0, ' '); }

std::string value(base::Random& random, int depth);
std::string members(base::Random& random, int depth) {
  std::string out = "{" + blanks(random);
  for (std::uint64_t i = 0, count = random.below(5); i < count; ++i) {
    static constexpr const char* kKeys[] = {"a",         "b", "c", "a.b", "", "longer than eight", "longer than most",
                                            R"(\u0061)", "b."};
    if (i > 0) out += "," + blanks(random);
    out += "\"" + std::string{kKeys[random.below(std::size(kKeys))]} + "\"" + blanks(random) + ":" + blanks(random) +
           value(random, depth - 1) + blanks(random);
  }
  return out + "}";
}
std::string value(base::Random& random, int depth) {
  if (depth > 0 && random.one_in(2)) return members(random, depth);
  if (depth > 0 && random.one_in(3)) {
    std::string out = "[";
    for (std::uint64_t i = 0, count = random.below(4); i < count; ++i)
      out += (i > 0 ? "," : "") + blanks(random) + value(random, depth - 1);
    return out + blanks(random) + "]";
  }
  static constexpr const char* kScalars[] = {"1",    "-2.5e3", "true",
                                             "null", "false",  "12345678901234567890123456789012345678901234567890"};
  return random.one_in(2) ? text(random) : kScalars[random.below(std::size(kScalars))];
}

const std::vector<std::string> kWanted{"a",    "a.b", "b", "b.c.a", "c.longer than eight", "longer than most",
                                       "b..a", "",    "a."};

struct Expected {
  PathTree tree;
  WantedPaths wanted;
  Expected() {
    for (const std::string& path : kWanted) {
      ++tree.own(path).uses;
      wanted.add(path);
    }
  }
};

// What was found, in words: path, kind, text, leaf and the elements around it.
std::vector<std::string> described(const Findings& findings, const PathTree& tree) {
  std::vector<std::string> lines;
  for (const std::string& path : kWanted) {
    findings.any(tree.find(path)->path, [&](const Findings::Found& f) {
      std::string line = path + " " + std::to_string(static_cast<int>(f.value.kind)) + " " + std::string{f.value.text} +
                         " " + std::to_string(f.place.leaf);
      for (auto e = f.place.element; e != kNoElement; e = findings.elements[e].around) line += " in";
      lines.push_back(line);
      return false;
    });
  }
  return lines;
}
std::vector<std::string> described(const Fields& fields) {
  std::vector<std::string> lines;
  for (const std::string& path : kWanted) {
    const auto found = fields.by_path.find(path);
    if (found == fields.by_path.end()) continue;
    for (const Field& f : found->second) {
      std::string line = path + " " + std::to_string(static_cast<int>(f.value.kind)) + " " + f.value.text + " " +
                         std::to_string(f.place.leaf);
      for (auto e = f.place.element; e != kNoElement; e = fields.elements[e].around) line += " in";
      lines.push_back(line);
    }
  }
  return lines;
}

TEST(EventReader, FindsWhatThePlainReaderFinds) {
  const Expected expected;
  base::Random random{3};
  std::size_t found = 0;
  Findings best;
  Findings plain;
  for (int i = 0; i < 20'000; ++i) {
    const std::string event = members(random, 4);
    ASSERT_TRUE(format::is_valid_json(event)) << event;
    const auto lines = described(flatten(event, expected.wanted));
    best.clear(expected.tree.paths());
    ASSERT_TRUE(read_members(event, expected.tree.root(), true, best)) << event;
    ASSERT_EQ(described(best, expected.tree), lines) << event;
    plain.clear(expected.tree.paths());
    ASSERT_TRUE(read_members_plainly(event, expected.tree.root(), true, plain)) << event;
    ASSERT_EQ(described(plain, expected.tree), lines) << event;
    found += lines.size();
  }
  EXPECT_GT(found, 10'000U);
}

// Whatever it is given, it reads nothing outside it and comes to an end; sanitizers check this.
TEST(EventReader, SurvivesWhatIsBroken) {
  const Expected expected;
  base::Random random{4};
  Findings findings;
  for (int i = 0; i < 5'000; ++i) {
    std::string event = members(random, 4);
    event.resize(random.below(event.size() + 1));
    if (!event.empty() && random.one_in(2)) event[random.below(event.size())] = "{}[],:\"\\x"[random.below(9)];
    const std::vector<char> exact{event.begin(), event.end()};  // no byte after it
    findings.clear(expected.tree.paths());
    (void)read_members({exact.data(), exact.size()}, expected.tree.root(), true, findings);
  }
  findings.clear(expected.tree.paths());
  const std::string deep = R"({"a":)" + std::string(100'000, '[');
  EXPECT_FALSE(read_members(deep, expected.tree.root(), true, findings));
}

}  // namespace
}  // namespace athanor::pattern
