#include "format/json.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/random.h"

namespace athanor::format {
namespace {

TEST(Json, RefusesWhatTheGrammarDoesNotKnow) {
  for (const char* text : {"",
                           " ",
                           "{",
                           "}",
                           "[",
                           "]",
                           "[1,]",
                           "[,1]",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{\"a\":1,}",
                           "{a:1}",
                           "{'a':1}",
                           "tru",
                           "nul",
                           "True",
                           "01",
                           "-",
                           "+1",
                           "1.",
                           ".5",
                           "1e",
                           "1e+",
                           "0x10",
                           "NaN",
                           "Infinity",
                           "\"",
                           "\"\\x\"",
                           "\"\\u12\"",
                           "\"\\u12g4\"",
                           "\"\n\"",
                           "\"\t\"",
                           "1 2",
                           "[1 2]",
                           "{\"a\":1 \"b\":2}",
                           "[1]]",
                           "/**/1",
                           "\xEF\xBB\xBF{}",
                           "\"\xC0\x80\"",
                           "\"\xED\xA0\x80\"",
                           "\"\xFF\"",
                           "[1}",
                           "{\"a\":1]",
                           "\f1"}) {
    EXPECT_FALSE(is_valid_json(text)) << text;
    EXPECT_FALSE(parse_json(text)) << text;
  }
}

TEST(Json, AcceptsWhatTheGrammarKnows) {
  for (const char* text : {"0",
                           "-0",
                           "1e400",
                           "123456789012345678901234567890",
                           "1.10",
                           "-1E-5",
                           "\"\"",
                           "\"\\u0000\"",
                           "\"\\ud83d\"",
                           "\"\\ud83d\\ude00\"",
                           "[]",
                           "{}",
                           " [ ] ",
                           "[[],{}]",
                           "{\"\":0}",
                           "{\"a\":1,\"a\":2}",
                           "true",
                           "false",
                           "null",
                           "\r\n\t {\"a\" : [ 1 , 2 ] }\n",
                           "\"\xF0\x9F\x98\x80\""}) {
    EXPECT_TRUE(is_valid_json(text)) << text;
    EXPECT_TRUE(parse_json(text)) << text;
  }
}

TEST(Json, LimitsTheDepth) {
  EXPECT_TRUE(is_valid_json(std::string(1024, '[') + std::string(1024, ']')));
  EXPECT_FALSE(is_valid_json(std::string(1025, '[') + std::string(1025, ']')));
}

TEST(Json, TellsObjectsFromOtherValues) {
  EXPECT_TRUE(is_valid_json_object(" {\"a\":1} "));
  for (const char* text : {"[]", "\"{}\"", "1", "null", "{", ""}) EXPECT_FALSE(is_valid_json_object(text)) << text;
}

TEST(Json, KeepsNumbersAndOrderWhenPrintedAgain) {
  for (const char* text : {R"({"b":1.10,"a":[1e400,-0,9007199254740993],"a":null,"c":{"d":"\"\\\n"}})", "[]", "{}",
                           R"(["a",true,false])"}) {
    const auto value = parse_json(text);
    ASSERT_TRUE(value) << text;
    EXPECT_EQ(print_json(*value), text);
    EXPECT_EQ(*parse_json(print_json_pretty(*value)), *value);
  }
}

TEST(Json, ResolvesEscapes) {
  EXPECT_EQ(unescape_json(R"(a\"b\\c\/d\b\f\n\r\t)"), "a\"b\\c/d\b\f\n\r\t");
  EXPECT_EQ(unescape_json(R"(\u00e9\ud83d\ude00)"), "é😀");
  EXPECT_EQ(unescape_json(R"(\ud83dx)"), "\xEF\xBF\xBDx");  // a lone surrogate
}

