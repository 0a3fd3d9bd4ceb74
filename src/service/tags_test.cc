#include "service/tags.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace athanor::service {
namespace {

using Tags = std::map<std::string, std::string>;

Tags many(std::size_t count) {
  Tags tags;
  for (std::size_t i = 0; i < count; ++i) tags[std::to_string(i)] = "";
  return tags;
}

TEST(Tags, RefusesWhatNoResourceMayCarry) {
  const std::string long_key(limits::kTagKeyCharacters + 1, 'k');
  const std::string long_value(limits::kTagValueCharacters + 1, 'v');
  for (const Tags& tags : {Tags{{"", "v"}}, Tags{{long_key, "v"}}, Tags{{"k", long_value}}, Tags{{"aws:", "v"}},
                           Tags{{"aws:cloudformation:stack-name", "v"}, {"k", "v"}}, Tags{{"k#", "v"}},
                           Tags{{"k", "a,b"}}, Tags{{"k", "a\tb"}}, many(limits::kTagsPerResource + 1)}) {
    const auto checked = check_tags(tags);
    ASSERT_FALSE(checked.has_value()) << tags.begin()->first;
    EXPECT_EQ(checked.error().code, ErrorCode::InvalidParameterValue);
  }
}

TEST(Tags, TakesWhatOnlyLooksReserved) {
  for (const Tags& tags :
       {Tags{}, Tags{{"aws", "v"}, {"awsome", ""}, {"my-aws:key", "aws:value"}}, Tags{{"größe 1", "_.:/=+-@ é"}},
        Tags{{std::string(limits::kTagKeyCharacters, 'k'), std::string(limits::kTagValueCharacters, 'v')}},
        many(limits::kTagsPerResource)})
    EXPECT_TRUE(check_tags(tags).has_value());
}

TEST(Tags, LeavesWhatAResourceHasAsItIs) {
  const Tags full = many(limits::kTagsPerResource);
  EXPECT_TRUE(check_tags({{"k", "v"}}, {{"old#", "\t"}}).has_value());
  EXPECT_TRUE(check_tags({{"7", "v"}}, full).has_value()) << "it takes the place of one";
  EXPECT_FALSE(check_tags({{"k", "v"}}, full).has_value());
}

}  // namespace
}  // namespace athanor::service
