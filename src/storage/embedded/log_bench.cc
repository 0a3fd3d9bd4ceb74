// How close does the log come to the disk? Expected: a commit of one 1 KB record takes as long as a bare write and
// fdatasync of as many bytes into a prefilled file, within a quarter; commits of 10 and 100 share the cost of the sync,
// so that records per second grow nearly tenfold each time. At 100 up to twice the bare time: every byte is written
// twice, first as a zero.
#include <benchmark/benchmark.h>

#include <string>

#include "io/posix_file_system.h"
#include "io/test_directory.h"
#include "storage/embedded/format.h"
#include "storage/embedded/open.h"

namespace athanor::storage {
namespace {

constexpr std::size_t kPayloadBytes = 1'000;

// Under the current directory, since the one for temporary files is often in memory.
struct Directory : io::TestDirectory {
  Directory() : TestDirectory{"."} {}
};

void count_records(benchmark::State& state, std::uint64_t records) {
  state.counters["records"] = benchmark::Counter(static_cast<double>(records), benchmark::Counter::kIsRate);
  state.SetBytesProcessed(static_cast<std::int64_t>(records * kPayloadBytes));
}

void BM_RawWriteAndSync(benchmark::State& state) {
  constexpr std::uint64_t kFileBytes = 64 * 1'048'576;
  const Directory directory;
  io::PosixFileSystem files;
  const auto file = files.open(directory.path() + "/raw", io::OpenMode::Create);
  if (!file || !(*file)->write_at(0, std::string(kFileBytes, '\0')) || !(*file)->sync()) {
    return state.SkipWithError("no file to write to");
  }
  const auto batch = static_cast<std::uint64_t>(state.range(0));
  const std::string bytes(batch * record_bytes(kPayloadBytes), 'x');
  std::uint64_t offset = 0;
  for (auto _ : state) {
    if (offset + bytes.size() > kFileBytes) offset = 0;
    if (!(*file)->write_at(offset, bytes) || !(*file)->sync()) return state.SkipWithError("the disk failed");
    offset += bytes.size();
  }
  count_records(state, static_cast<std::uint64_t>(state.iterations()) * batch);
}
BENCHMARK(BM_RawWriteAndSync)->RangeMultiplier(10)->Range(1, 100)->UseRealTime()->Unit(benchmark::kMicrosecond);

void BM_AppendAndCommit(benchmark::State& state) {
  const Directory directory;
  io::PosixFileSystem files;
  const auto log = open_embedded_log(files, directory.path(), {.seed = 7});
  if (!log) return state.SkipWithError(log.error().message.c_str());
  const std::string payload(kPayloadBytes, 'x');
  const base::Time time{};
  for (auto _ : state) {
    for (std::int64_t i = 0; i < state.range(0); ++i) {
      if (!(*log)->append(1, time, payload)) return state.SkipWithError("append failed");
    }
    if (!(*log)->commit()) return state.SkipWithError("commit failed");
  }
  count_records(state, (*log)->commit_position().value / record_bytes(kPayloadBytes));
}
BENCHMARK(BM_AppendAndCommit)->RangeMultiplier(10)->Range(1, 100)->UseRealTime()->Unit(benchmark::kMicrosecond);

// How fast does a start read? Expected: more than a million records of 1 KB per second from the page cache.
void BM_Scan(benchmark::State& state) {
  constexpr int kRecords = 50'000;
  const Directory directory;
  io::PosixFileSystem files;
  const auto log = open_embedded_log(files, directory.path(), {.seed = 7});
  if (!log) return state.SkipWithError(log.error().message.c_str());
  const std::string payload(kPayloadBytes, 'x');
  for (int i = 0; i < kRecords; ++i) {
    if (!(*log)->append(1, base::Time{}, payload)) return state.SkipWithError("append failed");
  }
  if (!(*log)->commit()) return state.SkipWithError("commit failed");
  std::uint64_t records = 0;
  for (auto _ : state) {
    const auto scanned = (*log)->scan(log::LogPosition{0}, [&](const log::Record&) { return ++records > 0; });
    if (!scanned) return state.SkipWithError("scan failed");
  }
  count_records(state, records);
}
BENCHMARK(BM_Scan)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace athanor::storage
