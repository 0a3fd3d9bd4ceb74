#include "format/json.h"

#include <gtest/gtest.h>

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
  EXPECT_TRUE(is_valid_json(std::string(1000, '[') + std::string(1000, ']')));
  EXPECT_FALSE(is_valid_json(std::string(1001, '[') + std::string(1001, ']')));
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

// Strings are looked at sixteen bytes at a time: whatever is special is met at every place of such a piece.
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

TEST(Json, SaysWhereItStops) {
  EXPECT_EQ(parse_json("{\n \"a\": x}").error().message, "This is not JSON at line 2, column 7.");
}

}  // namespace
}  // namespace athanor::format
