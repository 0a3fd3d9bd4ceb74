// Long, like the language: a case for each word of it.
#include "pattern/event_pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pattern/reference_matcher.h"
#include "pattern/rule_set.h"

namespace athanor::pattern {
namespace {

// The pattern as messages quote it.
std::string visible(std::string_view pattern) {
  std::string text;
  for (const char c : pattern) text += c == '\t' ? "\\u0009" : c == '\1' ? "\\u0001" : std::string(1, c);
  return text;
}

// Source of the messages and positions: recorded responses of AWS and of the library that it runs.
TEST(EventPattern, RefusesAsAwsDoes) {
  const std::string at = "\n at [Source: (String)";
  const char* const kTooComplex =
      "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a "
      "wildcard character";
  const struct {
    const char* pattern;
    const char* reason;
    int column;  // 0: no position
  } rows[] = {
      {R"("a")", "Filter is not an object", 2},
      {R"([])", "Filter is not an object", 2},
      {R"({})", "Empty objects are not allowed", 3},
      {R"({"a":{}})", "Empty objects are not allowed", 8},
      {R"({"a":[]})", "Empty arrays are not allowed", 8},
      {R"({"a":"x"})", "\"a\" must be an object or an array", 7},
      {R"({"a":1})", "\"a\" must be an object or an array", 7},
      {R"({"a":null})", "\"a\" must be an object or an array", 10},
      {R"({"a":[[1]]})", "Match value must be String, number, true, false, or null", 8},
      {R"({"a":[{}]})", "Match expression name not found", 9},
      {R"({"a":[{"foo":"bar"}]})", "Unrecognized match type foo", 15},
      {R"({"a":[{"prefix":1}]})", "prefix match pattern must be a string", 18},
      {R"({"a":[{"prefix":"a","suffix":"b"}]})", "Only one key allowed in match expression", 31},
      {R"({"a":[{"suffix":null}]})", "suffix match pattern must be a string", 21},
      {R"({"a":[{"equals-ignore-case":["a"]}]})", "equals-ignore-case match pattern must be a string", 30},
      {R"({"a":[{"wildcard":1}]})", "wildcard match pattern must be a string", 20},
      {R"({"a":[{"exists":"true"}]})", "exists match pattern must be either true or false.", 18},
      {R"({"a":[{"numeric":1}]})", "Value of numeric must be an array.", 19},
      {R"({"a":[{"numeric":[1]}]})", "Invalid member in numeric match: 1", 20},
      {R"({"a":[{"numeric":["=","1"]}]})", "Value of equals must be numeric", 24},
      {R"({"a":[{"numeric":["!=",1]}]})", "Unrecognized numeric range operator: !=", 25},
      {R"({"a":[{"numeric":["<",5,">",1]}]})", "Too many elements in numeric expression", 26},
      {R"({"a":[{"numeric":[">",10,"<",5]}]})", "Bottom must be less than top", 32},
      {R"({"a":[{"numeric":[">=",5,"<=",5]}]})", "Bottom must be less than top", 33},
      {R"({"a":[{"numeric":[">",1e400]}]})", "Cannot compare number : 1e400", 29},
      {R"({"a":[{"anything-but":true}]})", "Value of anything-but must be an array or single string/number value.", 27},
      {R"({"a":[{"anything-but":{"foo":"x"}}]})", "Unsupported anything-but pattern: foo", 31},
      {R"({"a":[{"anything-but":["a",1]}]})",
       "Inside anything but list, either all values are number or string, mixed type is not supported", 30},
      {R"({"a":[{"anything-but":[]}]})",
       "Inside anything but list, either all values are number or string, mixed type is not supported", 25},
      {R"({"$or":{"a":[1]}})", "It must be an Array followed with $or.", 9},
      {R"({"$or":[{"a":[1]}]})", "There must have at least 2 Objects in $or relationship.", 19},
      {R"({"$or":[1,2]})", "Only JSON object is allowed in array of $or relationship.", 10},
      {R"({"$or":[{"prefix":["a"]},{"b":[1]}]})", "prefix is Ruler reserved fieldName which cannot be used inside $or.",
       20},
      {R"({"a":[{"cidr":1}]})", "prefix match pattern must be a string", 16},
      {R"({"a":[{"cidr":"10.0.0.1/32"}]})", "IPv4 mask bits must be < 32", 0},
      {R"({"a":[{"cidr":"2001:db8::/128"}]})", "IPv6 mask bits must be < 128", 0},
      {R"({"a":[{"cidr":"10.0.0.1"}]})", "Malformed CIDR, one '/' required", 0},
      {R"({"a":[{"wildcard":"a**b"}]})", "Consecutive wildcard characters at pos 2", 25},
      {R"({"a":[{"wildcard":"a\\b"}]})", "Invalid escape character at pos 2", 25},
      {R"({"a":[{"wildcard":"*a*a*a*a*a*a*a*a*a*a*"}]})", kTooComplex, 0},
      {R"({"a":[{"wildcard":"a*a*a*a*a*a*a*a"}]})", kTooComplex, 0},
      {R"({"a":[{"wildcard":"*a*a*a*a*a*a"}]})", kTooComplex, 0},
      {R"({"a":[{"wildcard":"*a*b*c*d*e*f*g*h*i*j"}]})", kTooComplex, 0},
      {R"({"a":[{"wildcard":"*aaaaaaaaaaaa"}]})", kTooComplex, 0},
      {R"({"a":[{"wildcard":"*a*a"},{"wildcard":"*b*a"},{"anything-but":{"wildcard":["*c*a","a*"]}}]})", kTooComplex,
       0},
      {R"({"a":[{"numeric":["=",1e400]}]})", R"(Cannot compare number : 1e400)", 29},
      {R"({"a":[{"numeric":[">",1,"<",1e400]}]})", R"(Cannot compare number : 1e400)", 35},
      {R"({"a":[{"numeric":["<=",1e400,1]}]})", R"(Too many elements in numeric expression)", 31},
      {R"({"a":[{"numeric":[]}]})", R"(Invalid member in numeric match: ])", 20},
      {R"({"a":[{"anything-but":{"prefix":{"equals-ignore-case":"x"}}}]})",
       R"(Value of anything-but must be an array or single string/number value.)", 34},
      {R"({"a":[{"anything-but":{"prefix":null}}]})",
       R"(Value of anything-but must be an array or single string/number value.)", 37},
      {R"({"a":[{"anything-but":{"prefix":1}}]})", R"(prefix/suffix match pattern must be a string)", 34},
      {R"({"a":[{"anything-but":{"prefix":""}}]})", R"(Null prefix/suffix not allowed)", 35},
      {R"({"a":[{"anything-but":{"equals-ignore-case":1}}]})",
       R"(Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.)", 46},
      {R"({"a":[{"anything-but":{"wildcard":1}}]})", R"(wildcard match pattern must be a string)", 36},
      {R"({"a":[{"anything-but":{"wildcard":["a","b\\c"]}}]})", R"(Invalid escape character at pos 2)", 47},
      {R"({"a":[{"anything-but":["a"],"x":1}]})", R"(Too many elements in numeric expression)", 34},
      {R"({"a":[{"anything-but":[1,1e400,2]}]})", R"(Cannot compare number : 1e400)", 31},
      {R"({"a":[{"anything-but":1e400}]})", R"(Cannot compare number : 1e400)", 0},
      {R"({"a":[{"prefix":{}}]})", R"(Prefix expression name not found)", 19},
      {R"({"a":[{"prefix":{"equals-ignore-case":1}}]})", R"(equals-ignore-case match pattern must be a string)", 40},
      {R"({"a":[{"cidr":"256.0.0.0/8"}]})", R"(Invalid IP address: 256.0.0.0)", 0},
      {R"({"a":[{"cidr":"1::2::3/8"}]})", R"(Invalid IP address: 1::2::3)", 0},
      {R"({"a":[{"cidr":"1.2.3/8"}]})", R"(Nonstandard IP address: 1.2.3)", 0},
      {R"({"a":[{"cidr":"::ffff:10.0.0.0/24"}]})", R"(Nonstandard IP address: ::ffff:10.0.0.0)", 0},
      {R"({"a":[{"wildcard":"é**"}]})", R"(Consecutive wildcard characters at pos 3)", 24},
      {R"({"a":[-)", R"(Unexpected end-of-inputNo digit following minus sign)", 8},
      {R"({"a":[-x]})",
       R"(Unexpected character ('x' (code 120)) in numeric value: expected digit (0-9) to follow minus sign, for valid numeric value)",
       9},
      {R"({"a":[-00]})", R"(Invalid numeric value: Leading zeroes not allowed)", 9},
      {R"({"a":[01]})", R"(Invalid numeric value: Leading zeroes not allowed)", 8},
      {R"({"a":[0x]})", R"(Unexpected character ('x' (code 120)): was expecting comma to separate Array entries)", 9},
      {R"({"a":[1.)", R"(Unexpected character ('.' (code 46)) in numeric value: Decimal point not followed by a digit)",
       9},
      {R"({"a":[1.x]})",
       R"(Unexpected character ('x' (code 120)) in numeric value: Decimal point not followed by a digit)", 9},
      {R"({"a":[1e)", R"(Unexpected end-of-inputexpected a digit for number exponent)", 9},
      {R"({"a":[1e+x]})",
       R"(Unexpected character ('x' (code 120)) in numeric value: Exponent indicator not followed by a digit)", 9},
      {R"({"a":[1-2]})", R"(Unexpected character ('-' (code 45)): was expecting comma to separate Array entries)", 9},
      {R"({"a":[.5]})",
       R"(Unexpected character ('.' (code 46)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false'))",
       8},
      {R"({"a":[+)", R"(Unexpected end-of-input in a Number value)", 8},
      {R"({"a":[+1]})",
       R"(Unexpected character ('+' (code 43)) in numeric value: JSON spec does not allow numbers to have plus signs: enable `JsonReadFeature.ALLOW_LEADING_PLUS_SIGN_FOR_NUMBERS` to allow)",
       9},
      {R"({"a":[NaN]})", R"(Non-standard token 'NaN': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow)",
       10},
      {R"({"a":[-Infinity]})",
       R"(Non-standard token '-Infinity': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow)", 16},
      {R"({"a":[+INF]})", R"(Non-standard token '+INF': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow)",
       11},
      {R"({"a":[-Inf]})",
       R"(Unrecognized token '-Inf': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false'))",
       11},
      {R"({"a":[nullx]})",
       R"(Unrecognized token 'nullx': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false'))",
       12},
      {R"({"a":[1,]})",
       R"(Unexpected character (']' (code 93)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false'))",
       10},
      {R"({"a":]})",
       R"(Unexpected character (']' (code 93)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false'))",
       7},
      {R"({"a":})", R"(Unexpected character ('}' (code 125)): expected a value)", 7},
      {R"({"a":[1],})", R"(Unexpected character ('}' (code 125)): was expecting double-quote to start field name)", 11},
      {R"({"a":[1] "b")", R"(Unexpected character ('"' (code 34)): was expecting comma to separate Object entries)",
       11},
      {R"({"a"x)", R"(Unexpected character ('x' (code 120)): was expecting a colon to separate field name and value)",
       6},
      {R"({"a":[1]/)",
       R"(Unexpected character ('/' (code 47)): maybe a (non-standard) comment? (not recognized as one since Feature 'ALLOW_COMMENTS' not enabled for parser))",
       10},
      {"{",
       R"_(Unexpected end-of-input: expected close marker for Object (start marker at [Source: (String)"{"; line: 1, column: 1]))_",
       2},
      {R"({"a)", R"(Unexpected end-of-input in field name)", 4},
      {R"({"a")", R"(Unexpected end-of-input within/between Object entries)", 5},
      {R"({"a":)", R"(Unexpected end-of-input within/between Object entries)", 6},
      {R"({"a":[1,)", R"(Unexpected end-of-input within/between Array entries)", 9},
      {R"({"a":["x)", R"(Unexpected end-of-input: was expecting closing quote for a string value)", 9},
      {R"({"a":["x\)", R"(Unexpected end-of-input in character escape sequence)", 10},
      {R"({"a\u1)", R"(Unexpected end-of-input in character escape sequence)", 7},
      {R"({"a":["\q"]})", R"(Unrecognized character escape 'q' (code 113))", 10},
      {R"({"a":["\u12x4"]})",
       R"(Unexpected character ('x' (code 120)): expected a hex-digit for character escape sequence)", 13},
      {R"(])",
       R"_(Unexpected close marker ']': expected '}' (for root starting at [Source: (String)"]"; line: 1, column: 0]))_",
       2},
      {R"(})",
       R"_(Unexpected close marker '}': expected ']' (for root starting at [Source: (String)"}"; line: 1, column: 0]))_",
       2},
      {R"(5x)", R"(Unexpected character ('x' (code 120)): Expected space separating root-level values)", 3},
      {R"({"😀":1})", R"("😀" must be an object or an array)", 8},
      {R"({"a":[😀]})",
       R"(Unexpected character ('?' (code 55357 / 0xd83d)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false'))",
       8},
      {R"({"a":[“x”]})",
       R"(Unexpected character ('“' (code 8220 / 0x201c)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false'))",
       8},
      {R"({"a":[é1$_x y]})",
       R"(Unrecognized token 'é1$_x': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false'))",
       12},
      {"{\"a\":[\"x\ty\"]}",
       R"(Illegal unquoted character ((CTRL-CHAR, code 9)): has to be escaped using backslash to be included in string value)",
       10},
      {"{\"a\t\":[1]}",
       R"(Illegal unquoted character ((CTRL-CHAR, code 9)): has to be escaped using backslash to be included in name)",
       5},
      {"{\001}",
       R"(Illegal character ((CTRL-CHAR, code 1)): only regular white space (\r, \n, \t) is allowed between tokens)",
       3},
      {R"({'a':[1]})", "Unexpected character (''' (code 39)): was expecting double-quote to start field name", 3},
      {R"({"a":[this]})",
       "Unrecognized token 'this': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or "
       "'false')",
       11},
  };
  for (const auto& row : rows) {
    const auto parsed = parse_event_pattern(row.pattern);
    ASSERT_FALSE(parsed) << row.pattern;
    EXPECT_EQ(parsed.error().code, ErrorCode::InvalidEventPattern);
    std::string expected = std::string{"Event pattern is not valid. Reason: "} + row.reason;
    if (row.column > 0)
      expected += at + "\"" + visible(row.pattern) + "\"; line: 1, column: " + std::to_string(row.column) + "]";
    EXPECT_EQ(parsed.error().message, expected) << row.pattern;
  }
  EXPECT_TRUE(parse_event_pattern("{\n \"a\": \"x\"}").error().message.ends_with("line: 2, column: 8]"));
  const auto long_one = parse_event_pattern(R"({"a":[")" + std::string(4096, 'x') + R"("]})");
  ASSERT_FALSE(long_one);
  EXPECT_EQ(long_one.error().message,
            "Event pattern is not valid. Reason: Event pattern is longer than 4096 characters");
  for (const char* broken :
       {"", "{", R"({"a")", R"({"a":)", R"({"a":[)", R"({"a":["x)", R"({"a":[1)", R"({"a":[01]})", R"({"a":["\q"]})"}) {
    const auto parsed = parse_event_pattern(broken);
    ASSERT_FALSE(parsed) << broken;
    EXPECT_EQ(parsed.error().code, ErrorCode::InvalidEventPattern) << broken;
    EXPECT_THAT(parsed.error().message, testing::StartsWith("Event pattern is not valid. Reason: ")) << broken;
  }
}

TEST(EventPattern, RefusesInsideANestedListWithItsPlaceTwice) {
  const struct {
    const char* pattern;
    const char* reason;
    int column;
  } rows[] = {
      {R"({"a":[{"anything-but":[true]}]})", R"(Inside anything but list, start|null|boolean is not supported.)", 28},
      {R"({"a":[{"anything-but":["x",}]})", R"(Unexpected character ('}' (code 125)): expected a value)", 29},
      {R"({"a":[{"anything-but":["x)", R"(Unexpected end-of-input: was expecting closing quote for a string value)",
       26},
      {R"({"a":[{"anything-but":{"prefix":[1]}}]})", R"(prefix/suffix match pattern must be a string)", 35},
      {R"({"a":[{"anything-but":{"suffix":[""]}}]})", R"(Null prefix/suffix not allowed)", 36},
      {R"({"a":[{"anything-but":{"wildcard":[1]}}]})", R"(wildcard match pattern must be a string)", 37},
      {R"({"a":[{"anything-but":{"equals-ignore-case":[{}]}}]})",
       R"(Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.)", 47},
  };
  for (const auto& row : rows) {
    const auto parsed = parse_event_pattern(row.pattern);
    ASSERT_FALSE(parsed) << row.pattern;
    const std::string place = std::string{"\n at [Source: (String)\""} + row.pattern +
                              "\"; line: 1, column: " + std::to_string(row.column) + "]";
    EXPECT_EQ(parsed.error().message, std::string{"Event pattern is not valid. Reason: "} + row.reason + place + place);
  }
}

// Lines, brackets opened elsewhere, and characters that are not shown as they are.
TEST(EventPattern, NamesPlacesAsAwsDoes) {
  const struct {
    const char* pattern;
    const char* reason;
  } rows[] = {
      {"{\"a\":[\"x\"",
       "Unexpected end-of-input: expected close marker for Array (start marker at [Source: (String)\"{\"a\":[\"x\"\"; "
       "line: 1, column: 6])\n at [Source: (String)\"{\"a\":[\"x\"\"; line: 1, column: 10]"},
      {"{\"a\":[1}",
       "Unexpected close marker '}': expected ']' (for Array starting at [Source: (String)\"{\"a\":[1}\"; line: 1, "
       "column: 6])\n at [Source: (String)\"{\"a\":[1}\"; line: 1, column: 9]"},
      {"{\n\n\"a\":[1}",
       "Unexpected close marker '}': expected ']' (for Array starting at [Source: (String)\"{\n\n\"a\":[1}\"; line: 3, "
       "column: 5])\n at [Source: (String)\"{\n\n\"a\":[1}\"; line: 3, column: 8]"},
      {"{\"a\":\n[",
       "Unexpected end-of-input: expected close marker for Array (start marker at [Source: (String)\"{\"a\":\n[\"; "
       "line: 2, column: 1])\n at [Source: (String)\"{\"a\":\n[\"; line: 2, column: 2]"},
      {"{\"a\":[1]]",
       "Unexpected close marker ']': expected '}' (for Object starting at [Source: (String)\"{\"a\":[1]]\"; line: 1, "
       "column: 1])\n at [Source: (String)\"{\"a\":[1]]\"; line: 1, column: 10]"},
      {"{\r\"a\":1}", "\"a\" must be an object or an array\n at [Source: (String)\"{\r\"a\":1}\"; line: 2, column: 6]"},
      {"{\r\n\"a\":1}",
       "\"a\" must be an object or an array\n at [Source: (String)\"{\r\n\"a\":1}\"; line: 2, column: 6]"},
      {"{\"a\":[1\v]}",
       "Illegal character ((CTRL-CHAR, code 11)): only regular white space (\\r, \\n, \\t) is allowed between tokens\n "
       "at [Source: (String)\"{\"a\":[1\\u000B]}\"; line: 1, column: 9]"},
      {"{\"é\177\":1}",
       "\"é\177\" must be an object or an array\n at [Source: (String)\"{\"é\\u007F\":1}\"; line: 1, column: 8]"},
  };
  for (const auto& row : rows) {
    const auto parsed = parse_event_pattern(row.pattern);
    ASSERT_FALSE(parsed) << row.pattern;
    EXPECT_EQ(parsed.error().message, std::string{"Event pattern is not valid. Reason: "} + row.reason);
  }
}

TEST(EventPattern, AcceptsTheWholeLanguage) {
  for (const char* pattern : {R"({"source":["a"]})",
                              R"({"a":[1,1.5,"x",null,true,false]})",
                              R"({"a":{"b":{"c":[""]}}})",
                              R"({"a":[{"prefix":""}]})",
                              R"({"a":[{"prefix":{"equals-ignore-case":"EU"}}]})",
                              R"({"a":[{"suffix":{"equals-ignore-case":".PNG"}}]})",
                              R"({"a":[{"anything-but":{"prefix":["a","b"]}}]})",
                              R"({"a":[{"anything-but":{"suffix":"a"}}]})",
                              R"({"a":[{"anything-but":{"equals-ignore-case":["a","B"]}}]})",
                              R"({"a":[{"anything-but":{"wildcard":"*/lib/*"}}]})",
                              R"({"a":[{"anything-but":{"wildcard":["a*","*b"]}}]})",
                              R"({"a":[{"anything-but":[1,2]}]})",
                              R"({"a":[{"exists":false}]})",
                              R"({"a":[{"cidr":"10.0.0.255/24"}]})",
                              R"({"a":[{"cidr":"::/0"}]})",
                              R"({"a":[{"numeric":[">",0,"<=",5]}]})",
                              R"({"a":[{"numeric":["=",3.018e2]}]})",
                              R"({"a":[{"wildcard":"dir/*.png"}]})",
                              R"({"a":[{"wildcard":"\\*\\\\*"}]})",
                              R"({"a":[{"wildcard":"*a*b*c*d*e*f*g*h*i"}]})",
                              R"({"a":[{"wildcard":"*aaaaaaaa"},{"wildcard":"b*"}]})",
                              R"({"a":[{"exactly":"x"}]})",
                              R"({"$or":[{"a":[1]},{"b":[2]}],"c":[3]})",
                              R"({"d":{"$or":[{"a":[1]},{"$or":[{"b":[2]},{"c":[3]}]}]}})",
                              R"( { "a" : [ 1 ] } )",
                              R"({"a":[1]} behind)"}) {
    const auto parsed = parse_event_pattern(pattern);
    EXPECT_TRUE(parsed) << pattern << ": " << parsed.error().message;
  }
}

TEST(EventPattern, LimitsWhatOrMultipliesOut) {
  const auto ors = [](int n) {
    std::string text = "{\"z\":[1]";
    for (int i = 0; i < n; ++i)
      text += R"(,"$or":[{"a)" + std::to_string(i) + R"(":[1]},{"b)" + std::to_string(i) + R"(":[1]}])";
    return text + "}";
  };
  const auto most = parse_event_pattern(ors(9));
  ASSERT_TRUE(most);
  EXPECT_EQ(most->alternatives().size(), 512U);
  EXPECT_EQ(most->clauses().size(), 19U) << "each stands once";
  const auto more = parse_event_pattern(ors(10));
  ASSERT_FALSE(more);
  EXPECT_THAT(more.error().message, testing::HasSubstr("its $or give more than"));
}

// Pattern and detail of an event, and the verdict. Written from the documentation and recorded responses.
TEST(Matching, GivesTheVerdictsOfTheDocumentation) {
  const struct {
    const char* pattern;  // of the detail
    const char* detail;
    bool matches;
  } rows[] = {
      // Exact values of every type.
      {R"({"a":["x"]})", R"({"a":"x"})", true},
      {R"({"a":["x"]})", R"({"a":"X"})", false},
      {R"({"a":["x","y"]})", R"({"a":"y"})", true},
      {R"({"a":["x"]})", R"({"b":"x"})", false},
      {R"({"a":["x"],"b":["y"]})", R"({"a":"x","b":"y"})", true},
      {R"({"a":["x"],"b":["y"]})", R"({"a":"x","b":"z"})", false},
      {R"({"a":[true]})", R"({"a":true})", true},
      {R"({"a":[true]})", R"({"a":"true"})", false},
      {R"({"a":[null]})", R"({"a":null})", true},
      {R"({"a":[null]})", R"({"a":""})", false},
      {R"({"a":[null]})", R"({})", false},
      {R"({"a":[""]})", R"({"a":""})", true},
      {R"({"a":[""]})", R"({"a":null})", false},
      {R"({"a":["é"]})", R"({"a":"\u00e9"})", true},
      {R"({"\u0061":["x"]})", R"({"a":"x"})", true},
      // Numbers by value, and by text.
      {R"({"a":[300]})", R"({"a":300.0})", true},
      {R"({"a":[300]})", R"({"a":3.0e2})", true},
      {R"({"a":[300.0]})", R"({"a":300})", true},
      {R"({"a":[5]})", R"({"a":"5"})", false},
      {R"({"a":["5"]})", R"({"a":5})", false},
      {R"({"a":[9007199254740993]})", R"({"a":9007199254740993})", true},
      {R"({"a":[9007199254740993]})", R"({"a":9007199254740992})", false},
      {R"({"a":[1e400]})", R"({"a":1e400})", true},
      {R"({"a":[0]})", R"({"a":-0})", true},
      // Strings.
      {R"({"a":[{"prefix":"ab"}]})", R"({"a":"abc"})", true},
      {R"({"a":[{"prefix":"ab"}]})", R"({"a":"ab"})", true},
      {R"({"a":[{"prefix":"ab"}]})", R"({"a":"a"})", false},
      {R"({"a":[{"prefix":"1"}]})", R"({"a":12})", false},
      {R"({"a":[{"prefix":""}]})", R"({"a":""})", true},
      {R"({"a":[{"prefix":""}]})", R"({"a":null})", false},
      {R"({"a":[{"prefix":{"equals-ignore-case":"éA"}}]})", R"({"a":"Éab"})", true},
      {R"({"a":[{"suffix":".png"}]})", R"({"a":"x.png"})", true},
      {R"({"a":[{"suffix":".png"}]})", R"({"a":"x.PNG"})", false},
      {R"({"a":[{"suffix":{"equals-ignore-case":".PNG"}}]})", R"({"a":"x.png"})", true},
      {R"({"a":[{"suffix":{"equals-ignore-case":"longer"}}]})", R"({"a":"er"})", false},
      {R"({"a":[{"equals-ignore-case":"Straße"}]})", R"({"a":"sTRAßE"})", true},
      {R"({"a":[{"equals-ignore-case":"strasse"}]})", R"({"a":"straße"})", false},
      {R"({"a":[{"equals-ignore-case":"ПРИВЕТ"}]})", R"({"a":"привет"})", true},
      {R"({"a":[{"equals-ignore-case":"k"}]})", R"({"a":"\u212a"})", false},
      {R"({"a":[{"equals-ignore-case":"σ"}]})", R"({"a":"ς"})", false},
      {R"({"a":[{"equals-ignore-case":"ab"}]})", R"({"a":"abc"})", false},
      {R"({"a":[{"wildcard":"dir/*.png"}]})", R"({"a":"dir/a/b.png"})", true},
      {R"({"a":[{"wildcard":"dir/*.png"}]})", R"({"a":"dir/.png"})", true},
      {R"({"a":[{"wildcard":"dir/*.png"}]})", R"({"a":"dir/a.pn"})", false},
      {R"({"a":[{"wildcard":"*a*b*"}]})", R"({"a":"xxaxxbxx"})", true},
      {R"({"a":[{"wildcard":"*a*b*"}]})", R"({"a":"bbaa"})", false},
      {R"({"a":[{"wildcard":"a\\*b"}]})", R"({"a":"a*b"})", true},
      {R"({"a":[{"wildcard":"a\\*b"}]})", R"({"a":"axb"})", false},
      {R"({"a":[{"wildcard":"a\\\\*"}]})", R"({"a":"a\\x"})", true},
      {R"({"a":[{"wildcard":""}]})", R"({"a":""})", true},
      {R"({"a":[{"wildcard":""}]})", R"({"a":"x"})", false},
      {R"({"a":[{"wildcard":"*"}]})", R"({"a":5})", false},
      // Numeric ranges.
      {R"({"a":[{"numeric":["=",5]}]})", R"({"a":5.0})", true},
      {R"({"a":[{"numeric":["<",5]}]})", R"({"a":5})", false},
      {R"({"a":[{"numeric":["<=",5]}]})", R"({"a":5})", true},
      {R"({"a":[{"numeric":[">",0,"<=",5]}]})", R"({"a":0})", false},
      {R"({"a":[{"numeric":[">",0,"<=",5]}]})", R"({"a":0.000001})", true},
      {R"({"a":[{"numeric":[">",-5e9]}]})", R"({"a":-4999999999})", true},
      {R"({"a":[{"numeric":[">",0]}]})", R"({"a":"1"})", false},
      {R"({"a":[{"numeric":[">",0]}]})", R"({"a":0.12345678901234567})", false},
      {R"({"a":[{"numeric":[">",0]}]})", R"({"a":1e400})", false},
      {R"({"a":[{"numeric":[">",0]}]})", R"({"a":1e-400})", false},
      // Addresses.
      {R"({"a":[{"cidr":"10.0.0.0/24"}]})", R"({"a":"10.0.0.255"})", true},
      {R"({"a":[{"cidr":"10.0.0.77/24"}]})", R"({"a":"10.0.0.1"})", true},
      {R"({"a":[{"cidr":"10.0.0.0/24"}]})", R"({"a":"10.0.1.0"})", false},
      {R"({"a":[{"cidr":"10.0.0.0/0"}]})", R"({"a":"255.255.255.255"})", true},
      {R"({"a":[{"cidr":"2001:db8::/32"}]})", R"({"a":"2001:db8:ffff::1"})", true},
      {R"({"a":[{"cidr":"2001:db8::/32"}]})", R"({"a":"2001:db9::"})", false},
      {R"({"a":[{"cidr":"::/0"}]})", R"({"a":"10.0.0.1"})", true},
      {R"({"a":[{"cidr":"10.0.0.0/8"}]})", R"({"a":"not an address"})", false},
      {R"({"a":["2001:db8::1"]})", R"({"a":"2001:0db8:0:0:0:0:0:1"})", true},
      {R"({"a":["10.0.0.1"]})", R"({"a":"010.0.0.1"})", true},
      {R"({"a":["10.0.0.1"]})", R"({"a":"::ffff:0a00:0001"})", true},
      {R"({"a":["::ffff:0a00:1"]})", R"({"a":"10.0.0.1"})", true},
      {R"({"a":["::ffff:10.0.0.1"]})", R"({"a":"10.0.0.1"})", false},
      {R"({"a":["10.0.0.1"]})", R"({"a":"0a00:0001::"})", false},
      {R"({"a":[{"cidr":"10.0.0.0/8"}]})", R"({"a":"::ffff:0a00:0001"})", true},
      {R"({"a":[{"anything-but":"10.0.0.1"}]})", R"({"a":"010.0.0.1"})", true},
      {R"({"a":[{"exactly":"10.0.0.1"}]})", R"({"a":"010.0.0.1"})", false},
      // Present or absent.
      {R"({"a":[{"exists":true}]})", R"({"a":null})", true},
      {R"({"a":[{"exists":true}]})", R"({"a":""})", true},
      {R"({"a":[{"exists":true}]})", R"({"a":[]})", false},
      {R"({"a":[{"exists":true}]})", R"({"a":{}})", false},
      {R"({"a":[{"exists":true}]})", R"({"a":{"b":1}})", false},
      {R"({"a":[{"exists":false}]})", R"({"a":{"b":1}})", true},
      {R"({"a":[{"exists":false}]})", R"({"b":1})", true},
      {R"({"a":[{"exists":false}]})", R"({"a":0})", false},
      {R"({"a":["x",{"exists":false}]})", R"({"b":1})", true},
      {R"({"a":["x",{"exists":false}]})", R"({"a":"x"})", true},
      {R"({"a":["x",{"exists":false}]})", R"({"a":"y"})", false},
      // Anything but.
      {R"({"a":[{"anything-but":"x"}]})", R"({"a":"y"})", true},
      {R"({"a":[{"anything-but":"x"}]})", R"({"a":"x"})", false},
      {R"({"a":[{"anything-but":"x"}]})", R"({"b":1})", false},
      {R"({"a":[{"anything-but":5}]})", R"({"a":"5"})", true},
      {R"({"a":[{"anything-but":5}]})", R"({"a":5.0})", false},
      {R"({"a":[{"anything-but":5}]})", R"({"a":true})", true},
      {R"({"a":[{"anything-but":5}]})", R"({"a":null})", true},
      {R"({"a":[{"anything-but":["x","y"]}]})", R"({"a":"z"})", true},
      {R"({"a":[{"anything-but":["x","y"]}]})", R"({"a":["x","y"]})", false},
      {R"({"a":[{"anything-but":["x"]}]})", R"({"a":["x","y"]})", true},
      {R"({"a":[{"anything-but":{"prefix":"ab"}}]})", R"({"a":"abc"})", false},
      {R"({"a":[{"anything-but":{"prefix":["ab","c"]}}]})", R"({"a":"cd"})", false},
      {R"({"a":[{"anything-but":{"prefix":["ab","c"]}}]})", R"({"a":"x"})", true},
      {R"({"a":[{"anything-but":{"suffix":"z"}}]})", R"({"a":"yz"})", false},
      {R"({"a":[{"anything-but":{"equals-ignore-case":["X"]}}]})", R"({"a":"x"})", false},
      {R"({"a":[{"anything-but":{"wildcard":"*/lib/*"}}]})", R"({"a":"a/lib/b"})", false},
      {R"({"a":[{"anything-but":{"wildcard":"*/lib/*"}}]})", R"({"a":"a/bin/b"})", true},
      // Arrays.
      {R"({"a":["x"]})", R"({"a":["y","x"]})", true},
      {R"({"a":["x"]})", R"({"a":[["y"],["x"]]})", true},
      {R"({"a":["x"]})", R"({"a":[]})", false},
      {R"({"r":{"n":["a"],"v":[1]}})", R"({"r":[{"n":"a","v":1},{"n":"b","v":2}]})", true},
      {R"({"r":{"n":["a"],"v":[2]}})", R"({"r":[{"n":"a","v":1},{"n":"b","v":2}]})", false},
      {R"({"r":{"n":["a"]},"s":{"v":[2]}})", R"({"r":[{"n":"a"}],"s":[{"v":1},{"v":2}]})", true},
      {R"({"r":{"n":["a"],"t":{"u":[3]}}})", R"({"r":[{"n":"a","t":[{"u":1},{"u":3}]},{"n":"b","t":[{"u":4}]}]})",
       true},
      {R"({"r":{"n":["a"],"t":{"u":[4]}}})", R"({"r":[{"n":"a","t":[{"u":1},{"u":3}]},{"n":"b","t":[{"u":4}]}]})",
       false},
      // Absence is judged within the elements chosen by the paths sorted earlier.
      {R"({"r":{"n":["a"],"v":[{"exists":false}]}})", R"({"r":[{"n":"a"},{"n":"b","v":2}]})", true},
      {R"({"r":{"n":["a"],"v":[{"exists":false}]}})", R"({"r":[{"n":"a","v":2},{"n":"b"}]})", false},
      {R"({"r":{"n":["a"],"m":[{"exists":false}]}})", R"({"r":[{"n":"a"},{"n":"b","m":2}]})", false},
      // Scalars in an array are in none of its elements; a nested array is in one.
      {R"({"a":["s"],"a.x":[1]})", R"({"a":[{"x":1},"s"]})", true},
      {R"({"a":["s"],"a.x":[1]})", R"({"a":[{"x":1},["s"]]})", false},
      {R"({"a":["s"],"a.x":[1],"a.y":[2]})", R"({"a":[{"x":1},"s",{"y":2}]})", false},
      // Repeated keys give several arrays, each with a choice of its own.
      {R"({"a.x":[1],"a.y":[2]})", R"({"a":[{"x":1}],"a":[{"y":2}]})", true},
      {R"({"r":{"n":["a"],"v":[{"exists":false}]}})", R"({"r":[{"n":"a"},{"n":"b"}]})", true},
      // Dots and repeated keys.
      {R"({"a.b":["x"]})", R"({"a":{"b":"x"}})", true},
      {R"({"a":{"b":["x"]}})", R"({"a.b":"x"})", true},
      {R"({"a":["x"],"a":["y"]})", R"({"a":"x"})", false},
      {R"({"a":["x"],"a":["y"]})", R"({"a":"y"})", true},
      {R"({"a":{"b":["x"]},"a":{"c":["y"]}})", R"({"a":{"b":"x","c":"y"}})", true},
      {R"({"a":["x"]})", R"({"a":"x","a":"y"})", true},
      {R"({"a":["y"]})", R"({"a":"x","a":"y"})", true},
      // $or.
      {R"({"$or":[{"a":[1]},{"b":[2]}]})", R"({"b":2})", true},
      {R"({"$or":[{"a":[1]},{"b":[2]}]})", R"({"a":2,"b":1})", false},
      {R"({"c":[3],"$or":[{"a":[1]},{"b":[2]}]})", R"({"b":2,"c":3})", true},
      {R"({"c":[3],"$or":[{"a":[1]},{"b":[2]}]})", R"({"b":2,"c":4})", false},
      {R"({"$or":[{"a":[1]},{"b":[2]}],"c":[3]})", R"({"a":1,"c":3})", true},
      {R"({"x":{"$or":[{"a":[1]},{"$or":[{"b":[2]},{"c":[3]}]}]}})", R"({"x":{"c":3}})", true},
      {R"({"$or":[{"a":[1]},{"b":[2]}],"$or":[{"c":[3]},{"d":[4]}]})", R"({"b":2,"c":3})", true},
      {R"({"$or":[{"a":[1]},{"b":[2]}],"$or":[{"c":[3]},{"d":[4]}]})", R"({"a":1,"b":2})", false},
  };
  for (const auto& row : rows) {
    const auto pattern = parse_event_pattern(std::string{R"({"detail":)"} + row.pattern + "}");
    ASSERT_TRUE(pattern) << row.pattern << ": " << pattern.error().message;
    const std::string_view resources[] = {"r1"};
    const Envelope event{.id = "i",
                         .detail_type = "t",
                         .source = "s",
                         .account = "1",
                         .time = "2025-01-01T00:00:00Z",
                         .region = "r",
                         .resources = resources,
                         .detail = row.detail};
    EXPECT_EQ(matches(*pattern, event), row.matches) << row.pattern << " on " << row.detail;
  }
}

TEST(Matching, SeesTheWholeEnvelope) {
  const std::string_view resources[] = {"r1", "r2"};
  const Envelope event{.id = "i",
                       .detail_type = "t",
                       .source = "s",
                       .account = "1",
                       .time = "2025-01-01T00:00:00Z",
                       .region = "eu",
                       .resources = resources,
                       .detail = R"({"x":1})",
                       .replay_name = "again"};
  for (const char* pattern :
       {R"({"id":["i"]})", R"({"detail-type":["t"]})", R"({"source":["s"]})", R"({"account":["1"]})",
        R"({"region":["eu"]})", R"({"resources":["r2"]})", R"({"version":["0"]})", R"({"time":[{"prefix":"2025-01"}]})",
        R"({"replay-name":[{"exists":true}]})", R"({"detail":{"x":[1]}})"}) {
    EXPECT_TRUE(matches(*parse_event_pattern(pattern), event)) << pattern;
  }
  EXPECT_FALSE(matches(*parse_event_pattern(R"({"resources":["r3"]})"), event));
}

std::string array_of(int count, const std::string& element) {
  std::string text = "[" + element;
  for (int i = 1; i < count; ++i) text += "," + element;
  return text + "]";
}

// How much work a match is, in steps: an event of twice the size takes twice as many. Independent arrays add up instead
// of multiplying, and within one array only members of the same element are combined.
TEST(Matching, TakesStepsInProportionToTheEvent) {
  // In the events @ stands for an array of many objects.
  const struct {
    const char* pattern;
    const char* event;
    bool matches;
  } rows[] = {
      {R"({"a.x":[1],"b.x":[1],"c.x":[1],"d":[1]})", R"({"a":@,"b":@,"c":@,"d":0})", false},
      {R"({"a.x":[1],"b.x":[1],"c.x":[1],"d.e":[1]})", R"({"a":@,"b":@,"c":@,"d":[{"e":0},{"e":1}]})", true},
      {R"({"a.x":[1],"a.y":[1],"a.z":[1]})", R"({"a":@})", true},
      {R"({"a.x":[1],"a.y":[1],"a.z":[2,{"exists":false}]})", R"({"a":@})", false},
      {R"({"a.b.x":[1],"a.c.x":[1],"a.d":[{"exists":false}]})", R"({"a":[{"b":@,"c":@,"d":1}]})", false},
  };
  constexpr int kElements = 500;
  for (const auto& row : rows) {
    const auto pattern = parse_event_pattern(row.pattern);
    const auto verdict_with = [&](int elements) {
      const std::string many = array_of(elements, R"({"x":1,"y":1,"z":1})");
      std::string event;
      for (const char c : std::string_view{row.event}) event += c == '@' ? many : std::string(1, c);
      return judge(*pattern, flatten(event, wanted_paths(*pattern)));
    };
    const Verdict half = verdict_with(kElements);
    const Verdict whole = verdict_with(2 * kElements);
    EXPECT_EQ(whole.matches, row.matches) << row.pattern;
    constexpr std::uint64_t kWhateverTheSize = 100;
    EXPECT_LE(whole.steps, 2 * half.steps + kWhateverTheSize) << row.pattern;
  }
}

// Each nested array holds one object, except the innermost, where only the last one satisfies everything: the search
// must always find it.
TEST(Matching, FindsTheOneElementAtTheEndOfALargeEvent) {
  for (const bool is_nested : {true, false}) {
    std::string event = array_of(17'000, R"({"a":1,"b":1,"c":1,"d":1,"e":1,"f":0})");
    event.back() = ',';
    event += R"({"a":1,"b":1,"c":1,"d":1,"e":1,"f":1}])";
    std::string path = "x";
    for (int i = 0; is_nested && i < 9; ++i) {
      event = R"([{"x":)" + event + "}]";
      path += ".x";
    }
    std::string pattern;
    for (const char name : std::string_view{"abcdef"})
      pattern += (pattern.empty() ? "{\"" : ",\"") + path + "." + name + "\":[1]";
    const auto parsed = parse_event_pattern(pattern + "}");
    event = R"({"x":)" + event + "}";
    EXPECT_TRUE(matches(*parsed, flatten(event, wanted_paths(*parsed)))) << is_nested;
    RuleSet rules;
    rules.put(1, *parsed);
    std::vector<std::uint64_t> matched;
    rules.match(event, matched);
    EXPECT_EQ(matched.size(), 1U) << is_nested;
  }
}

// The same whatever other rules ask for: a rule gives up alone exactly when it does among others.
TEST(Matching, GivesUpOnWhatTakesTooManySteps) {
  std::string pattern = R"({"detail":{)";
  std::string detail = "{";
  for (int i = 0; i < 8; ++i) {
    pattern += R"("a.)" + std::to_string(i) + R"(":[1],)";
    detail += R"("a":)" + array_of(100, R"({"0":1,"1":1,"2":1,"3":1,"4":1,"5":1,"6":1,"7":1,"other":1})") + ",";
  }
  pattern += R"("a.8":[1],"a.9":[1]}})";
  detail += R"("a":[{"8":1},{"9":1}]})";
  const auto parsed = parse_event_pattern(pattern);
  const Envelope event{.detail = detail};
  const Verdict verdict = judge(*parsed, flatten(event, wanted_paths(*parsed)));
  EXPECT_FALSE(verdict.matches);
  EXPECT_TRUE(verdict.gave_up);
  EXPECT_GT(verdict.steps, kStepsMax);
  EXPECT_LT(verdict.steps, kStepsMax + 10'000);
  RuleSet rules;
  rules.put(1, *parsed);
  rules.put(2, *parse_event_pattern(R"({"detail":{"a":{"other":[1]}}})"));
  std::uint64_t given_up = 0;
  EXPECT_EQ(rules.match(event, &given_up), std::vector<std::uint64_t>{2});
  EXPECT_EQ(given_up, 1U);
}

}  // namespace
}  // namespace athanor::pattern
