#include <benchmark/benchmark.h>

#include "base/random.h"
#include "base/text.h"
#include "function/invocations.h"
#include "log/codec.h"
#include "log/test_saved.h"

namespace athanor::function {
namespace {

const std::string kArn = "arn:aws:lambda:us-east-1:123456789012:function:orders";

// A journal that keeps nothing: it encodes, decodes and applies, as the engine does, but without a log.
class PassingJournal final : public log::Journal {
 public:
  explicit PassingJournal(Invocations& invocations) : invocations_(invocations) {}
  log::LogPosition next_position() const override { return {}; }

 protected:
  log::LogPosition write_encoded(log::RecordType, std::string_view payload, const void*) override {
    invocations_.apply(*log::decode<InvocationsGivenUp>(payload), {}, {});
    return {};
  }

 private:
  Invocations& invocations_;
};

// This many invocations waiting for one function.
struct Filled {
  explicit Filled(std::int64_t count) {
    functions.apply(FunctionPut{.arn = kArn, .name = "orders"}, {}, {});
    base::Random random{7};
    const auto origin = std::make_shared<const std::string>("rule");
    for (std::int64_t i = 0; i < count; ++i)
      invocations.accept(kArn,
                         {log::LogPosition{static_cast<std::uint64_t>(i) * 300}, origin, base::random_uuid(random)},
                         base::Time{base::Duration{i / 20}});
  }

  Functions functions;
  Invocations invocations{functions, 0, [](const GivenUp&, base::Time) {}, 1ULL << 40};
};

// What does each invocation cost a start, or a server that accepts it? Expected: a few microseconds.
void BM_Accept(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(Filled{state.range(0)}.invocations.waiting());
}
BENCHMARK(BM_Accept)->Arg(100'000)->Unit(benchmark::kMillisecond);

// How long does DeleteFunction hold up the engine, and how long each step after it? Expected: nothing for the former, a
// few milliseconds for the latter, however many wait.
void BM_DeleteFunction(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    auto filled = std::make_unique<Filled>(state.range(0));
    PassingJournal journal{filled->invocations};
    state.ResumeTiming();
    filled->invocations.apply(FunctionDeleted{.arn = kArn, .in_steps = true}, {}, {});
    for (std::int64_t step = 0; step < state.range(1); ++step) (void)filled->invocations.start_due({}, journal);
    state.PauseTiming();
    filled.reset();
    state.ResumeTiming();
  }
}
BENCHMARK(BM_DeleteFunction)->Args({100'000, 0})->Args({100'000, 1})->Unit(benchmark::kMillisecond)->Iterations(3);

// How long does a snapshot hold up the engine? Expected: less than a microsecond per invocation.
void BM_Save(benchmark::State& state) {
  const Filled filled{state.range(0)};
  std::size_t bytes = 0;
  for (auto _ : state) bytes = log::saved(filled.invocations).size();
  state.counters["bytes per invocation"] = static_cast<double>(bytes) / static_cast<double>(state.range(0));
}
BENCHMARK(BM_Save)->Arg(100'000)->Unit(benchmark::kMillisecond);

void BM_Load(benchmark::State& state) {
  const Filled filled{state.range(0)};
  const std::string saved = log::saved(filled.invocations);
  for (auto _ : state) {
    Invocations loaded{filled.functions, 0, [](const GivenUp&, base::Time) {}};
    benchmark::DoNotOptimize(loaded.load(saved));
  }
}
BENCHMARK(BM_Load)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace athanor::function
