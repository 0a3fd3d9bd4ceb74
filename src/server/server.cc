#include "server/server.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <thread>

#include "base/text.h"
#include "engine/loop.h"
#include "http/server.h"
#include "io/crash_points.h"
#include "io/doubting_clock.h"
#include "io/posix_file_system.h"
#include "io/posix_process_host.h"
#include "io/system_clock.h"
#include "io/this_process.h"
#include "observe/counters.h"
#include "runtime/code_store.h"
#include "runtime/process_executor.h"
#include "server/code_sweep.h"
#include "server/descriptors.h"
#include "server/handler.h"
#include "server/own_url.h"
#include "server/router.h"
#include "storage/embedded/crash_points.h"
#include "storage/embedded/open.h"

namespace athanor::server {
namespace {

// Where standard error cannot be written (its disk is full), what is said is lost, and the server goes on.
void say(std::string_view text) { (void)std::fputs(fmt::format("athanor: {}\n", text).c_str(), stderr); }

void say(const Error& error) {
  say(error.detail.empty() ? error.message : fmt::format("{} ({})", error.message, error.detail));
}

bool is_loopback(std::string_view address) { return address.starts_with("127.") || address == "::1"; }

// What must hold before anything is opened. A server that anybody can reach wants keys; one that takes any key must not
// be reached by anybody.
Result<void> check(const Settings& settings) {
  if (settings.data_directory.empty()) return invalid_input("Give a data directory: --data DIR.");
  for (const std::string& address : settings.addresses) {
    if (is_loopback(address)) continue;
    if (settings.dev)
      return invalid_input(
          fmt::format("--dev takes any access key, so it listens on loopback only, not on {}.", address));
    if (settings.credentials.empty()) {
      return invalid_input(fmt::format(
          "Listening on {} needs access keys: --credentials FILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
          address));
    }
  }
  if (!settings.dev && settings.credentials.empty())
    return invalid_input("No access key is known: give --credentials FILE, or serve with --dev on this machine only.");
  return {};
}

// Signals are waited for by the main thread alone: every thread is started with them blocked.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return signals;
}

constexpr std::size_t kConnectionsMissed = 1'000;  // when it takes fewer, an operator wants to know

Result<void> run(Settings& settings, const sigset_t& signals) {
  const io::SystemClock clock;
  io::PosixFileSystem files;
  observe::Counters counters;
  const base::Time begun = clock.now();
  if (settings.network_threads == 0) settings.network_threads = std::max(1U, std::thread::hardware_concurrency());
  const std::uint64_t descriptors_max = io::raise_descriptors_max();
  const DescriptorShares wanted{.connections_max = http::Server::Settings{}.connections_max,
                                .functions_max = settings.functions_max,
                                .log_files_max = storage::EmbeddedLogSettings{}.open_files_max,
                                .function_logs_max = runtime::ProcessExecutor::Settings{}.log_files_max};
  const DescriptorShares shares = share_descriptors(descriptors_max, wanted, settings.network_threads);
  settings.functions_max = shares.functions_max;

  storage::EmbeddedLogSettings log_settings;
  log_settings.segment_bytes = settings.segment_mib << 20;
  log_settings.reserve_bytes = settings.reserve_mib << 20;
  log_settings.open_files_max = shares.log_files_max;
  log_settings.seed = io::random_seed();
  log_settings.report = [](std::string_view text) { say(text); };
  std::unique_ptr<io::FileSystem> watched_files;  // only where a test wants to see this process die
  if (!settings.crash_at.empty()) {
    const io::CrashPoints points[] = {runtime::code_crash_points(), storage::crash_points()};
    ATHANOR_TRY(watched, io::crash_at(settings.crash_at, points, files, [] { ::kill(::getpid(), SIGKILL); }));
    watched_files = std::move(watched);
    say(fmt::format("ATHANOR_CRASH_AT is set: kills itself at {}.", settings.crash_at));
  }
  io::FileSystem& durable_files = watched_files ? *watched_files : files;
  ATHANOR_TRY(log, storage::open_embedded_log(durable_files, settings.data_directory, log_settings));

  // Functions sign with a key of their own, good for this run only.
  auth::CredentialStore credentials;
  for (const auto& [id, secret] : settings.credentials) credentials.add(id, {secret, "123456789012"});
  base::Random keys{io::random_seed()};
  const std::string function_key = fmt::format("ATHANORFUNCTION{:05X}", keys.next() & 0xFFFFF);
  const std::string function_secret = fmt::format("{:016x}{:016x}", keys.next(), keys.next());
  credentials.add(function_key, {function_secret, "123456789012"});

  const std::string code_directory = fmt::format("{}/{}", settings.data_directory, runtime::kCodeDirectory);
  runtime::CodeStore code{durable_files, code_directory, code_directory};
  ATHANOR_CHECK(code.open());
  io::PosixProcessHost processes;

  // Listens first, so that functions can be told the port; what comes before the state is there is asked to come again.
  std::atomic<Router*> ready{nullptr};
  const bool both_loopbacks = settings.addresses.empty();
  if (both_loopbacks) settings.addresses = {"127.0.0.1"};
  http::Server server{{.addresses = settings.addresses,
                       .port = settings.port,
                       .threads = settings.network_threads,
                       .connections_max = shares.connections_max,
                       .waiting_bytes =
                           [&ready] {
                             const Router* router = ready.load();
                             return router != nullptr ? router->waiting_bytes() : 0;
                           }},
                      clock,
                      [&ready](http::Request request, http::Responder respond) {
                        if (Router* router = ready.load())
                          router->serve(std::move(request), std::move(respond));
                        else
                          respond({503, {{"Retry-After", "1"}}, {}});
                      }};
  ATHANOR_CHECK(server.start());
  settings.port = server.port();
  if (both_loopbacks)
    static_cast<void>(server.add_listener("::1", settings.port).has_value());  // where the machine has IPv6

  const io::RunningClock running;
  runtime::ProcessExecutor executor{{.processes_max = settings.functions_max,
                                     .log_directory = settings.data_directory + "/functions/logs",
                                     .log_files_max = shares.function_logs_max,
                                     .endpoint_url = own_url(settings.addresses.front(), settings.port),
                                     .access_key_id = function_key,
                                     .secret_access_key = function_secret,
                                     .seed = io::random_seed()},
                                    clock,
                                    running,
                                    processes,
                                    files,
                                    code};
  ATHANOR_CHECK(executor.listen());

  const auto on_stopped = [](const Error& error) {
    say(error);
    say("The log cannot be written any more: ending at once. Nothing was acknowledged that is not on disk.");
    ::_exit(kExitLogFailed);
  };
  const auto report_leap = [](base::Duration ahead) {
    say(fmt::format("The clock has leapt ahead by {} hours. Nothing gets older by that unless it is so for {} minutes.",
                    std::chrono::floor<std::chrono::hours>(ahead).count(),
                    io::DoubtingClock::kDoubted.count() / 60'000));
  };
  const io::DoubtingClock ageing{clock, io::since_boot, report_leap};
  engine::Loop loop{*log,
                    ageing,
                    executor,
                    counters,
                    {.seed = io::random_seed(),
                     .snapshot_every_bytes = settings.snapshot_mib << 20,
                     .processes_max = settings.functions_max},
                    {},
                    on_stopped};
  ATHANOR_CHECK(loop.start());

  report_missing_code(loop, code, [](std::string_view text) { say(text); });
  sweep_code(loop, code);

  Parts parts{loop, code, clock, settings, [](std::string_view text) { say(text); }, begun};
  Router router{parts, credentials, counters, io::random_seed()};
  ready = &router;

  std::vector<std::string> urls;
  for (const std::string& address : settings.addresses) urls.push_back(url_of(address, settings.port));
  say(fmt::format("listening on {} ({}), data in {}, ready after {} ms", fmt::join(urls, " and "),
                  settings.dev ? "development mode: any access key is good" : "requests must be signed",
                  settings.data_directory, (clock.now() - begun).count()));
  if (shares.functions_max < wanted.functions_max || shares.connections_max < kConnectionsMissed) {
    say(fmt::format(
        "only {} connections and {} processes of functions at once: the system allows {} open files (ulimit -Hn)",
        shares.connections_max, shares.functions_max, descriptors_max));
  }
  say("functions run as processes of their own, without namespaces or cgroups");
  constexpr timespec kSweepEvery{.tv_sec = 10, .tv_nsec = 0};
  while (::sigtimedwait(&signals, nullptr, &kSweepEvery) < 0) sweep_code(loop, code);
  say("stopping: finishing what was accepted");
  server.stop();
  loop.stop();
  // What functions still do counts for nothing any more: they do it again after the next start.
  executor.stop();
  return {};
}

}  // namespace

int serve(Settings settings) {
  const sigset_t signals = block_signals();
  auto done = check(settings);
  if (done) done = run(settings, signals);
  if (done) return kExitDone;
  say(done.error());
  if (done.error().code == ErrorCode::Unavailable) return kExitLogFailed;
  if (done.error().code != ErrorCode::Corrupt) return kExitRefused;
  say(fmt::format(
      "athanor log verify {0} tells all that is damaged, and what helps: athanor log repair {0}, or a backup.",
      settings.data_directory));
  return kExitDamaged;
}

}  // namespace athanor::server
