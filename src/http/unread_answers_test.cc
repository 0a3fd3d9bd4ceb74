// Answers that wait for their clients take a limited amount of memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <string>

#include "http/server.h"
#include "http/test_wire.h"

namespace athanor::http {
namespace {

constexpr std::size_t kAnswerBytes = 33'554'432;  // more than a kernel buffers for a connection

bool is_answered_whole(Wire& wire) {
  std::size_t received = 0;
  for (std::string bytes; received < kAnswerBytes && !(bytes = wire.answer(131'072)).empty();) received += bytes.size();
  return received >= kAnswerBytes;
}

TEST(UnreadAnswers, OfTheSlowestClientMakeRoom) {
  base::ManualClock clock;
  std::atomic<int> given_up{0};
  Server server{{.answers_bytes_max = kAnswerBytes * 3 / 2, .answer_given_up = [&] { ++given_up; }},
                clock,
                [](Request, Responder respond) { respond({200, {}, std::string(kAnswerBytes, 'x')}); }};
  ASSERT_TRUE(server.start());
  Wire slow{server.port()};
  slow.announce("/", 0);
  ASSERT_TRUE(slow.is_readable(std::chrono::seconds{10}));
  // Within the same second none is slower than another, and the last to come has to go.
  int asked = 0;
  for (bool is_whole = false; !is_whole;) {
    ASSERT_LT(++asked, 1'000);
    Wire next{server.port()};
    next.announce("/", 0);
    for (int i = 0; given_up < asked; ++i) {
      ASSERT_LT(i, 2'000);
      ::poll(nullptr, 0, 5);
    }
    is_whole = is_answered_whole(next);
  }
  EXPECT_FALSE(is_answered_whole(slow));
  EXPECT_EQ(given_up, asked);
}

TEST(UnreadAnswers, TakeNoRoomWhereTheKernelTakesThemWhole) {
  base::ManualClock clock;
  std::atomic<int> given_up{0};
  Server server{{.answers_bytes_max = 0, .answer_given_up = [&] { ++given_up; }},
                clock,
                [](Request, Responder respond) { respond({200, {}, std::string(800, 'x')}); }};
  ASSERT_TRUE(server.start());
  Wire wire{server.port()};
  for (int i = 0; i < 100; ++i) {
    wire.announce("/", 0);
    ASSERT_THAT(wire.answer(), ::testing::EndsWith("xx"));
  }
  EXPECT_EQ(given_up, 0);
}

}  // namespace
}  // namespace athanor::http
