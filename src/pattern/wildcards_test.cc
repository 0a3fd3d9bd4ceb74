#include "pattern/wildcards.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.h"

namespace athanor::pattern {
namespace {

// The definition, without any thought of speed.
bool plainly_matches(std::string_view wildcard, std::string_view text) {
  if (wildcard.empty()) return text.empty();
  if (wildcard[0] == '*')
    return plainly_matches(wildcard.substr(1), text) || (!text.empty() && plainly_matches(wildcard, text.substr(1)));
  if (wildcard[0] == '\\' && wildcard.size() > 1) wildcard.remove_prefix(1);
  return !text.empty() && text[0] == wildcard[0] && plainly_matches(wildcard.substr(1), text.substr(1));
}

std::string wildcard(base::Random& random) {
  static constexpr const char* kPieces[] = {"a", "b", "ab", "aa", "*", "a", R"(\*)", R"(\\)"};
  std::string out;
  for (auto left = random.below(7); left > 0; --left) {
    const std::string piece = kPieces[random.below(std::size(kPieces))];
    if (piece != "*" || !out.ends_with('*') || out.ends_with(R"(\*)")) out += piece;
  }
  return out;
}

std::string subject(base::Random& random) {
  std::string out;
  for (auto left = random.below(12); left > 0; --left) out += "aaab*\\"[random.below(6)];
  return out;
}

TEST(Wildcards, MatchByTheirDefinition) {
  base::Random random{21};
  int matched = 0;
  for (int i = 0; i < 50'000; ++i) {
    const std::string w = wildcard(random);
    const std::string text = subject(random);
    ASSERT_EQ(wildcard_matches(w, text), plainly_matches(w, text)) << w << " " << text;
    matched += plainly_matches(w, text);
  }
  EXPECT_GT(matched, 2'000);
}

TEST(Wildcards, AreDecidedTogetherAsEachAlone) {
  base::Random random{22};
  for (int i = 0; i < 3'000; ++i) {
    std::vector<std::string> wildcards;
    for (auto left = 1 + random.below(20); left > 0; --left) wildcards.push_back(wildcard(random));
    const std::string text = subject(random);
    const WildcardVerdicts verdicts{{wildcards.begin(), wildcards.end()}, text};
    for (const std::string& w : wildcards) {
      const bool* const verdict = verdicts.find(w);
      ASSERT_NE(verdict, nullptr);
      ASSERT_EQ(*verdict, plainly_matches(w, text)) << w << " " << text;
    }
  }
}

}  // namespace
}  // namespace athanor::pattern
