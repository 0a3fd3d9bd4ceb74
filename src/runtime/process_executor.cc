#include "runtime/process_executor.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <limits>
#include <list>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/named_thread.h"
#include "base/random.h"
#include "base/text.h"
#include "function/version.h"
#include "http/server.h"
#include "runtime/environment.h"
#include "runtime/function_error.h"
#include "runtime/function_log.h"
#include "runtime/variables.h"

namespace athanor::runtime {
namespace {

using function::Outcome;
using function::OutcomeKind;

constexpr std::string_view kApi = "/2018-06-01/runtime/";
constexpr std::size_t kOutputQueued = 1'048'576;  // of one process, not yet in its log
constexpr std::int64_t kNoLimit = std::numeric_limits<std::int64_t>::max();
constexpr base::Duration kLongestSleep = std::chrono::seconds{1};
// How long a starting process gets idle time only. If there is none, it must make progress all the same.
constexpr base::Duration kQuietStart = std::chrono::milliseconds{500};

http::Response json(std::uint16_t status, std::string body) {
  return {status, {{"Content-Type", "application/json"}}, std::move(body)};
}

}  // namespace

struct ProcessExecutor::Impl : std::enable_shared_from_this<ProcessExecutor::Impl> {
  Impl(Settings the_settings, const base::Clock& the_wall, const base::Clock& the_running,
       io::ProcessHost& the_processes, io::FileSystem& files, CodeStore& the_code)
      : settings(std::move(the_settings)),
        wall(the_wall),
        running(the_running),
        processes(the_processes),
        code(the_code),
        log(files, settings.log_directory, settings.log_files_max),
        random(settings.seed),
        api({.addresses = {"127.0.0.1"},
             .connections_max = settings.processes_max * kConnectionsPerProcess,
             .listener_connections_max = kConnectionsOfProcessMax,
             .own_user_only = true,
             .idle_timeout = std::chrono::hours{24}},
            the_wall, [this](http::Request request, http::Responder respond) {
              post([this, request = std::move(request), respond = std::move(respond)]() mutable {
                answer(std::move(request), std::move(respond));
              });
            }) {}

  Settings settings;
  const base::Clock& wall;     // for what is written and reported
  const base::Clock& running;  // for what is measured
  io::ProcessHost& processes;
  CodeStore& code;
  FunctionLog log;
  base::Random random;

  std::mutex mutex;
  std::condition_variable arrived;
  std::vector<std::move_only_function<void()>> inbox;
  bool stopping = false;

  std::list<Environment> environments;  // the most recently used first
  http::Server api;
  std::thread thread;

  void post(std::move_only_function<void()> work) {
    {
      const std::lock_guard lock{mutex};
      if (stopping) return;
      inbox.push_back(std::move(work));
    }
    arrived.notify_one();  // not before: the woken thread needs the lock
  }

  void run() {
    std::vector<std::move_only_function<void()>> work;
    for (;;) {
      {
        std::unique_lock lock{mutex};
        base::Duration sleep = kLongestSleep;
        for (const Environment& e : environments) {
          sleep = std::min(sleep, e.deadline - running.now());
          if (e.is_background) sleep = std::min(sleep, e.created + kQuietStart - running.now());
        }
        arrived.wait_for(lock, std::max(sleep, base::Duration{1}), [&] { return !inbox.empty() || stopping; });
        if (stopping) return;
        work.swap(inbox);
      }
      for (auto& act : work) act();
      work.clear();
      serve_slow_starts();
      end_what_is_overdue();
    }
  }

  void serve_slow_starts() {
    for (Environment& e : environments) {
      if (e.is_background && running.now() >= e.created + kQuietStart) serve_like_others(e);
    }
  }

  void serve_like_others(Environment& e) {
    if (std::exchange(e.is_background, false)) processes.has_started(e.process);
  }

  // --- Starting

