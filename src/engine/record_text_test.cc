#include "engine/record_text.h"

#include <gtest/gtest.h>

#include "bus/event.h"
#include "log/codec.h"
#include "queue/records.h"

namespace athanor::engine {
namespace {

TEST(RecordText, RefusesWhatIsNoRecord) {
  EXPECT_EQ(record_name(99), "");
  EXPECT_FALSE(record_type("EventAcceptd"));
  EXPECT_EQ(record_fields(99, "").error().code, ErrorCode::UnknownFormat);
  EXPECT_EQ(record_fields(100, "\xff").error().code, ErrorCode::Corrupt);
}

TEST(RecordText, NamesTypesAsTheCodeDoes) {
  EXPECT_EQ(record_name(bus::EventAccepted::kType), "EventAccepted");
  EXPECT_EQ(record_name(1), "RecordsLost");
  EXPECT_EQ(record_type("MessagesDeleted"), queue::MessagesDeleted::kType);
}

TEST(RecordText, ShowsFieldsUnderTheirNames) {
  const queue::VisibilityChanged changed{"arn:q", queue::Sequence{18'446'744'073'709'551'615ULL},
                                         std::chrono::seconds{30}};
  EXPECT_EQ(format::print_json(*record_fields(queue::VisibilityChanged::kType, log::encode(changed))),
            R"({"queue_arn":"arn:q","sequence":18446744073709551615,"visibility_timeout":30})");
  const queue::MessagesExpired expired{"\xff", base::Time{base::Duration{1'700'000'000'123}}};
  EXPECT_EQ(format::print_json(*record_fields(queue::MessagesExpired::kType, log::encode(expired))),
            R"({"queue_arn":{"Base64":"/w=="},"sent_until":"2023-11-14T22:13:20.123Z","forgotten_max":1000})");
}

}  // namespace
}  // namespace athanor::engine
