#include <benchmark/benchmark.h>

#include <cstdlib>

#include "log/test_saved.h"
#include "queue/queues.h"
#include "queue/test_journal.h"

namespace athanor::queue {
namespace {

const std::string kArn = "arn:aws:sqs:us-east-1:123456789012:orders";

// A journal that stores nothing: it encodes, decodes and applies, like the engine without its log.
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
  for (auto _ : state) bytes = log::saved(queues).size();
  state.counters["bytes per message"] = static_cast<double>(bytes) / static_cast<double>(state.range(0));
}
BENCHMARK(BM_Save)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

// A queue of this many messages, none held in a block: FIFO with ten to a group, or sent with a delay.
struct Filled {
  Filled(const std::string& queue_arn, std::int64_t messages) : arn(queue_arn) {
    const bool fifo = arn.ends_with(".fifo");
    const AttributeTexts attributes = fifo ? AttributeTexts{{"FifoQueue", "true"}} : AttributeTexts{};
    if (!queues.create(arn, attributes, {}, journal, random)) std::abort();
    for (std::int64_t i = 0; i < messages; ++i) {
      if (i % 20 == 0) clock.advance(base::Duration{1});
      const std::string id = std::to_string(i);
      queues.apply(MessageSent{.queue_arn = arn,
                               .message_id = MessageId::random(random),
                               .delay = std::chrono::seconds{fifo ? 0 : 300},
                               .group_id = fifo ? std::to_string(i / 10) : "",
                               .deduplication_id = fifo ? id : ""},
                   log::LogPosition{static_cast<std::uint64_t>(i) * 1'000}, clock.now());
    }
  }

  std::string arn;
  base::ManualClock clock;
  base::Random random{7};
  Queues queues;
  PassingJournal journal{queues, clock};
};

// How long does one step that changes all messages of a queue hold up the engine? Expected: below 10 ms, except for a
// new delay.
void BM_ChangeOfAll(benchmark::State& state, const std::string& queue_arn, const auto& change) {
  for (auto _ : state) {
    state.PauseTiming();
    auto filled = std::make_unique<Filled>(queue_arn, state.range(0));
    state.ResumeTiming();
    change(*filled);
    state.PauseTiming();
    filled.reset();
    state.ResumeTiming();
  }
}
const std::string kDelayed = "arn:aws:sqs:us-east-1:123456789012:orders";
const std::string kFifo = "arn:aws:sqs:us-east-1:123456789012:orders.fifo";
#define CHANGE(name, queue_arn, change) \
  BENCHMARK_CAPTURE(BM_ChangeOfAll, name, queue_arn, change)->Arg(100'000)->Unit(benchmark::kMillisecond)->Iterations(3)

CHANGE(DeleteDelayed, kDelayed, [](Filled& f) { (void)f.queues.remove(f.arn, f.journal); });
CHANGE(DeleteFifo, kFifo, [](Filled& f) { (void)f.queues.remove(f.arn, f.journal); });
CHANGE(PurgeFifo, kFifo, [](Filled& f) { (void)f.queues.purge(f.arn, f.clock.now(), f.journal); });
CHANGE(RetentionDelayed, kDelayed, [](Filled& f) {
  (void)f.queues.set_attributes(f.arn, {{"MessageRetentionPeriod", "60"}}, f.journal);
  f.clock.advance(std::chrono::seconds{61});
  f.queues.expire(f.clock.now(), f.journal);
});
CHANGE(DelayFifo, kFifo, [](Filled& f) { (void)f.queues.set_attributes(f.arn, {{"DelaySeconds", "900"}}, f.journal); });
CHANGE(FirstCounts, kDelayed, [](Filled& f) {
  f.clock.advance(std::chrono::seconds{300});
  benchmark::DoNotOptimize(f.queues.counts(f.arn, f.clock.now()));
});
CHANGE(FirstReceive, kDelayed, [](Filled& f) {
  f.clock.advance(std::chrono::seconds{300});
  benchmark::DoNotOptimize(f.queues.receive(f.arn, {.count_max = 10}, f.clock.now(), f.journal));
});
CHANGE(SaveDelayed, kDelayed, [](Filled& f) { benchmark::DoNotOptimize(log::saved(f.queues)); });
CHANGE(SaveFifo, kFifo, [](Filled& f) { benchmark::DoNotOptimize(log::saved(f.queues)); });

}  // namespace
}  // namespace athanor::queue