  void begin(function::Start start) {
    Environment* idle = nullptr;  // one that waits; else one that has answered and will soon ask
    for (Environment& e : environments) {
      if (e.dying || e.retired || e.current || e.function.arn != start.function.arn) continue;
      if (e.function.revision_id != start.function.revision_id) {
        retire(e);
      } else if (works_on(e) && may_start(start.function)) {
        continue;
      } else if (idle == nullptr || (e.waiting && !idle->waiting)) {
        idle = &e;
      }
    }
    if (idle != nullptr) {
      assign(*idle, std::move(start));
      return;
    }
    if (!may_start(start.function)) {
      start.done({.kind = OutcomeKind::Refused,
                  .payload = "Every process is busy.",
                  .error_type = "TooManyRequestsException"});
      return;
    }
    if (living() >= settings.processes_max) evict();
    cold_start(std::move(start));
  }

  // Whether there is room for another process of the function.
  bool may_start(const function::FunctionSpec& function) const {
    const auto is_of_function = [&](const Environment& e) {
      return e.function.arn == function.arn && !e.dying && !(e.retired && may_end(e));
    };
    if (std::ranges::count_if(environments, is_of_function) >= function.reserved_concurrency.value_or(kNoLimit))
      return false;
    // A dying one makes room only once it is gone; until then it is promised. It may hang long: promises have a limit.
    if (environments.size() >= 2 * settings.processes_max) return false;
    return living() < settings.processes_max ||
           std::ranges::any_of(environments, [&](const Environment& e) { return may_end(e); });
  }

  std::size_t living() const {
    return static_cast<std::size_t>(std::ranges::count(environments, false, &Environment::dying));
  }

  bool may_end(const Environment& e) const { return !e.dying && !e.current && !works_on(e); }

  // Whether it is still doing something after its answer.
  bool works_on(const Environment& e) const {
    return e.initialized && !e.waiting && !e.delivered && running.now() >= e.asks_until;
  }

  // Ends the least recently used idle environment.
  void evict() {
    for (auto e = environments.rbegin(); e != environments.rend(); ++e) {
      if (may_end(*e)) return kill(*e);
    }
  }

  void cold_start(function::Start start) {
    // If it is no longer unpacked (after a restore), all functions wait for that, once.
    auto unpacked = code.unpack(start.function.code_id);
    if (!unpacked) {
      log.append(start.function.name, {}, wall.now(), unpacked.error().message);
      return refuse(start, unpacked.error(), unpacked.error().message);
    }
    const auto port = api.add_listener();
    if (!port) return refuse(start, port.error(), port.error().message);
    const std::string& root = unpacked->directory;
    const base::Time now = running.now();
    environments.push_front({.function = start.function,
                             .code = std::move(unpacked->hold),
                             .output = {log, wall, start.function.name, new_stream()},
                             .port = *port,
                             .created = now,
                             .deadline = now + init_limit(start.function)});
    Environment& e = environments.front();
    e.output.print(fmt::format("INIT_START Runtime Version: {}", e.function.runtime));
    const auto process = processes.spawn(process_of(e, root));
    if (!process) {
      e.output.print(process.error().message);
      api.remove_listener(e.port);
      environments.pop_front();
      const std::string why = process.error().code == ErrorCode::NotFound
                                  ? fmt::format("Couldn't find valid bootstrap(s): [{}/bootstrap]", root)
                                  : process.error().message;
      return refuse(start, process.error(), fmt::format("RequestId: {} Error: {}", start.request_id, why));
    }
    e.process = *process;
    assign(e, std::move(start));
  }

  // An init of more than ten seconds is part of the first invocation, within the function's timeout. Source: Lambda
  // Developer Guide, "Lambda execution environment lifecycle". Our choice: it goes on, while Lambda begins it again.
  std::chrono::seconds init_limit(const function::FunctionSpec& function) const {
    return std::max(settings.init_timeout, function.timeout);
  }