// The plain version, a byte at a time.
bool is_string(std::string_view text) {
  if (text.size() < 2 || text.front() != '"') return false;
  std::size_t i = 1;
  while (i < text.size() && text[i] != '"') {
    if (static_cast<unsigned char>(text[i]) < 0x20) return false;
    if (text[i++] != '\\') continue;
    if (i == text.size() || std::string_view{"\"\\/bfnrtu"}.find(text[i]) == std::string_view::npos) return false;
    if (text[i++] != 'u') continue;
    for (int digit = 0; digit < 4; ++digit, ++i) {
      if (i == text.size() || std::string_view{"0123456789abcdefABCDEF"}.find(text[i]) == std::string_view::npos)
        return false;
    }
  }
  return i + 1 == text.size();
}

// A tree may hold a hundred thousand of them.
TEST(Json, GivesShortStringsNoMoreRoomThanTheyNeed) {
  for (const std::string_view raw : {"", "k", "quantity", R"(a\nb)", R"(\u00e9)"}) {
    EXPECT_LT(unescape_json(raw).capacity(), 64U) << raw;
    const std::string quoted = fmt::format(R"("{}")", raw);
    EXPECT_LT(JsonCursor{quoted}.take_string().capacity(), 64U) << raw;
  }
}

TEST(Json, TellsStringsFromWhatIsNoneHoweverManyBackslashesTheyHave) {
  base::Random random{20'261'128};
  std::size_t good = 0;
  for (int i = 0; i < 200'000; ++i) {
    // Few kinds of pieces, so that they meet often; errors are rare, so that half of the texts are strings.
    const std::uint64_t wrong_in = 1 + random.below(2'000);
    std::string text = "\"";
    for (std::uint64_t left = random.below(200); left > 0; --left) {
      static constexpr std::string_view kPieces[] = {"a", "bcdefghi", "\\\\", "\\\"", "\\n", "\\u00e9", "/"};
      static constexpr std::string_view kWrong[] = {"\\", "\"", "\\x", "\n", "\\u12", "\x1f"};
      text +=
          random.one_in(wrong_in) ? kWrong[random.below(std::size(kWrong))] : kPieces[random.below(std::size(kPieces))];
    }
    text += '"';
    ASSERT_EQ(is_valid_json(text), is_string(text)) << text;
    good += is_string(text);
  }
  EXPECT_GT(good, 50'000U);
  EXPECT_LT(good, 195'000U);
}

// Strings are read sixteen bytes at a time: every special byte is tried at every place of such a piece.
TEST(Json, SeesWhatIsSpecialAtEveryPlace) {
  struct Special {
    std::string_view written, meant;
  };
  const Special specials[] = {{R"(\")", "\""},
                              {R"(\\)", "\\"},
                              {R"(\u0041)", "A"},
                              {R"(\u20ac)", "€"},
                              {R"(\ud83d\ude00)", "😀"},
                              {R"(\ud83d)", "\xEF\xBF\xBD"},
                              {R"(\n\"\t)", "\n\"\t"},
                              {"é", "é"},
                              {"", ""}};
  for (std::size_t before = 0; before < 36; ++before) {
    for (std::size_t behind = 0; behind < 36; ++behind) {
      const std::string front(before, 'a');
      const std::string back(behind, 'z');
      for (const auto& [written, meant] : specials) {
        const std::string raw = front + std::string{written} + back;
        ASSERT_TRUE(is_valid_json('"' + raw + '"')) << raw;
        ASSERT_EQ(unescape_json(raw), front + std::string{meant} + back) << raw;
        std::string again;
        append_json_string(again, unescape_json(raw));
        ASSERT_TRUE(is_valid_json(again)) << again;
        ASSERT_EQ(unescape_json(std::string_view{again}.substr(1, again.size() - 2)), unescape_json(raw));
      }
      for (const std::string_view bad : {"\n", "\x01", "\x1F", "\\x", "\\u12g4", "\xFF", "\xC3", "\xED\xA0\x80"})
        ASSERT_FALSE(is_valid_json('"' + front + std::string{bad} + back + '"')) << before << ' ' << behind;
      ASSERT_FALSE(is_valid_json('"' + front + R"(\u12)")) << before;
      ASSERT_FALSE(is_valid_json('"' + front + back)) << before;
    }
  }
}

TEST(Json, WritesStringsThatAnyReaderTakes) {
  std::string out;
  append_json_string(out, std::string_view{"a\"\\\n\x01\x7Fé\xFF", 9});
  EXPECT_EQ(out, "\"a\\\"\\\\\\n\\u0001\x7Fé\xEF\xBF\xBD\"");
  EXPECT_TRUE(is_valid_json(out));
}

TEST(Json, WalksWithoutCopying) {
  JsonCursor cursor{R"( {"a" : {"x":[1, 2]}, "b" :"t", "c":[ ] , "d":true} )"};
  std::string_view key;
  cursor.enter_object();
  ASSERT_TRUE(cursor.next_member(key));
  EXPECT_EQ(key, "a");
  EXPECT_EQ(cursor.take_raw(), R"({"x":[1, 2]})");
  ASSERT_TRUE(cursor.next_member(key));
  EXPECT_EQ(cursor.take_string(), "t");
  ASSERT_TRUE(cursor.next_member(key));
  cursor.enter_array();
  EXPECT_FALSE(cursor.next_element());
  ASSERT_TRUE(cursor.next_member(key));
  EXPECT_TRUE(cursor.take_bool());
  EXPECT_FALSE(cursor.next_member(key));
}

// Takes the value, whole or piece by piece, at random.
void take_value(JsonCursor& cursor, base::Random& random) {
  std::string_view key;
  const JsonKind kind = cursor.kind();
  if (kind == JsonKind::Object && !random.one_in(4)) {
    for (cursor.enter_object(); cursor.next_member(key);) take_value(cursor, random);
  } else if (kind == JsonKind::Array && !random.one_in(4)) {
    for (cursor.enter_array(); cursor.next_element();) take_value(cursor, random);
  } else if (kind == JsonKind::String && random.one_in(2)) {
    cursor.take_string();
  } else if (kind == JsonKind::Bool && random.one_in(2)) {
    cursor.take_bool();
  } else {
    cursor.take_raw();
  }
}

TEST(Json, IsTakenToItsEndWhenItIsValidAndOnlyThen) {
  base::Random random{20'261'129};
  std::size_t valid = 0;
  for (int i = 0; i < 300'000; ++i) {
    std::string text = R"({"a":[1,-2.5e3,"b\n\"",{"c":true}],"d" : {},"e":[ ],"f":null,"g":["",false,[[0]]]})";
    for (std::uint64_t changes = random.below(3); changes > 0; --changes) {
      static constexpr std::string_view kBytes = R"({}[],:" \0-.etn)";
      const std::size_t at = random.below(text.size());
      switch (random.below(3)) {
        case 0:
          text.erase(at, 1 + random.below(8));
          break;
        case 1:
          text.insert(at, 1, kBytes[random.below(kBytes.size())]);
          break;
        default:
          text[at] = kBytes[random.below(kBytes.size())];
      }
      if (text.empty()) text = "1";
    }
    JsonCursor cursor{text};
    take_value(cursor, random);
    ASSERT_EQ(cursor.at_end(), is_valid_json(text)) << text;
    valid += cursor.at_end();
  }
  EXPECT_GT(valid, 100'000U);
  EXPECT_LT(valid, 200'000U);
}

TEST(Json, IsTakenAsDeepAsItIsValid) {
  for (const std::size_t depth : {1'024U, 1'025U}) {
    for (const std::size_t entered : {0U, 1U, 1'023U, 1'024U, 1'025U}) {
      if (entered > depth) continue;
      const std::string text = std::string(depth, '[') + std::string(depth, ']');
      JsonCursor cursor{text};
      for (std::size_t i = 0; i < entered; ++i) {
        if (i > 0) cursor.next_element();
        if (cursor.kind() == JsonKind::Array) cursor.enter_array();
      }
      while (cursor.next_element()) cursor.take_raw();
      for (std::size_t i = 1; i < entered; ++i) cursor.next_element();
      EXPECT_EQ(cursor.at_end(), entered > 0 && is_valid_json(text)) << depth << ' ' << entered;
    }
  }
}

TEST(Json, SaysWhereItStops) {
  EXPECT_EQ(parse_json("{\n \"a\": x}").error().message, "This is not JSON at line 2, column 7.");
}

}  // namespace
}  // namespace athanor::format
