// How fast is a log read: by a start without a snapshot, and from end to end by `athanor log verify`?
//
// Expected: a start takes at most 2 s per GB of log since the last snapshot; reading the whole log, checking every
// record, is at least half as fast as reading the same files one after the other, both from disk.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "bench/suites.h"

namespace athanor::bench {
namespace {

struct Descriptor {
  explicit Descriptor(const std::string& path) : number(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~Descriptor() { ::close(number); }
  int number;
};

std::vector<std::string> segments_in(const std::string& directory) {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator{directory}) {
    if (entry.path().extension() == ".seg") paths.push_back(entry.path().string());
  }
  std::ranges::sort(paths);
  return paths;
}

// So that the next read comes from the disk; the server has synced them.
void forget_pages_of(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) ::posix_fadvise(Descriptor{path}.number, 0, 0, POSIX_FADV_DONTNEED);
}

// The bytes of all of them, read in order.
std::uint64_t read_through(const std::vector<std::string>& paths) {
  std::string piece(1'048'576, '\0');
  std::uint64_t bytes = 0;
  for (const std::string& path : paths) {
    const Descriptor file{path};
    for (ssize_t got = 0; (got = ::read(file.number, piece.data(), piece.size())) > 0;)
      bytes += static_cast<std::uint64_t>(got);
  }
  return bytes;
}

Result<double> seconds_of_verify(const Bench& bench, const std::string& directory) {
  const io::Stopwatch watch;
  ATHANOR_TRY(verify, Process::start({.command = {bench.programs + "/athanor", "log", "verify", directory},
                                      .core = bench.cores.server}));
  if (verify->wait() != 0) return Error{ErrorCode::Corrupt, "athanor log verify found damage.", {}};
  return seconds(watch.elapsed());
}

}  // namespace

Result<void> measure_read_log(Bench& bench) {
  constexpr double kGb = 1e9;
  ATHANOR_TRY(directory, bench.fresh_directory("read-log"));
  const std::vector<std::string> without_snapshots{"--snapshot-mib", "4096"};
  {
    ATHANOR_TRY(server, Athanor::start(bench, directory, without_snapshots));
    ATHANOR_CHECK(server->create_queue());
    ATHANOR_CHECK(server->create_rule());
    ATHANOR_CHECK(send_events(server->put_events(10), server->port(), bench.quick ? 30'000 : 1'000'000));
    server->process().stop(SIGKILL);
  }
  const std::vector<std::string> paths = segments_in(directory);
  const double gb = double(read_through(paths)) / kGb;
  {
    const io::Stopwatch watch;
    ATHANOR_TRY(server, Athanor::start(bench, directory, without_snapshots));
    const double ready = seconds(watch.elapsed());
    bench.report.add({"read-log",
                      fmt::format("start with {:.2f} GB of log", gb),
                      {{"ready s", ready},
                       {"s a GB", ready / gb},
                       {"RSS MiB", double(server->process().resident_bytes()) / 1'048'576}}});
    bench.report.goal("read-log", "s to be ready, a GB of log without a snapshot", ready / gb, 2, true);
  }
  std::vector<double> plain, verified;
  for (int i = 0; i < bench.repeats; ++i) {
    forget_pages_of(paths);
    const io::Stopwatch watch;
    read_through(paths);
    plain.push_back(seconds(watch.elapsed()));
    forget_pages_of(paths);
    ATHANOR_TRY(took, seconds_of_verify(bench, directory));
    verified.push_back(took);
  }
  const double of_plain = median(plain) / median(verified);
  bench.report.add(
      {"read-log",
       "verified, from the disk",
       {{"MB/s", gb * 1e3 / median(verified)}, {"read alone, MB/s", gb * 1e3 / median(plain)}, {"vs that", of_plain}}});
  bench.report.goal("read-log", "speed of a verified read, relative to only reading the files", of_plain, 0.5, false);
  return {};
}

}  // namespace athanor::bench