  // What may pass (a failing disk, no descriptor left) costs no attempt.
  static void refuse(const function::Start& start, const Error& error, const std::string& why) {
    const bool is_lost = error.code == ErrorCode::Corrupt || error.code == ErrorCode::NotFound;
    start.done(is_lost
                   ? failure(OutcomeKind::InitError, "Runtime.InvalidEntrypoint", why)
                   : Outcome{.kind = OutcomeKind::Refused, .payload = error.message, .error_type = "ServiceException"});
  }

  // Named as Lambda names its log streams: "2025/10/13/[$LATEST]" and 128 random bits.
  std::string new_stream() {
    std::string date = base::to_iso8601(wall.now()).substr(0, 10);
    std::ranges::replace(date, '-', '/');
    return fmt::format("{}/[{}]{:016x}{:016x}", date, function::kLatest, random.next(), random.next());
  }

  // Its output and its end are posted to this thread; the environment may be gone by then, so they name its port.
  io::ProcessSpec process_of(const Environment& e, const std::string& root) {
    io::ProcessSpec spec{.program = root + "/bootstrap",
                         .environment = variables_of(e.function, {root, e.output.name(), e.port, settings.endpoint_url,
                                                                  settings.access_key_id, settings.secret_access_key}),
                         .working_directory = root};
    // While this thread is held up, the process waits, too, once this much of its output does.
    const auto queued = std::make_shared<std::atomic<std::size_t>>(0);
    spec.takes_output = [queued] { return *queued < kOutputQueued; };
    spec.on_output = [self = shared_from_this(), id = e.port, queued](std::string_view chunk) {
      *queued += chunk.size();
      self->post([&impl = *self, id, queued, text = std::string{chunk}] {
        if (Environment* e = impl.by_port(id); e != nullptr) e->output.hear(text);
        const std::size_t before = queued->fetch_sub(text.size());
        if (before >= kOutputQueued && before - text.size() < kOutputQueued) impl.processes.read_on();
      });
    };
    spec.on_exit = [self = shared_from_this(), id = e.port](std::string how) {
      self->post([&impl = *self, id, how = std::move(how)] { impl.ended(id, how); });
    };
    return spec;
  }

  void assign(Environment& e, function::Start start) {
    e.current = std::move(start);
    e.delivered = false;
    e.output.begin_invocation();
    if (e.waiting)
      deliver(e);
    else if (e.initialized)
      e.deadline = works_on(e) ? e.works_until : e.asks_until;
  }

  void deliver(Environment& e) {
    auto payload = e.current->payload();
    if (!payload) {
      // A disk error may pass, and costs no attempt. Damage or loss fails, like a payload that a function cannot take.
      const bool is_lost = payload.error().code == ErrorCode::Lost || payload.error().code == ErrorCode::Corrupt;
      finish(e, is_lost ? failure(OutcomeKind::FunctionError, "ServiceException", payload.error().message)
                        : Outcome{.kind = OutcomeKind::Refused,
                                  .payload = payload.error().message,
                                  .error_type = "ServiceException"});
      return;
    }
    const function::Start& start = *e.current;
    e.delivered = true;
    e.started = running.now();
    e.deadline = e.started + time_for_invocation(e);
    e.output.print(fmt::format("START RequestId: {} Version: {}", start.request_id, function::kLatest));
    http::Response response = json(200, *std::move(payload));
    response.headers.push_back({"Lambda-Runtime-Aws-Request-Id", start.request_id});
    response.headers.push_back({"Lambda-Runtime-Deadline-Ms",
                                fmt::format("{}", (wall.now() + (e.deadline - e.started)).time_since_epoch().count())});
    response.headers.push_back(
        {"Lambda-Runtime-Invoked-Function-Arn", start.invoked_arn.empty() ? e.function.arn : start.invoked_arn});
    response.headers.push_back(
        {"Lambda-Runtime-Trace-Id", start.trace_header.empty() ? new_trace() : start.trace_header});
    if (!start.client_context.empty())
      response.headers.push_back({"Lambda-Runtime-Client-Context", start.client_context});
    (*e.waiting)(std::move(response));
    e.waiting.reset();
  }

