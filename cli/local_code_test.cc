#include "cli/local_code.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::FieldsAre;

constexpr std::string_view kTemplate = R"(
Transform: AWS::Serverless-2016-10-31
Resources:
  Bus: {Type: AWS::Events::EventBus}
  Local: {Type: AWS::Lambda::Function, Properties: {Code: ../build/local}}
  Inline: {Type: AWS::Lambda::Function, Properties: {Code: {ZipFile: 'x'}}}
  Stored: {Type: AWS::Serverless::Function, Properties: {CodeUri: s3://bucket/key}}
  Sam: {Type: AWS::Serverless::Function, Properties: {CodeUri: sam}}
)";

TEST(LocalCode, IsWhatPathsAndOptionsName) {
  const auto found = find_local_code(kTemplate, "deploy", {});
  ASSERT_TRUE(found.has_value()) << found.error().message;
  EXPECT_THAT(*found, ElementsAre(FieldsAre("Local", "build/local"), FieldsAre("Sam", "deploy/sam")));

  const auto given = find_local_code(kTemplate, "", {{"Inline", "/code/inline"}, {"Local", "here"}});
  ASSERT_TRUE(given.has_value()) << given.error().message;
  EXPECT_THAT(*given,
              ElementsAre(FieldsAre("Local", "here"), FieldsAre("Inline", "/code/inline"), FieldsAre("Sam", "sam")));
}

TEST(LocalCode, MayBeAnAssetOfTheCdk) {
  constexpr std::string_view kSynthesised = R"({"Resources": {"Billing": {
    "Type": "AWS::Lambda::Function",
    "Properties": {"Code": {"S3Bucket": {"Fn::Sub": "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"}, "S3Key": "0a.zip"}},
    "Metadata": {"aws:cdk:path": "Shop/Billing/Resource", "aws:asset:path": "asset.0a", "aws:asset:property": "Code"}}}})";
  EXPECT_THAT(*find_local_code(kSynthesised, "cdk.out", {}), ElementsAre(FieldsAre("Billing", "cdk.out/asset.0a")));
  EXPECT_THAT(*find_local_code(kSynthesised, "cdk.out", {{"Billing", "here"}}),
              ElementsAre(FieldsAre("Billing", "here")));
}

TEST(LocalCode, MayBeAnAssetThatOnlyTheManifestNames) {
  constexpr std::string_view kSynthesised = R"({"Resources": {
    "Billing": {"Type": "AWS::Lambda::Function", "Properties": {"Code": {"S3Bucket": "b", "S3Key": "0a.zip"}}},
    "Other": {"Type": "AWS::Lambda::Function", "Properties": {"Code": {"S3Bucket": "b", "S3Key": "else.zip"}}}}})";
  constexpr std::string_view kManifest = R"({"version": "55.0.0", "files": {
    "0a": {"source": {"path": "asset.0a", "packaging": "zip"},
           "destinations": {"current": {"bucketName": "b", "objectKey": "0a.zip"}}},
    "1b": {"source": {"executable": ["make"]}, "destinations": {"current": {"objectKey": "else.zip"}}}}})";
  EXPECT_THAT(*find_local_code(kSynthesised, "cdk.out", {}, {}, kManifest),
              ElementsAre(FieldsAre("Billing", "cdk.out/asset.0a")));
  EXPECT_THAT(*find_local_code(kSynthesised, "cdk.out", {}), ElementsAre());
  const auto cut = find_local_code(kSynthesised, "cdk.out", {}, {}, "{");
  ASSERT_FALSE(cut.has_value());
  EXPECT_EQ(cut.error().message, "This is not JSON at line 1, column 2.");
}

TEST(LocalCode, MayBeNamedByParameters) {
  constexpr std::string_view kParameters = R"(
Parameters: {Where: {Type: String, Default: ./functions}, Other: {Type: String}}
Resources:
  A: {Type: AWS::Lambda::Function, Properties: {Code: !Sub '${Where}/a'}}
  B: {Type: AWS::Lambda::Function, Properties: {Code: !Ref Where}}
  C: {Type: AWS::Lambda::Function, Properties: {Code: !Sub '${Other}/c'}}
)";
  EXPECT_THAT(*find_local_code(kParameters, "deploy", {}),
              ElementsAre(FieldsAre("A", "deploy/functions/a"), FieldsAre("B", "deploy/functions")));
  EXPECT_THAT(*find_local_code(kParameters, "deploy", {}, {{"Where", "/x"}, {"Other", "/y"}}),
              ElementsAre(FieldsAre("A", "/x/a"), FieldsAre("B", "/x"), FieldsAre("C", "/y/c")));
}

TEST(LocalCode, RefusesOptionsThatNameNoFunction) {
  const auto found = find_local_code(kTemplate, "", {{"Locale", "x"}});
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().message, "--code Locale=x does not name a function of the template, did you mean Local?");
  const auto no_function = find_local_code(kTemplate, "", {{"Bus", "x"}});
  ASSERT_FALSE(no_function.has_value());
  EXPECT_EQ(no_function.error().message, "--code Bus=x does not name a function of the template");
  const auto no_template = find_local_code("Resources: [", "", {});
  ASSERT_FALSE(no_template.has_value());
  EXPECT_THAT(no_template.error().message, testing::StartsWith("Template format error: YAML not well-formed: "));
}

}  // namespace
}  // namespace athanor::cli
