#include "format/json_extent.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/tries.h"
#include "format/json_string.h"

namespace athanor::format {
namespace {

// The grammar of RFC 8259, a byte at a time. Every function returns where what it reads ends, or kBroken.
class PlainReader {
 public:
  static constexpr std::size_t kBroken = ~std::size_t{0};

  PlainReader(std::string_view text, std::size_t depth_max) : text_(text), depth_max_(depth_max) {}

  std::size_t value(std::size_t at, std::size_t depth = 0) const {
    switch (byte(at)) {
      case '{':
        return members(at, depth + 1, '}');
      case '[':
        return members(at, depth + 1, ']');
      case '"':
        return string(at);
      case 't':
        return word(at, "true");
      case 'f':
        return word(at, "false");
      case 'n':
        return word(at, "null");
      default:
        return number(at);
    }
  }

 private:
  int byte(std::size_t at) const { return at < text_.size() ? static_cast<unsigned char>(text_[at]) : -1; }
  bool is_digit(std::size_t at) const { return byte(at) >= '0' && byte(at) <= '9'; }
  std::size_t blanks(std::size_t at) const {
    while (byte(at) == ' ' || byte(at) == '\t' || byte(at) == '\n' || byte(at) == '\r') ++at;
    return at;
  }
  std::size_t word(std::size_t at, std::string_view word) const {
    return text_.substr(at).starts_with(word) ? at + word.size() : kBroken;
  }
  std::size_t digits(std::size_t at) const {
    if (!is_digit(at)) return kBroken;
    while (is_digit(at)) ++at;
    return at;
  }
  std::size_t number(std::size_t at) const {
    if (byte(at) == '-') ++at;
    at = byte(at) == '0' ? at + 1 : digits(at);
    if (at != kBroken && byte(at) == '.') at = digits(at + 1);
    if (at != kBroken && (byte(at) == 'e' || byte(at) == 'E')) {
      ++at;
      if (byte(at) == '+' || byte(at) == '-') ++at;
      at = digits(at);
    }
    return at;
  }
  std::size_t string(std::size_t at) const {
    for (++at; byte(at) != '"'; ++at) {
      if (byte(at) < 0x20) return kBroken;
      if (byte(at) != '\\') continue;
      ++at;
      if (byte(at) < 0 || std::string_view{"\"\\/bfnrtu"}.find(text_[at]) == std::string_view::npos) return kBroken;
      if (byte(at) != 'u') continue;
      for (int digit = 0; digit < 4; ++digit) {
        ++at;
        if (byte(at) < 0 || std::string_view{"0123456789abcdefABCDEF"}.find(text_[at]) == std::string_view::npos)
          return kBroken;
      }
    }
    return at + 1;
  }
  std::size_t members(std::size_t at, std::size_t depth, char closing) const {
    if (depth > depth_max_) return kBroken;
    at = blanks(at + 1);
    if (byte(at) == closing) return at + 1;
    for (;; at = blanks(at + 1)) {
      if (closing == '}') {
        if (byte(at) != '"') return kBroken;
        at = string(at);
        if (at == kBroken) return kBroken;
        at = blanks(at);
        if (byte(at) != ':') return kBroken;
        at = blanks(at + 1);
      }
      at = value(at, depth);
      if (at == kBroken) return kBroken;
      at = blanks(at);
      if (byte(at) == closing) return at + 1;
      if (byte(at) != ',') return kBroken;
    }
  }

