#include "server/server.h"

#include <fmt/format.h>
#include <pthread.h>

#include <chrono>
#include <csignal>
#include <ctime>

#include "base/limits.h"
#include "io/system_clock.h"
#include "io/this_process.h"
#include "server/running_server.h"
#include "server/say.h"
#include "server/unset_clock.h"
#include "storage/embedded/open.h"

namespace athanor::server {
namespace {

bool is_loopback(std::string_view address) { return address.starts_with("127.") || address == "::1"; }

// A file that the system does not let grow to its size would look like a failing disk.
Result<void> check_file_size(std::string_view option, std::uint64_t mib, std::uint64_t needed_mib) {
  const std::uint64_t allowed_mib = io::file_bytes_max() >> 20;
  if (mib == 0 || needed_mib <= allowed_mib) return {};
  return invalid_input(
      fmt::format("{0} {1} needs a file of {2} MiB, and the system allows at most {3} MiB: raise the limit (ulimit -f, "
                  "LimitFSIZE= in systemd), or give a smaller {0}.",
                  option, mib, needed_mib, allowed_mib));
}

Result<void> check_file_sizes(const Settings& settings) {
  // The last record may begin before a segment is full. One MiB more for headers.
  ATHANOR_CHECK(
      check_file_size("--segment-mib", settings.segment_mib, settings.segment_mib + (limits::kRecordBytes >> 20) + 1));
  return check_file_size(
      "--reserve-mib", settings.reserve_mib,
      settings.reserve_mib + (storage::EmbeddedLogSettings{}.fill_ahead_bytes >> 20));  // for a moment
}

// What must hold before anything is opened. A server that anyone can reach needs keys; one that accepts any key must
// be reachable from this machine only.
Result<void> check(const Settings& settings) {
  if (settings.data_directory.empty()) return invalid_input("Give a data directory: --data DIR.");
  for (const std::string& address : settings.addresses) {
    if (is_loopback(address)) continue;
    if (settings.dev)
      return invalid_input(
          fmt::format("--dev accepts any access key, so it listens on 127.0.0.1 or ::1 only, not on {}.", address));
    if (settings.credentials.empty()) {
      return invalid_input(fmt::format(
          "Listening on {} needs access keys: --credentials FILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
          address));
    }
  }
  if (!settings.dev && settings.credentials.empty())
    return invalid_input("No access key is known: give --credentials FILE, or serve with --dev on this machine only.");
  return check_file_sizes(settings);
}

// Only the main thread waits for signals: every thread is started with them blocked. Our parent may have ignored
// SIGCHLD, and then a child's exit status would be lost.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGCHLD, SIG_DFL);
  return signals;
}

Result<void> run(Settings& settings, const sigset_t& signals) {
  // Returns whether the time passed without a signal.
  const auto wait = [&](std::chrono::seconds time) {
    const timespec longest{.tv_sec = time.count(), .tv_nsec = 0};
    return ::sigtimedwait(&signals, nullptr, &longest) < 0;
  };
  if (!wait_until_clock_is_set(io::SystemClock{}, wait, [](std::string_view text) { say(text); })) return {};
  RunningServer server{settings};
  ATHANOR_CHECK(server.open());
  // Listens first, so that functions can be told the port; requests before the state is loaded are asked to retry.
  ATHANOR_CHECK(server.listen());
  ATHANOR_CHECK(server.start());
  server.say_what_runs();
  constexpr std::chrono::seconds kSweepEvery{10};
  while (wait(kSweepEvery)) server.sweep();
  say("stopping: finishing what was accepted");
  return {};
}

}  // namespace

Exit serve(Settings settings) {
  const sigset_t signals = block_signals();
  auto done = check(settings);
  if (done) done = run(settings, signals);
  if (done) return Exit::Done;
  say(done.error());
  if (done.error().code == ErrorCode::Unavailable || done.error().code == ErrorCode::DiskFull) return Exit::LogFailed;
  if (done.error().code != ErrorCode::Corrupt) return Exit::Refused;
  say(fmt::format(
      "athanor log verify {0} lists all damage. Repair it with athanor log repair {0}; if that finds nothing, "
      "restore a backup.",
      settings.data_directory));
  return Exit::Damaged;
}

}  // namespace athanor::server
