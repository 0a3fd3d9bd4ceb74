// An archive keeps again what a clock that was ahead had made too old. It may be replayed while that is being compacted
// away: then each message of the replay has its body, or there is no message.
#include <gtest/gtest.h>

#include "base/assert.h"
#include "engine/contents.h"
#include "engine/state.h"
#include "sim/server.h"

namespace athanor::sim {
namespace {

constexpr const char* kBus = "arn:aws:events:us-east-1:123456789012:event-bus/b";
constexpr const char* kRule = "arn:aws:events:us-east-1:123456789012:rule/b/r";
constexpr const char* kQueue = "arn:aws:sqs:us-east-1:123456789012:q";
constexpr const char* kArchive = "arn:aws:events:us-east-1:123456789012:archive/a";
constexpr const char* kReplay = "arn:aws:events:us-east-1:123456789012:replay/p";

class ClockSetBack : public ::testing::Test {
 protected:
  ClockSetBack() {
    ATHANOR_ASSERT(server_.start());
    write(queue::QueueCreated{.queue_arn = kQueue, .attributes = queue::default_attributes(false)});
    write(bus::EventBusPut{.arn = kBus, .name = "b"});
    write(bus::RulePut{.arn = kRule,
                       .bus_arn = kBus,
                       .name = "r",
                       .number = 1,
                       .event_pattern = R"({"source":["s"]})",
                       .state = "ENABLED"});
    write(bus::TargetsPut{kRule, {{.id = "t", .arn = kQueue, .rule_arn = kRule}}});
    write(archive::ArchivePut{.arn = kArchive, .name = "a", .bus_arn = kBus, .number = 1, .retention_days = 1});
    write(archive::ArchivePut{.arn = std::string{kArchive} + "ll", .name = "all", .bus_arn = kBus, .number = 2});
    accept({2});  // so that nothing is freed
    from_ = accept({1});
    for (int i = 0; i < 8; ++i) accept({});  // fills its segment
  }
  template <class Record>
  log::LogPosition write(const Record& record) {
    log::LogPosition at;
    server_.execute([&](engine::Call& call) {
      at = call.journal.next_position();
      call.journal.write(record);
    });
    server_.commit();
    server_.tell();
    return at;
  }
  log::LogPosition accept(std::vector<std::uint64_t> archives) {
    const std::string detail = '"' + std::string(8'000, 'x') + '"';
    bus::EventAccepted event{.bus_arn = kBus,
                             .id = "00000000-0000-8000-8000-000000000000",
                             .time = clock_.now(),
                             .source = "s",
                             .detail = detail};
    event.archives = std::move(archives);
    return write(event);
  }
  void save_snapshot() {
    accept({});
    server_.commit(/*with_snapshot=*/true);
    server_.tell();
  }
  void replay() {
    write(archive::ReplayStarted{.arn = kReplay,
                                 .name = "p",
                                 .archive_arn = kArchive,
                                 .archive_number = 1,
                                 .destination_arn = kBus,
                                 .event_end = clock_.now(),
                                 .from = from_,
                                 .until = server_.log().end()});
    for (int i = 0; i < 4; ++i) {
      server_.tick();
      server_.run_posted();
      server_.commit();
      server_.tell();
    }
    ASSERT_EQ(server_.engine().state().replays.find(kReplay)->state, archive::ReplayState::Completed);
  }
  std::size_t messages_without_body() {
    std::size_t count = 0;
    server_.engine().state().queues.find(kQueue)->messages.for_each(
        [&](queue::Sequence, const queue::Message& message) {
          count += !engine::read_message(server_.log(), message.position, *message.origin);
        });
    return count;
  }
  std::size_t messages() { return server_.engine().state().queues.find(kQueue)->messages.counts(clock_.now()).visible; }

  Disk disk_;
  base::ManualClock clock_{base::Time{std::chrono::hours{480'000}}};
  Coverage coverage_;
  Server server_{disk_, clock_, {.segment_bytes = 16 << 10, .snapshot_every_bytes = 1 << 30}, coverage_};
  log::LogPosition from_;
};

TEST_F(ClockSetBack, ReplaysNothingThatIsBeingCompactedAway) {
  clock_.advance(std::chrono::days{3});
  for (int i = 0; i < 3; ++i) save_snapshot();
  clock_.advance(-std::chrono::days{3});
  replay();
  const std::size_t replayed = messages();
  server_.compact();
  ASSERT_GT(server_.count_compacted(), 0);
  EXPECT_EQ(messages_without_body(), 0U) << "of " << replayed;
}

// The next compaction knows the replay's messages, and what it has given out until then.
TEST_F(ClockSetBack, ReplaysWhatOnlyTheNewestSnapshotFindsTooOld) {
  save_snapshot();
  server_.compact();
  clock_.advance(std::chrono::days{3});
  save_snapshot();
  clock_.advance(-std::chrono::days{3});
  replay();
  EXPECT_EQ(messages(), 1U);
  for (int i = 0; i < 2; ++i) {
    save_snapshot();
    server_.compact();
  }
  EXPECT_EQ(messages_without_body(), 0U);
}

// Nothing is left that was taken while the clock was ahead.
TEST_F(ClockSetBack, ReplaysWhatIsStillThereOnceNothingIsCompactedByThatTime) {
  clock_.advance(std::chrono::days{3});
  for (int i = 0; i < 2; ++i) save_snapshot();
  clock_.advance(-std::chrono::days{3});
  server_.compact(/*steps=*/0);
  for (int i = 0; i < 2; ++i) {
    save_snapshot();
    server_.compact(/*steps=*/0);
  }
  replay();
  EXPECT_EQ(messages(), 1U);
  server_.compact();
  EXPECT_EQ(messages_without_body(), 0U);
}

}  // namespace
}  // namespace athanor::sim
