#include "stack/yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::stack {
namespace {

using ::testing::HasSubstr;

struct RefusedCase {
  std::string_view name;
  std::string_view text;
  std::string_view message;
};

class YamlRefused : public ::testing::TestWithParam<RefusedCase> {};

TEST_P(YamlRefused, SaysWhatAndWhere) {
  const auto read = read_yaml(GetParam().text);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, ErrorCode::InvalidInput);
  EXPECT_THAT(read.error().message, HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Table, YamlRefused,
    ::testing::Values(RefusedCase{"syntax", "a: b: c\n", "YAML not well-formed"},
                      RefusedCase{"place", "a: 1\nb: [1\n", "(line 3, column 1)"},
                      RefusedCase{"key_twice", "a: 1\nb: 2\na: 3\n",
                                  "the key \"a\" appears twice in one mapping. (line 3, column 1)"},
                      RefusedCase{"list_as_key", "? [1, 2]\n: x\n", "a key must be a string"},
                      RefusedCase{"unknown_tag", "a: !Sbu x\n",
                                  "unknown tag !Sbu, did you mean !Sub?. (line 1, column 4)"},
                      RefusedCase{"unknown_alias", "a: *nowhere\n", "YAML not well-formed"},
                      RefusedCase{"alias_inside_itself", "a: &x [*x]\n", "an alias is inside the value it names"},
                      RefusedCase{"merge_of_scalar", "a:\n  <<: 7\n", "<< takes a mapping or a list of them"},
                      RefusedCase{"two_documents", "a: 1\n---\nb: 2\n", "more than one YAML document"},
                      RefusedCase{"aliases_upon_aliases",
                                  "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c "
                                  "[*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
                                  "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n"
                                  "f: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n",
                                  "it takes more than 67108864 bytes with its aliases expanded"}),
    [](const auto& info) { return std::string{info.param.name}; });

struct ReadCase {
  std::string_view name;
  std::string_view text;
  std::string_view json;
};

class YamlRead : public ::testing::TestWithParam<ReadCase> {};

TEST_P(YamlRead, GivesTheJsonItMeans) {
  const auto read = read_yaml(GetParam().text);
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(format::print_json(read->root), GetParam().json);
}

INSTANTIATE_TEST_SUITE_P(
    Table, YamlRead,
    ::testing::Values(
        ReadCase{"date_stays_text", "Version: 2012-10-17", R"({"Version":"2012-10-17"})"},
        ReadCase{"quoted_date", "Version: '2012-10-17'", R"({"Version":"2012-10-17"})"},
        ReadCase{"number_and_text", "a: 3600\nb: '3600'\nc: \"3600\"", R"({"a":3600,"b":"3600","c":"3600"})"},
        ReadCase{"number_keeps_its_text", "a: 1.10\nb: 1e400\nc: -0.5", R"({"a":1.10,"b":1e400,"c":-0.5})"},
        ReadCase{"account_with_leading_zero", "a: 012345678901", R"({"a":"012345678901"})"},
        ReadCase{"not_quite_numbers", "a: 1_000\nb: +1\nc: .5\nd: 1.\ne: 0x10",
                 R"({"a":"1_000","b":"+1","c":".5","d":"1.","e":"0x10"})"},
        ReadCase{"booleans", "a: true\nb: No\nc: 'true'\nd: ON\ne: y",
                 R"({"a":true,"b":false,"c":"true","d":true,"e":"y"})"},
        ReadCase{"nothing", "a:\nb: ~\nc: null\nd: 'null'\ne: ''", R"({"a":null,"b":null,"c":null,"d":"null","e":""})"},
        ReadCase{"keys_are_text", "on: 1\n2024: 2\ntrue: 3", R"({"on":1,"2024":2,"true":3})"},
        ReadCase{"cron", "a: cron(35 9 ? * MON-FRI *)\nb: 'rate(5 minutes)'",
                 R"j({"a":"cron(35 9 ? * MON-FRI *)","b":"rate(5 minutes)"})j"},
        ReadCase{"block", "a: |\n  x\n  y\nb: >-\n  x\n  y", R"({"a":"x\ny\n","b":"x y"})"},
        ReadCase{"standard_tags", "a: !!str 12\nb: !!int '12'", R"({"a":"12","b":12})"},
        ReadCase{"ref", "a: !Ref Bus", R"({"a":{"Ref":"Bus"}})"},
        ReadCase{"condition", "a: !Condition IsProd", R"({"a":{"Condition":"IsProd"}})"},
        ReadCase{
            "get_att", "a: !GetAtt Bus.Arn\nb: !GetAtt [Bus, Arn]\nc: !GetAtt Nested.Outputs.Arn",
            R"({"a":{"Fn::GetAtt":["Bus","Arn"]},"b":{"Fn::GetAtt":["Bus","Arn"]},"c":{"Fn::GetAtt":["Nested","Outputs.Arn"]}})"},
        ReadCase{"sub", "a: !Sub '${Stage}-x'\nb: !Sub ['${A}', {A: 1}]",
                 R"({"a":{"Fn::Sub":"${Stage}-x"},"b":{"Fn::Sub":["${A}",{"A":1}]}})"},
        ReadCase{"nested_tags", "a: !If [IsProd, !Ref A, !Join ['-', [x, !Ref B]]]",
                 R"({"a":{"Fn::If":["IsProd",{"Ref":"A"},{"Fn::Join":["-",["x",{"Ref":"B"}]]}]}})"},
        ReadCase{"alias", "a: &x {k: [1]}\nb: *x", R"({"a":{"k":[1]},"b":{"k":[1]}})"},
        ReadCase{"merge", "a: &x {k: 1, l: 2}\nb:\n  l: 3\n  <<: *x", R"({"a":{"k":1,"l":2},"b":{"l":3,"k":1}})"},
        ReadCase{"merge_of_several", "a: &x {k: 1}\nb: &y {k: 2, m: 4}\nc:\n  <<: [*x, *y]",
                 R"({"a":{"k":1},"b":{"k":2,"m":4},"c":{"k":1,"m":4}})"},
        ReadCase{"quoted_merge_key", "a:\n  '<<': 1", R"({"a":{"<<":1}})"}, ReadCase{"empty", "", "null"}),
    [](const auto& info) { return std::string{info.param.name}; });

TEST(Yaml, CountsTheBytesThatAliasesStandFor) {
  std::string text = "a: &a " + std::string(400'000, 'x') + "\nb: [";
  for (int i = 0; i < 20'000; ++i) text += "*a,";
  const auto read = read_yaml(text + "]\n");
  ASSERT_FALSE(read.has_value());
  EXPECT_THAT(read.error().message, HasSubstr("it takes more than 67108864 bytes with its aliases expanded"));
}

TEST(Yaml, RemembersWhereKeysStand) {
  const auto read = read_yaml("Resources:\n  Bus:\n    Type: AWS::Events::EventBus\n    List:\n      - Name: x\n");
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->places.at("/Resources/Bus").line, 2u);
  EXPECT_EQ(read->places.at("/Resources/Bus/Type").line, 3u);
  EXPECT_EQ(read->places.at("/Resources/Bus/List/0/Name").line, 5u);
  EXPECT_EQ(read->places.at("/Resources/Bus/List/0/Name").column, 9u);
}

}  // namespace
}  // namespace athanor::stack