  base::Duration time_for_invocation(const Environment& e) const {
    return e.function.timeout - (e.init_duration > settings.init_timeout ? e.init_duration : base::Duration{});
  }

  // A trace that nobody samples. Source: X-Ray developer guide, "tracing header".
  std::string new_trace() {
    const auto seconds = wall.now().time_since_epoch().count() / 1'000;
    return fmt::format("Root=1-{:08x}-{:016x}{:08x};Parent={:016x};Sampled=0", seconds, random.next(),
                       random.next() & 0xFFFF'FFFF, random.next());
  }

  // --- The Runtime API

  Environment* by_port(std::uint16_t port) {
    for (Environment& e : environments) {
      if (e.port == port) return &e;
    }
    return nullptr;
  }

  void answer(http::Request request, http::Responder respond) {
    Environment* e = by_port(request.local_port);
    if (is_from_a_browser(request))
      return respond(
          json(403, error_json("Forbidden", "The Runtime API does not accept requests from pages in a browser.")));
    std::string_view path = request.raw_path();
    if (e == nullptr || e->dying || !path.starts_with(kApi))
      return respond(json(404, error_json("NotFound", "This is the Runtime API of another environment.")));
    path.remove_prefix(kApi.size());
    if (request.method == "GET" && path == "invocation/next") return take_next(*e, std::move(respond));
    if (request.method != "POST")
      return respond(json(405, error_json("MethodNotAllowed", "Only POST is allowed here.")));
    if (path == "init/error") return take_init_error(*e, request, respond);
    const auto parts = base::split(path, '/');
    const bool is_answer =
        parts.size() == 3 && parts[0] == "invocation" && (parts[2] == "response" || parts[2] == "error");
    if (!is_answer || !e->current || !e->delivered || e->answer || e->current->request_id != parts[1])
      return respond(json(400, error_json("InvalidRequestID", "Invalid request ID")));
    take_answer(*e, request, parts[2] == "response", respond);
  }

  void take_next(Environment& e, http::Responder respond) {
    if (!std::exchange(e.initialized, true)) e.init_duration = running.now() - e.created;
    serve_like_others(e);
    e.waiting = std::move(respond);
    if (!e.current)
      rest(e);
    else if (!e.delivered)
      deliver(e);
  }

  void take_init_error(Environment& e, const http::Request& request, http::Responder& respond) {
    if (e.initialized) return respond(json(403, error_json("InvalidStateTransition", "The init has ended.")));
    respond(json(202, R"({"status":"OK"})"));
    const std::string type = error_type_of(request);
    report_init(e, "error\tError Type: " + type);
    fail(e, {.kind = OutcomeKind::InitError, .payload = request.body, .error_type = type});
  }

  void take_answer(Environment& e, http::Request& request, bool is_response, http::Responder& respond) {
    if (request.body.size() > limits::kInvokeAnswerBytes) {
      const std::string message = fmt::format("Response payload size exceeded maximum allowed payload size ({} bytes).",
                                              limits::kInvokeAnswerBytes);
      finish_behind_output(e, failure(OutcomeKind::FunctionError, "Function.ResponseSizeTooLarge", message));
      return respond(json(413, error_json("RequestEntityTooLarge", message)));
    }
    if (auto error = error_behind_answer(request))
      finish_behind_output(e, *std::move(error));
    else if (is_response)
      finish_behind_output(e, {.kind = OutcomeKind::Success, .payload = std::move(request.body)});
    else
      finish_behind_output(
          e, {.kind = OutcomeKind::FunctionError, .payload = request.body, .error_type = error_type_of(request)});
    respond(json(202, R"({"status":"OK"})"));
  }

  // Whether it says so itself, or was led here by a name that somebody may own: such a name has a dot.
  static bool is_from_a_browser(const http::Request& request) {
    const std::string_view host = request.header("host");
    const std::string_view name = host.substr(0, host.find(':'));
    return (name.contains('.') && name != "127.0.0.1") || !request.header("origin").empty() ||
           !request.header("sec-fetch-site").empty();
  }

  // --- Ending

  // The invocation is over, but its output is read before it ends. It was in time, however long that takes here.
  void finish_behind_output(Environment& e, Outcome outcome) {
    e.answer = std::move(outcome);
    e.deadline = base::Time::max();
    processes.flush_output(e.process);
    post([this, port = e.port] {
      Environment* finished = by_port(port);
      if (finished != nullptr && finished->answer) finish(*finished, *std::exchange(finished->answer, std::nullopt));
    });
  }

  // The invocation is over; the process goes on.
  void finish(Environment& e, Outcome outcome) {
    if (!e.current) return;
    outcome.duration = e.delivered ? running.now() - e.started : base::Duration{0};
    const auto billed_max = time_for_invocation(e).count();
    const auto init = std::exchange(e.init_duration, {}).count();
    if (e.delivered) {
      const std::string& id = e.current->request_id;
      e.output.print(fmt::format("END RequestId: {}", id));
      // The first report of a process says how long its start took, and bills it. What a timeout comes late is not
      // billed.
      const auto duration = outcome.duration.count();
      const auto billed = std::max<std::int64_t>(std::min(duration, billed_max) + init, 1);
      e.output.print(fmt::format(
          "REPORT RequestId: {}\tDuration: {}.00 ms\tBilled Duration: {} ms\tMemory Size: {} MB\tMax "
          "Memory Used: {} MB\t{}",
          id, duration, billed, e.function.memory_mb, (processes.peak_memory_bytes(e.process) + (1U << 20) - 1) >> 20,
          init > 0 ? fmt::format("Init Duration: {}.00 ms\t", init) : ""));
    }
    outcome.log_tail = e.output.take_tail();
    const auto done = std::move(e.current->done);
    e.current.reset();
    e.delivered = false;
    // A function may go on working after its answer, within its time. Source: Lambda Developer Guide, "Lambda execution
    // environment lifecycle": the Invoke phase ends when the runtime asks for the next invocation.
    e.asks_until = running.now() + kAsksWithin;
    e.works_until = std::max(e.started + e.function.timeout, e.asks_until);
    if (e.waiting)
      rest(e);
    else if (!e.dying)
      e.deadline = e.works_until;
    done(std::move(outcome));
  }

  // It has no work and asks for some.
  void rest(Environment& e) {
    if (e.retired) return kill(e);
    e.deadline = running.now() + settings.idle_timeout;
    const auto it = std::ranges::find(environments, e.port, &Environment::port);
    environments.splice(environments.begin(), environments, it);
  }

  // It gets no further invocation. What it is doing, even after its answer, it may finish.
  void retire(Environment& e) {
    e.retired = true;
    if (e.waiting && !e.current) kill(e);
  }

  // The invocation is over, and so is the process.
  void fail(Environment& e, Outcome outcome) {
    kill(e);
    finish(e, std::move(outcome));
  }

  void kill(Environment& e) {
    e.dying = true;
    e.waiting.reset();
    e.deadline = base::Time::max();
    processes.kill_group(e.process);
  }

  void end_what_is_overdue() {
    const base::Time now = running.now();
    for (Environment& e : environments) {
      if (e.dying || now < e.deadline) continue;
      if (e.current && e.delivered) {
        const std::string& id = e.current->request_id;
        const double seconds = static_cast<double>(e.function.timeout.count());
        e.output.print(
            fmt::format("{} {} Task timed out after {:.2f} seconds", base::to_iso8601_millis(wall.now()), id, seconds));
        fail(e, failure(OutcomeKind::Timeout, "Sandbox.Timedout",
                        fmt::format("RequestId: {} Error: Task timed out after {:.2f} seconds", id, seconds)));
      } else if (e.current && !e.initialized) {
        const std::string message = fmt::format("RequestId: {} Error: Init timed out after {} seconds",
                                                e.current->request_id, init_limit(e.function).count());
        report_init(e, "timeout");
        fail(e, failure(OutcomeKind::InitError, "Sandbox.Timedout", message));
      } else if (e.current && now < e.works_until) {
        // The invocation that it has not asked for runs elsewhere if there is room; else it waits.
        e.deadline = e.works_until;
        if (may_start(e.current->function)) begin(*std::exchange(e.current, std::nullopt));
      } else {
        kill(e);  // idle, or at work for too long: what it never asked for then runs elsewhere
      }
    }
  }

  void ended(std::uint16_t port, const std::string& how) {
    for (auto it = environments.begin(); it != environments.end(); ++it) {
      if (it->port != port) continue;
      Environment& e = *it;
      if (e.answer) return post([this, port, how] { ended(port, how); });  // its answer comes first
      std::optional<function::Start> again;
      if (e.current && e.initialized && !e.delivered) {
        // It ended, or was killed, after its last answer and never saw this invocation: another process runs it.
        again = std::exchange(e.current, std::nullopt);
      } else if (e.current) {
        const std::string why = how == "exit status 0" ? "without providing a reason" : "with error: " + how;
        const std::string message = fmt::format("RequestId: {} Error: Runtime exited {}", e.current->request_id, why);
        if (!e.initialized) report_init(e, "error\tError Type: Runtime.ExitError");
        e.output.print(message);
        finish(e, failure(e.initialized ? OutcomeKind::Crash : OutcomeKind::InitError, "Runtime.ExitError", message));
      }
      e.output.end_line();
      api.remove_listener(port);
      environments.erase(it);
      if (again) begin(*std::move(again));
      return;
    }
  }

  // For an init that failed.
  void report_init(Environment& e, std::string_view status) {
    e.output.print(fmt::format("INIT_REPORT Init Duration: {}.00 ms\tPhase: init\tStatus: {}",
                               (running.now() - e.created).count(), status));
  }
};

ProcessExecutor::ProcessExecutor(Settings settings, const base::Clock& wall, const base::Clock& running,
                                 io::ProcessHost& processes, io::FileSystem& files, CodeStore& code)
    : impl_(std::make_shared<Impl>(std::move(settings), wall, running, processes, files, code)) {}

ProcessExecutor::~ProcessExecutor() { stop(); }

void ProcessExecutor::stop() {
  {
    const std::lock_guard lock{impl_->mutex};
    impl_->stopping = true;
    impl_->arrived.notify_one();
  }
  if (impl_->thread.joinable()) impl_->thread.join();
  for (Environment& e : impl_->environments) {
    impl_->processes.kill_group(e.process);
    e.output.end_line();
    if (e.current) e.current->done(failure(OutcomeKind::Crash, "ServiceException", "The server is stopping."));
    e.waiting.reset();
  }
  impl_->api.stop(std::chrono::milliseconds{0});
  // What they hold is released with us, not with the last process.
  impl_->inbox.clear();
  impl_->environments.clear();
}

Result<void> ProcessExecutor::listen() {
  ATHANOR_CHECK(impl_->api.start());
  impl_->thread = base::named_thread("executor", [impl = impl_.get()] { impl->run(); });
  return {};
}

void ProcessExecutor::start(function::Start start) {
  impl_->post([impl = impl_.get(), start = std::move(start)]() mutable { impl->begin(std::move(start)); });
}

void ProcessExecutor::retire(const std::string& function_arn) {
  impl_->post([impl = impl_.get(), function_arn] {
    for (Environment& e : impl->environments) {
      if (e.function.arn == function_arn && !e.dying) impl->retire(e);
    }
  });
}

}  // namespace athanor::runtime
