#include "server/running_server.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <thread>
#include <utility>

#include "base/random.h"
#include "io/courtesy.h"
#include "io/crash_points.h"
#include "io/this_process.h"
#include "server/code_sweep.h"
#include "server/exit.h"
#include "server/own_url.h"
#include "server/say.h"
#include "storage/embedded/crash_points.h"
#include "storage/embedded/open.h"

namespace athanor::server {
namespace {

constexpr std::size_t kConnectionsMissed = 1'000;  // with fewer, the operator is told

DescriptorShares wanted_by(const Settings& settings) {
  return {.connections_max = http::Server::Settings{}.connections_max,
          .functions_max = settings.functions_max,
          .log_files_max = storage::EmbeddedLogSettings{}.open_files_max,
          .function_logs_max = runtime::ProcessExecutor::Settings{}.log_files_max};
}

unsigned threads_of(const Settings& settings) {
  return settings.network_threads > 0 ? settings.network_threads : std::max(1U, std::thread::hardware_concurrency());
}

void end_without_log(const Error& error) {
  say(error);
  say("The log can no longer be written: stopping at once. Everything acknowledged is on disk.");
  ::_exit(static_cast<int>(Exit::LogFailed));
}

void report_leap(base::Duration ahead) {
  say(fmt::format(
      "The clock has jumped ahead by {} hours. The jump is ignored until it has lasted {} minutes, or the server "
      "restarts.",
      std::chrono::floor<std::chrono::hours>(ahead).count(), io::DoubtingClock::kDoubted.count() / 60'000));
}

}  // namespace

RunningServer::RunningServer(Settings& settings)
    : settings_(settings),
      wanted_(wanted_by(settings)),
      descriptors_max_(io::raise_descriptors_max()),
      threads_(threads_of(settings)),
      shares_(share_descriptors(descriptors_max_, wanted_, threads_)) {
  settings_.functions_max = shares_.functions_max;
}

Result<void> RunningServer::open() {
  ATHANOR_CHECK(open_log());
  add_credentials();
  const std::string code_directory = fmt::format("{}/{}", settings_.data_directory, runtime::kCodeDirectory);
  io::FileSystem& files = watched_files_ ? *watched_files_ : files_;
  code_ = std::make_unique<runtime::CodeStore>(files, code_directory, code_directory);
  return code_->open();
}

Result<void> RunningServer::open_log() {
  storage::EmbeddedLogSettings settings;
  settings.segment_bytes = settings_.segment_mib << 20;
  settings.reserve_bytes = settings_.reserve_mib << 20;
  settings.open_files_max = shares_.log_files_max;
  settings.seed = io::random_seed();
  settings.report = [](std::string_view text) { say(text); };
  if (!settings_.crash_at.empty()) {
    const io::CrashPoints points[] = {runtime::code_crash_points(), storage::crash_points()};
    ATHANOR_TRY(watched, io::crash_at(settings_.crash_at, points, files_, [] { ::kill(::getpid(), SIGKILL); }));
    watched_files_ = std::move(watched);
    say(fmt::format("ATHANOR_CRASH_AT is set: the server kills itself at {}.", settings_.crash_at));
  }
  ATHANOR_TRY(log, storage::open_embedded_log(watched_files_ ? *watched_files_ : files_, settings_.data_directory,
                                              std::move(settings)));
  log_ = std::move(log);
  return check_that_files_can_be_made();
}

// Otherwise the log would stop at its next file, perhaps days later. A full disk is no error here.
Result<void> RunningServer::check_that_files_can_be_made() {
  const std::string name = settings_.data_directory + "/probe.tmp";  // the next start removes a file of this name
  const auto made = files_.open(name, io::OpenMode::Create);
  if (!made && made.error().code != ErrorCode::DiskFull) return made.error();
  return made ? files_.remove(name) : Result<void>{};
}

void RunningServer::add_credentials() {
  for (const auto& [id, secret] : settings_.credentials) credentials_.add(id, {secret});
  base::Random random{io::random_seed()};
  function_key_ = fmt::format("ATHANORFUNCTION{:05X}", random.next() & 0xFFFFF);
  function_secret_ = fmt::format("{:016x}{:016x}", random.next(), random.next());
  credentials_.add(function_key_, {function_secret_});
}

Result<void> RunningServer::listen() {
  const bool both_loopbacks = settings_.addresses.empty();
  if (both_loopbacks) settings_.addresses = {"127.0.0.1"};
  server_ = std::make_unique<http::Server>(
      http::Server::Settings{.addresses = settings_.addresses,
                             .port = settings_.port,
                             .threads = threads_,
                             .connections_max = shares_.connections_max,
                             .waiting_bytes =
                                 [this] {
                                   const Router* router = ready_.load();
                                   return router != nullptr ? router->waiting_bytes() : 0;
                                 },
                             .answer_given_up = [this] { counters_.get("athanor_answers_given_up_total").add(); }},
      clock_, [this](http::Request request, http::Responder respond) {
        io::give_way_while_alone();
        if (Router* router = ready_.load())
          router->serve(std::move(request), std::move(respond));
        else
          respond({503, {{"Retry-After", "1"}}, {}});
      });
  ATHANOR_CHECK(server_->start());
  settings_.port = server_->port();
  if (!both_loopbacks) return {};
  const auto second = server_->add_listener("::1", settings_.port);  // where the machine has IPv6
  if (!second && second.error().code == ErrorCode::AlreadyExists)
    say(fmt::format("{} Clients that connect to localhost may reach another program there.", second.error().message));
  return {};
}

Result<void> RunningServer::start() {
  executor_ = std::make_unique<runtime::ProcessExecutor>(
      runtime::ProcessExecutor::Settings{.processes_max = settings_.functions_max,
                                         .log_directory = settings_.data_directory + "/functions/logs",
                                         .log_files_max = shares_.function_logs_max,
                                         .endpoint_url = own_url(settings_.addresses, settings_.port),
                                         .access_key_id = function_key_,
                                         .secret_access_key = function_secret_,
                                         .seed = io::random_seed()},
      clock_, running_, processes_, files_, *code_);
  ATHANOR_CHECK(executor_->listen());
  functions_ = std::make_unique<StoppingExecutor>(*executor_);

  ageing_ = std::make_unique<io::DoubtingClock>(clock_, io::since_boot, report_leap);
  loop_ =
      std::make_unique<engine::Loop>(*log_, *ageing_, *functions_, counters_,
                                     engine::Settings{.seed = io::random_seed(),
                                                      .snapshot_every_bytes = settings_.snapshot_mib << 20,
                                                      .processes_max = settings_.functions_max},
                                     engine::Loop::Settings{.each_turn = io::give_way_while_alone}, end_without_log);
  ATHANOR_CHECK(loop_->start());
  report_missing_code(*loop_, *code_, [](std::string_view text) { say(text); });
  sweep();

  parts_ = std::make_unique<Parts>(*loop_, *code_, clock_, settings_, [](std::string_view text) { say(text); }, begun_);
  router_ = std::make_unique<Router>(*parts_, credentials_, counters_, io::random_seed());
  ready_ = router_.get();
  return {};
}

void RunningServer::say_what_runs() const {
  std::vector<std::string> urls;
  for (const std::string& address : settings_.addresses) urls.push_back(url_of(address, settings_.port));
  say(fmt::format("listening on {} ({}), data in {}, ready after {} ms", fmt::join(urls, " and "),
                  settings_.dev ? "development mode: any access key is accepted" : "requests must be signed",
                  settings_.data_directory, (clock_.now() - begun_).count()));
  if (shares_.functions_max < wanted_.functions_max || shares_.connections_max < kConnectionsMissed) {
    say(fmt::format(
        "limited to {} connections and {} function processes at once: the system allows {} open files (ulimit -Hn)",
        shares_.connections_max, shares_.functions_max, descriptors_max_));
  }
  say("functions run as processes of their own, without namespaces or cgroups");
}

void RunningServer::sweep() { sweep_code(*loop_, *code_); }

RunningServer::~RunningServer() {
  if (functions_) functions_->begin_stop();
  if (loop_) loop_->post([this](engine::Call&) { loop_->engine().end_long_polls(); });
  if (server_) server_->stop();
  if (loop_) loop_->stop();
  // What functions are still doing no longer counts: they do it again after the next start.
  if (executor_) executor_->stop();
}

}  // namespace athanor::server
