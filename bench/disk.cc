// What does one durable write cost on this disk?
//
// Expected: one flush of the device each, whatever is written, so that 4 KiB and 16 KiB cost the same within a quarter
// and O_DSYNC saves only the second system call. Anything that promises durability, ours or a rival's, pays this once
// for all that waited, and no less. A disk (or a virtual machine's core) that was idle answers later: at 200 per
// second, with pauses between, a write takes up to three times as long.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "bench/histogram.h"
#include "bench/suites.h"

namespace athanor::bench {
namespace {

constexpr std::size_t kFileBytes = 64 * 1'048'576;

struct Descriptor {
  int number = -1;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
};

// Filled with zeros first, so that a later sync has no file system metadata to write.
Result<void> fill(const std::string& path) {
  const Descriptor file{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
  const std::string zeros(1'048'576, '\0');
  for (std::size_t offset = 0; offset < kFileBytes; offset += zeros.size()) {
    if (::pwrite(file.number, zeros.data(), zeros.size(), static_cast<off_t>(offset)) != ssize_t(zeros.size()))
      return system_error("fill " + path);
  }
  if (::fsync(file.number) != 0) return system_error("sync " + path);
  return {};
}

struct Case {
  std::string subject;
  std::size_t bytes;
  bool dsync;
  std::chrono::milliseconds period;  // from one write to the next; 0: without waiting
};

Result<Histogram> write_and_sync(const std::string& path, const Case& its, Bench& bench) {
  const std::size_t bytes = its.bytes;
  const bool dsync = its.dsync;
  const Descriptor file{::open(path.c_str(), O_WRONLY | O_CLOEXEC | (dsync ? O_DSYNC : 0))};
  if (file.number < 0) return system_error("open " + path);
  const std::string block(bytes, 'x');
  Histogram latency;
  std::size_t offset = 0;
  const io::Stopwatch whole;
  for (auto due = std::chrono::steady_clock::now(); whole.elapsed() < bench.measured(); due += its.period) {
    std::this_thread::sleep_until(due);
    const io::Stopwatch one;
    if (::pwrite(file.number, block.data(), bytes, static_cast<off_t>(offset)) != ssize_t(bytes) ||
        (!dsync && ::fdatasync(file.number) != 0)) {
      return system_error("write " + path);
    }
    latency.record(one.elapsed());
    offset = (offset + bytes) % kFileBytes;
  }
  return latency;
}

}  // namespace

Result<void> measure_disk(Bench& bench) {
  constexpr std::chrono::milliseconds kNone{0};
  const std::array cases{
      Case{"4 KiB write + fdatasync", 4'096, false, kNone}, Case{"16 KiB write + fdatasync", 16'384, false, kNone},
      Case{"4 KiB write, O_DSYNC", 4'096, true, kNone}, Case{"16 KiB write, O_DSYNC", 16'384, true, kNone},
      Case{"4 KiB write + fdatasync, 200 a second", 4'096, false, std::chrono::milliseconds{5}}};
  ATHANOR_TRY(directory, bench.fresh_directory("disk"));
  const std::string path = directory + "/zeros";
  ATHANOR_CHECK(fill(path));
  for (const Case& one : cases) {
    std::vector<double> rates, p50s, p99s;
    for (int i = 0; i < bench.repeats; ++i) {
      ATHANOR_TRY(latency, write_and_sync(path, one, bench));
      rates.push_back(double(latency.count()) / seconds(bench.measured()));
      p50s.push_back(micros(latency.at(0.5)));
      p99s.push_back(micros(latency.at(0.99)));
    }
    bench.report.add(
        {"disk", one.subject, {{"ops/s", median(rates)}, {"p50 us", median(p50s)}, {"p99 us", median(p99s)}}});
  }
  return {};
}

}  // namespace athanor::bench