  std::string_view text_;
  std::size_t depth_max_;
};

// Those that this machine can be.
std::vector<base::Processor> processors() {
  std::vector<base::Processor> all{base::Processor::Any};
  for (const auto more : {base::Processor::Avx2, base::Processor::Avx512}) {
    if (more <= base::this_processor()) all.push_back(more);
  }
  return all;
}

// Expects the same answer for an object or an array on each kind of processor, and from the grammar.
bool expect_as_plain(const std::string& text, std::size_t depth_max = 1'000) {
  const std::size_t end = PlainReader{text, depth_max}.value(0);
  const bool good = end != PlainReader::kBroken;
  const Extent here = value_extent(text, depth_max);
  EXPECT_EQ(here.good, good) << text;
  for (const base::Processor processor : processors()) {
    const Extent there = container_extent(processor, text, depth_max);
    EXPECT_EQ(there.good, here.good) << text;
    EXPECT_EQ(there.end, here.end) << text;
    EXPECT_EQ(there.is_ascii, here.is_ascii) << text;
  }
  if (good) EXPECT_EQ(here.end, end) << text;
  if (here.is_ascii) {
    EXPECT_TRUE(std::ranges::none_of(text.substr(0, here.end), [](char c) { return (c & 0x80) != 0; })) << text;
  }
  return good;
}

std::string random_blanks(base::Random& random, std::uint64_t one_in) {
  std::string blanks;
  while (random.one_in(one_in)) blanks += " \t\n\r"[random.one_in(2) ? 0 : random.below(4)];
  if (random.one_in(200)) blanks.append(random.below(150), ' ');
  return blanks;
}

std::string random_value(base::Random& random, std::uint64_t one_blank_in, int depth) {
  static constexpr std::string_view kScalars[] = {"0",
                                                  "-0",
                                                  "7",
                                                  "-12",
                                                  "120.25",
                                                  "0.5",
                                                  "-0.001",
                                                  "1e5",
                                                  "2E-7",
                                                  "10.0e+3",
                                                  "12345678901234567890.123456789",
                                                  "true",
                                                  "false",
                                                  "null"};
  static constexpr std::string_view kPieces[] = {
      "a", "some longer text of a string", "\\\"", "\\\\", "\\n", "\\u00e9", "\\ud83d", "é", "{", "]", ":", ",", "-1",
      "|"};
  const auto blanks = [&] { return random_blanks(random, one_blank_in); };
  const auto string = [&] {
    std::string text = "\"";
    for (std::uint64_t left = random.below(4); left > 0; --left) text += kPieces[random.below(std::size(kPieces))];
    return text + '"';
  };
  const std::uint64_t kind = depth == 0 ? 2 + random.below(2) : random.below(depth > 6 ? 2 : 4);
  if (kind == 0) return string();
  if (kind == 1) return std::string{kScalars[random.below(std::size(kScalars))]};
  const bool is_object = kind == 2;
  std::string text = is_object ? "{" : "[";
  for (std::uint64_t i = 0, count = random.below(5); i < count; ++i) {
    text += (i > 0 ? "," : "") + blanks();
    if (is_object) text += string() + blanks() + ':' + blanks();
    text += random_value(random, one_blank_in, depth + 1) + blanks();
  }
  return text + blanks() + (is_object ? '}' : ']');
}

TEST(JsonExtent, IsWhatTheGrammarSays) {
  base::Random random{20'261'128};
  std::size_t good = 0;
  for (int i = 0; i < base::tries(300'000); ++i) {
    std::string text = random_value(random, 1 + random.below(6) * 3 + 1, 0);
    for (std::uint64_t changes = random.below(3); changes > 0; --changes) {
      static constexpr std::string_view kBytes{"{}[],:\" \\0-.etn\n\x01\x00|\xC3\x7F+1u", 25};
      const std::size_t at = 1 + random.below(text.size());
      switch (random.below(4)) {
        case 0:
          if (at < text.size()) text.erase(at, 1 + random.below(4));
          break;
        case 1:
          text.insert(at, 1, kBytes[random.below(kBytes.size())]);
          break;
        case 2:
          text.insert(at, text.substr(random.below(text.size()), random.below(20)));
          break;
        default:
          if (at < text.size()) text[at] = kBytes[random.below(kBytes.size())];
      }
    }
    good += expect_as_plain(text);
    if (HasFailure()) return;
  }
  EXPECT_GT(good, base::tries(100'000U));
  EXPECT_LT(good, base::tries(250'000U));
}

// What one block breaks off is continued in the next: every piece is tried at every place of a block.
TEST(JsonExtent, IsTheSameWhereverBlocksEnd) {
  for (const std::string_view piece : {R"("k":"v")",       R"("k" : [ ] , "l" : { })",
                                       R"("k\"\\":-0.25)", R"("k":[1,-2,0.5,10,"",{}])",
                                       R"("k":true)",      R"("k":1e5)",
                                       R"("k":01)",        R"("k":-)",
                                       R"("k":1.)",        R"("k":1.2.3)",
                                       R"("k":-01)",       R"("k":.5)",
                                       R"("k":tru)",       R"("k""v")",
                                       R"("k":"v":1)",     R"("k","v")",
                                       R"("k":["a":1])",   R"("k":{"a"})",
                                       R"("k":{1:2})",     R"("k":{,})",
                                       R"("k":[,])",       R"("k":[1,])",
                                       R"("k":[1 2])",     R"("k":{]})",
                                       R"("k":[})",        R"("k":"\x")",
                                       R"("k":"\u12")",    R"("k":--1)",
                                       R"("k":1-)",        R"("k":00)",
                                       R"("k":1..2)",      R"("k":"é")",
                                       R"("k":é)",         R"("k"::1)",
                                       R"("k")",           R"()"}) {
    for (std::size_t before = 0; before < 130; ++before) {
      for (const char filler : {' ', 'x'}) {
        for (const std::size_t behind : {0U, 70U}) {
          const std::string front =
              filler == 'x' ? "{\"" + std::string(before, 'x') + "\":0," : "{" + std::string(before, ' ');
          expect_as_plain(front + std::string{piece} + std::string(behind, ' ') + "}, \"rest");
          if (HasFailure()) return;
        }
      }
    }
  }
}

TEST(JsonString, IsReadTheSameOnEachProcessor) {
  base::Random random{20'261'130};
  for (int i = 0; i < 100'000; ++i) {
    static constexpr std::string_view kPieces[] = {
        "a", "bcdefghijklmnopqrst", "\\\\", "\\\"", "\\n", "\\u00e9", "\\ud83d", "\\ude00", "é"};
    std::string text = "\"";
    for (std::uint64_t left = random.below(80); left > 0; --left) text += kPieces[random.below(std::size(kPieces))];
    text += random.one_in(10) ? "\\x" : random.one_in(10) ? "\n" : "\", more \\\" of it";
    std::string here;
    bool is_half_here = false;
    const std::size_t end = read_json_string(text, here, is_half_here);
    for (const base::Processor processor : processors()) {
      std::string there;
      bool is_half_there = false;
      ASSERT_EQ(read_json_string(processor, text, there, is_half_there), end) << text;
      ASSERT_EQ(here, there) << text;
      ASSERT_EQ(is_half_here, is_half_there) << text;
    }
    ASSERT_EQ(is_half_here, here.find("\uFFFD") != std::string::npos) << text;
    ASSERT_EQ(json_string_length(text), end) << text;
  }
}

TEST(JsonExtent, LimitsTheDepth) {
  for (const std::size_t depth : {1U, 63U, 64U, 65U, 999U, 1'000U, 1'001U, 1'500U}) {
    for (const std::size_t depth_max : {0U, 1U, 64U, 1'000U}) {
      std::string text;
      for (std::size_t i = 0; i < depth; ++i) text += i % 3 == 1 ? "{\"a\":" : "[";
      text += "1";
      for (std::size_t i = depth; i-- > 0;) text += i % 3 == 1 ? '}' : ']';
      expect_as_plain(text, depth_max);
    }
  }
}

}  // namespace
}  // namespace athanor::format
