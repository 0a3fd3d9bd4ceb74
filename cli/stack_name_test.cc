#include "cli/stack_name.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace athanor::cli {
namespace {

TEST(StackName, IsTheDirectorysHoweverTheTemplateIsNamed) {
  for (const char* path : {"/srv/shop/template.yaml", "/srv/shop/./template.yaml", "/srv/shop/src/../t.json",
                           "/srv/shop//template.yaml", "/srv/x/../shop/template.yaml"}) {
    EXPECT_EQ(stack_name_of(path), "shop") << path;
  }
  EXPECT_EQ(stack_name_of("./template.yaml"), stack_name_of("template.yaml"));
  EXPECT_EQ(stack_name_of("template.yaml"), stack_name_of(std::filesystem::current_path() / "template.yaml"));
  EXPECT_EQ(stack_name_of("/srv/shop_2.0/template.yaml"), "shop-2-0");
}

TEST(StackName, IsTheCdksOfItsTemplates) {
  EXPECT_EQ(stack_name_of("cdk.out/Shop.template.json"), "Shop");
  EXPECT_EQ(stack_name_of("/srv/cdk.out/Till.template.json"), "Till");
}

TEST(StackName, IsNothingWhereNoNameComesOfIt) {
  for (const char* path : {"/template.yaml", "/2024/template.yaml", "/srv/_/template.yaml", "/日本/template.yaml"})
    EXPECT_EQ(stack_name_of(path), "") << path;
}

}  // namespace
}  // namespace athanor::cli
