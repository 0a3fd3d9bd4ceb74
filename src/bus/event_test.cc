#include "bus/event.h"

#include <gtest/gtest.h>

#include <set>

#include "base/random.h"
#include "bus/event_id.h"
#include "format/json.h"

namespace athanor::bus {
namespace {

EventAccepted sample() {
  return {.bus_arn = {},
          .id = "00000000-0368-880f-beaa-fe401d7c477e",
          .time = base::Time{std::chrono::seconds{1'760'385'600}},
          .source = "shop",
          .detail_type = "Order \"placed\"",
          .account = "123456789012",
          .region = "us-east-1",
          .resources = {"arn:a", "arn:b"},
          .detail = R"({"id": 7})",
          .trace_header = {},
          .rules = {},
          .archives = {}};
}

TEST(Event, IsWrittenWithAwsKeysInAwsOrderAndTheDetailAsItCame) {
  EXPECT_EQ(event_text(sample(), ""),
            R"({"version":"0","id":"00000000-0368-880f-beaa-fe401d7c477e","detail-type":"Order \"placed\"",)"
            R"("source":"shop","account":"123456789012","time":"2025-10-13T20:00:00Z","region":"us-east-1",)"
            R"("resources":["arn:a","arn:b"],"detail":{"id": 7}})");
}

TEST(Event, OfAReplayNamesIt) {
  const std::string text = event_text(sample(), "after-the-fix");
  EXPECT_TRUE(text.contains(R"("region":"us-east-1","replay-name":"after-the-fix","resources":)")) << text;
}

// The length is computed by a separate pass, since most events are never printed.
TEST(Event, ItsCountedLengthIsThatOfItsText) {
  base::Random random{7};
  const auto text = [&] {
    std::string made;
    for (auto count = random.below(20); count > 0; --count)
      made += random.one_in(3) ? static_cast<char>(random.below(0x80)) : static_cast<char>('a' + random.below(26));
    return made;
  };
  for (int round = 0; round < 5'000; ++round) {
    const std::string source = text(), type = text(), one = text(), other = text(), replay = text();
    EventAccepted event = sample();
    event.source = source;
    event.detail_type = type;
    event.resources = {one, other};
    if (random.one_in(2)) event.resources.clear();
    if (random.one_in(4)) event.time = base::Time{std::chrono::days{static_cast<int>(random.below(6'000'000))}};
    const std::string whole = event_text(event, replay);
    ASSERT_EQ(event_text_bytes(event, replay), whole.size()) << whole;
    ASSERT_TRUE(format::is_valid_json(whole)) << whole;
  }
}

TEST(EventId, IsAUuidThatBeginsWithThePosition) {
  base::Random random{7};
  std::set<std::string> ids;
  for (int i = 0; i < 1'000; ++i) {
    const std::string id = make_event_id(log::LogPosition{0x0123'4567'89AB}, random);
    ASSERT_EQ(id.size(), 36U);
    EXPECT_EQ(id.substr(0, 15), "01234567-89ab-4") << "the position, and version 4";
    EXPECT_TRUE(std::string_view{"89ab"}.contains(id[19])) << id << ": the variant of RFC 9562";
    EXPECT_TRUE(ids.insert(id).second) << id << " twice";
  }
}

}  // namespace
}  // namespace athanor::bus
