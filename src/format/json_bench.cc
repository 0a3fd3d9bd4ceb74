#include <benchmark/benchmark.h>

#include <cstring>

#include "base/random.h"
#include "format/json.h"

namespace athanor::format {
namespace {

// A kilobyte as a trading system writes it: some 160 quotes, most strings shorter than eight bytes.
std::string sample_detail() {
  base::Random random{7};
  std::string out =
      R"({"sequence":"0000000007","venue":"XNAS","order":{"side":"BUY","quantity":100,"day":true},"fills":[)";
  for (int i = 0; i < 10; ++i) {
    out += i > 0 ? "," : "";
    out += R"({"id":"f)" + std::to_string(random.below(90'000) + 10'000) + R"(","price":)" +
           std::to_string(random.below(400) + 20) + R"(.25,"quantity":)" + std::to_string(random.below(900) + 100) +
           R"(,"maker":"MM7","fee":0.01})";
  }
  out += R"(],"note":")";
  while (out.size() < 1'022) out += static_cast<char>('a' + random.below(26));
  return out += R"("})";
}

std::string as_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

// What does one pass over a Detail cost at least? Expected: some 15 ns; the others are compared with this.
void BM_Copy(benchmark::State& state) {
  const std::string detail = sample_detail();
  std::string out(detail.size(), '\0');
  for (auto _ : state) {
    std::memcpy(out.data(), detail.data(), detail.size());
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
}
BENCHMARK(BM_Copy);

// Is a Detail JSON? Expected: below 30 copies.
void BM_Valid(benchmark::State& state) {
  const std::string detail = sample_detail();
  for (auto _ : state) benchmark::DoNotOptimize(is_valid_json_object(detail));
}
BENCHMARK(BM_Valid);

// What does taking a Detail out of a request's string cost? Expected: below 12 copies.
void BM_TakeString(benchmark::State& state) {
  const std::string text = as_string(sample_detail());
  for (auto _ : state) benchmark::DoNotOptimize(JsonCursor{text}.take_string());
}
BENCHMARK(BM_TakeString);

// And writing it back into one? Expected: below 20 copies.
void BM_AppendString(benchmark::State& state) {
  const std::string detail = sample_detail();
  std::string out;
  for (auto _ : state) {
    out.clear();
    append_json_string(out, detail);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(BM_AppendString);

// And counting the bytes that would take, as is done for each event and target? Expected: below 8 copies.
void BM_StringBytes(benchmark::State& state) {
  const std::string detail = sample_detail();
  for (auto _ : state) benchmark::DoNotOptimize(json_string_bytes(detail));
}
BENCHMARK(BM_StringBytes);

}  // namespace
}  // namespace athanor::format
