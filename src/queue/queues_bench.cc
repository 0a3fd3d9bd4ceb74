#include <benchmark/benchmark.h>

#include "queue/queues.h"
#include "queue/test_journal.h"

namespace athanor::queue {
namespace {

const std::string kArn = "arn:aws:sqs:us-east-1:123456789012:orders";

// A journal that keeps nothing: it encodes, decodes and applies, as the engine does without its log.
class PassingJournal final : public log::Journal {
 public:
  PassingJournal(Queues& queues, const base::Clock& clock) : queues_(queues), clock_(clock) {}
  log::LogPosition next_position() const override { return log::LogPosition{position_ + 1}; }

 protected:
  log::LogPosition write_encoded(log::RecordType type, std::string_view payload, const void*) override {
    const log::Record record{log::LogPosition{++position_}, type, clock_.now(), std::string{payload}};
    TestJournal::replay(record, queues_);
    return record.position;
  }

 private:
  Queues& queues_;
  const base::Clock& clock_;
  std::uint64_t position_ = 0;
};

// Does a receive and its delete stay flat as the queue fills? Expected: at most three times the time with a million
// messages waiting as with a hundred (log n, and the caches).
void BM_SendReceiveDelete(benchmark::State& state) {
  base::ManualClock clock;
  base::Random random{7};
  Queues queues;
  PassingJournal journal{queues, clock};
  if (!queues.create(kArn, {}, {}, journal, random)) state.SkipWithError("no queue");
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    queues.accept(kArn, {.position = {}, .message_id = {0, static_cast<std::uint64_t>(i)}}, clock.now());
  }
  std::size_t deleted = 0;
  for (auto _ : state) {
    clock.advance(base::Duration{1});
    benchmark::DoNotOptimize(queues.send(kArn, {.body = "body"}, clock.now(), journal, random));
    const auto received = queues.receive(kArn, {.count_max = 1}, clock.now(), journal);
    deleted += queues.delete_message(kArn, (*received)[0].receipt_handle, clock.now(), journal).has_value();
  }
  state.counters["deleted"] = benchmark::Counter(static_cast<double>(deleted), benchmark::Counter::kAvgIterations);
}
BENCHMARK(BM_SendReceiveDelete)->RangeMultiplier(100)->Range(100, 1'000'000);

// How long does a snapshot hold up the engine, and how large is it? Expected: below 5 ms and 20 bytes a message
// with a hundred thousand waiting, and in proportion beyond.
void BM_Save(benchmark::State& state) {
  base::ManualClock clock;
  base::Random random{7};
  Queues queues;
  PassingJournal journal{queues, clock};
  if (!queues.create(kArn, {}, {}, journal, random)) state.SkipWithError("no queue");
  const auto origin = std::make_shared<const std::string>("rule");
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    queues.accept(kArn,
                  {.position = log::LogPosition{static_cast<std::uint64_t>(i) * 1'000},
                   .origin = origin,
                   .message_id = MessageId::random(random)},
                  clock.now());
  }
  std::size_t bytes = 0;
  for (auto _ : state) bytes = queues.save().size();
  state.counters["bytes per message"] = static_cast<double>(bytes) / static_cast<double>(state.range(0));
}
BENCHMARK(BM_Save)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace athanor::queue
