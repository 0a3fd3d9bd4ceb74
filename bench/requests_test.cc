#include "bench/requests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "auth/sigv4.h"
#include "format/json.h"
#include "http/head.h"
#include "pattern/event_pattern.h"
#include "pattern/reference_matcher.h"

namespace athanor::bench {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr base::Time kNow{std::chrono::seconds{1'760'000'000}};

TEST(Requests, SampleDetailsAreOneKilobyteOfJsonWithSome160Quotes) {
  base::Random random{7};
  for (std::uint64_t sequence = 0; sequence < 100; ++sequence) {
    const std::string detail = sample_detail(sequence, random);
    ASSERT_EQ(detail.size(), kDetailBytes);
    ASSERT_TRUE(format::is_valid_json_object(detail)) << detail;
    const auto quotes = std::count(detail.begin(), detail.end(), '"');
    ASSERT_GE(quotes, 150);
    ASSERT_LE(quotes, 170);
  }
  EXPECT_THAT(sample_detail(12, random), StartsWith(R"({"sequence":"0000000012",)"));
  EXPECT_EQ(sample_detail(12, random, 25'000).size(), 25'000U);
}

TEST(Requests, ThePatternMatchesEverySampleAndNotEverything) {
  base::Random random{7};
  const auto pattern = pattern::parse_event_pattern(kPattern);
  ASSERT_TRUE(pattern);
  const std::string detail = sample_detail(1, random);
  EXPECT_TRUE(pattern::matches(*pattern, {.detail_type = kDetailType, .source = kSource, .detail = detail}));
  EXPECT_FALSE(pattern::matches(*pattern, {.detail_type = kDetailType, .source = "other", .detail = detail}));
}

TEST(Requests, AreSignedSoThatAServerBelievesThem) {
  const auto ring = put_events_ring(3, 10, 4'566, kNow);
  EXPECT_NE(ring[0], ring[1]);
  auth::CredentialStore store;
  store.add(kCredentials.access_key_id, {kCredentials.secret_access_key});
  for (const std::string& text : ring) {
    const auto end = http::find_head_end(text);
    ASSERT_TRUE(end);
    http::BadHead bad;
    auto head = http::parse_head(std::string_view{text}.substr(0, *end), {}, bad);
    ASSERT_TRUE(head) << bad.why;
    head->request.body = text.substr(*end);
    ASSERT_EQ(head->content_length, head->request.body.size());
    const auto verified = auth::verify(head->request, store, kNow);
    EXPECT_TRUE(verified) << verified.error().message;
    head->request.body.back() = ' ';
    EXPECT_FALSE(auth::verify(head->request, store, kNow));
  }
}

}  // namespace
}  // namespace athanor::bench
