#include "engine/contents.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "archive/archives.h"
#include "bus/event.h"
#include "delivery/origin.h"
#include "engine/replay_page.h"
#include "function/records.h"
#include "log/codec.h"
#include "log/records_lost.h"

namespace athanor::engine {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// A log that gives every read the same answer, except perhaps those after its beginning.
class OneAnswer final : public log::Log {
 public:
  explicit OneAnswer(Result<log::Record> answer) : answer_(std::move(answer)) {}
  Result<log::LogPosition> append(log::RecordType, base::Time, std::string_view) override { return end(); }
  log::LogPosition end() const override { return log::LogPosition{8}; }
  Result<log::LogPosition> commit() override { return end(); }
  log::LogPosition commit_position() const override { return end(); }
  Result<log::Record> read(log::LogPosition position) const override {
    if (position.value > 0 && fails_behind) return *fails_behind;
    return answer_;
  }
  Result<log::LogPosition> scan(log::LogPosition, const std::function<bool(const log::Record&)>&) const override {
    if (!answer_) return answer_.error();
    return end();
  }
  Result<void> trim(log::LogPosition) override { return {}; }
  Result<void> save_snapshot(const log::Snapshot&) override { return {}; }
  Result<std::optional<log::Snapshot>> load_snapshot() const override { return std::optional<log::Snapshot>{}; }

  std::optional<Error> fails_behind;

 private:
  const Result<log::Record> answer_;
};

// A caller who gets NotFound believes that the queue is gone.
TEST(Contents, WhatCannotBeReadIsNoMissingResource) {
  struct Row {
    Error given;
    ErrorCode told;
  };
  const Row rows[] = {
      {{ErrorCode::NotFound, "This part of the log has been freed.", {}}, ErrorCode::Lost},
      {{ErrorCode::Corrupt, "A record of the log cannot be read.", "/data/0.seg"}, ErrorCode::Corrupt},
      {{ErrorCode::Unavailable, "Cannot read byte 7 of /data/0.seg: Input/output error.", {}}, ErrorCode::Unavailable}};
  for (const Row& row : rows) {
    const OneAnswer log{row.given};
    const Error errors[] = {read_message(log, log::LogPosition{0}, {}).error(),
                            read_payload(log, log::LogPosition{0}, {}).error(),
                            read_replay_page(log, {.until = log::LogPosition{8}, .events_max = 1}).error()};
    for (const Error& error : errors) {
      EXPECT_EQ(error.code, row.told) << row.given.message;
      EXPECT_THAT(error.message, Not(HasSubstr("/data"))) << "of the operator alone";
      EXPECT_THAT(error.detail, HasSubstr(row.given.message));
    }
  }
}

// It is received again once the disk can give it.
TEST(Contents, ADeadLetterIsNotToldWithoutItsReason) {
  delivery::Origin origin;
  origin.dead_letter = delivery::DeadLetterReason{.failed_at = log::LogPosition{8}};
  OneAnswer log{log::Record{.type = bus::EventAccepted::kType, .payload = log::encode(bus::EventAccepted{})}};
  log.fails_behind = Error{ErrorCode::Unavailable, "Input/output error.", {}};
  const auto message = read_message(log, log::LogPosition{0}, log::encode(origin));
  ASSERT_FALSE(message);
  EXPECT_EQ(message.error().code, ErrorCode::Unavailable);
}

TEST(Contents, WhatARepairTookOutIsLost) {
  const OneAnswer log{log::Record{.position = {}, .type = log::RecordsLost::kType, .time = {}, .payload = {}}};
  EXPECT_EQ(read_message(log, log::LogPosition{0}, {}).error().code, ErrorCode::Lost);
  EXPECT_EQ(read_payload(log, log::LogPosition{0}, {}).error().code, ErrorCode::Lost);
}

TEST(Contents, AGivenUpInvocationIsToldWithItsStatusAndAnyResponse) {
  const OneAnswer log{
      log::Record{.position = {},
                  .type = function::InvokeRequested::kType,
                  .time = {},
                  .payload = log::encode(function::InvokeRequested{.function_arn = "arn", .payload = R"({"n":1})"})}};
  const struct {
    const char* condition;
    std::uint32_t attempts;
    bool has_response;
    const char* status;
  } rows[] = {{"ZeroReservedConcurrency", 0, false, "429"},
              {"EventAgeExceeded", 0, false, "429"},
              {"EventAgeExceeded", 1, true, "200"},
              {"RetriesExhausted", 3, true, "200"},
              {"RetriesExhausted", 0, true, "404"}};  // the function was deleted
  for (const auto& row : rows) {
    delivery::Origin origin;
    origin.failed_invocation.emplace();
    origin.failed_invocation->condition = row.condition;
    origin.failed_invocation->attempts = row.attempts;
    origin.failed_invocation->error_message = "why";
    origin.failed_invocation->as_destination = true;
    const auto message = read_message(log, log::LogPosition{0}, log::encode(origin));
    ASSERT_TRUE(message);
    EXPECT_THAT(message->body, HasSubstr(R"("requestPayload":{"n":1})"));
    for (const char* member : {"responseContext", "responsePayload"})
      EXPECT_EQ(message->body.find(member) != std::string::npos, row.has_response) << row.condition << row.attempts;
    if (row.has_response) EXPECT_THAT(message->body, HasSubstr(fmt::format(R"("statusCode":{},)", row.status)));

    origin.failed_invocation->as_destination = false;
    const auto dead_letter = read_message(log, log::LogPosition{0}, log::encode(origin));
    ASSERT_TRUE(dead_letter);
    EXPECT_EQ(dead_letter->attributes.at("ErrorCode").value, row.status) << row.condition << row.attempts;
  }
}

}  // namespace
}  // namespace athanor::engine
