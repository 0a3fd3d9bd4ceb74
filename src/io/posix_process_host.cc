#include "io/posix_process_host.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <mutex>
#include <thread>

#include "base/named_thread.h"
#include "base/text.h"
#include "io/background.h"

namespace athanor::io {
namespace {

constexpr int kNever = -1, kEverySecond = 1'000;  // for poll

struct Process {
  int pidfd = -1;
  int output = -1;
  std::function<void(std::string_view)> on_output;
  std::function<void(std::string)> on_exit;
  std::function<bool()> takes_output;
};

// Everything between vfork and exec: only system calls, and no writes to the parent's memory. `why_not` is a pipe that
// exec closes; if exec fails, the error is written to it.
[[noreturn]] void become(const ProcessSpec& spec, char* const* environment, int output, int why_not) {
  ::setpgid(0, 0);  // a group, but no session: background.h says why
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  const rlimit files{spec.file_bytes_max, spec.file_bytes_max};
  ::setrlimit(RLIMIT_FSIZE, &files);
  const rlimit descriptors{spec.descriptors_max, spec.descriptors_max};
  ::setrlimit(RLIMIT_NOFILE, &descriptors);
  // Ignored signals stay ignored through exec: those for a write to a closed pipe, or beyond the file size limit.
  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::syscall(SYS_close_range, 3, why_not - 1, 0U);
  ::syscall(SYS_close_range, why_not + 1, ~0U, 0U);
  ::close(STDIN_FILENO);
  (void)::open("/dev/null", O_RDONLY);  // gets the lowest free descriptor, 0
  char* const arguments[] = {const_cast<char*>(spec.program.c_str()), nullptr};
  const int not_there = ::chdir(spec.working_directory.c_str()) == 0 ? 0 : errno;
  begin_background_work();  // last, since the parent waits for everything before exec
  if (not_there == 0) ::execve(spec.program.c_str(), arguments, environment);
  const int error = not_there == 0 ? errno : not_there;
  (void)!::write(why_not, &error, sizeof error);
  ::_exit(127);
}

Error cannot_start(int error) { return {ErrorCode::Unavailable, "No process can be started.", std::strerror(error)}; }

// For an exec that failed. A lack of resources or a file open for writing may pass; a fault of the program stays.
Error cannot_run(const std::string& program, int error) {
  std::string why = std::strerror(error);
  why.replace(0, 1, base::to_lower_ascii(why.substr(0, 1)));
  const bool may_pass =
      error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE || error == EIO || error == ETXTBSY;
  return {may_pass ? ErrorCode::Unavailable : ErrorCode::Corrupt, fmt::format("fork/exec {}: {}", program, why), {}};
}

std::string how_it_ended(const siginfo_t& info) {
  if (info.si_code == CLD_EXITED) return fmt::format("exit status {}", info.si_status);
  const char* name = ::strsignal(info.si_status);
  return fmt::format("signal: {}", name == nullptr ? "unknown" : base::to_lower_ascii(name));
}

}  // namespace

struct PosixProcessHost::Impl {
  const Background background = best_background();  // how processes start
  std::mutex reading;  // held while output is read and handed on, or its descriptor closed; taken before `mutex`
  std::mutex mutex;
  std::map<int, Process> processes;  // by id
  std::mutex starting;               // held while a process is started; taken before `mutex`
  const bool is_first = ::getpid() == 1;
  int wake = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  bool stopping = false;
  std::thread thread;

  void ring() {
    const std::uint64_t one = 1;
    (void)::write(wake, &one, sizeof one);
  }

  // Reads what is available now. False at the end.
  static bool drain(Process& process) {
    char buffer[16 * 1'024];
    for (int rounds = 0; rounds < 64; ++rounds) {
      const ssize_t count = ::read(process.output, buffer, sizeof buffer);
      if (count > 0)
        process.on_output({buffer, static_cast<std::size_t>(count)});
      else
        return count < 0 && (errno == EAGAIN || errno == EINTR);
    }
    return true;
  }

  void run() {
    std::vector<pollfd> polled;
    std::vector<int> ids;  // of the process that polled[1 + 2i] (its end) and polled[2 + 2i] (its output) belong to
    for (;;) {
      polled.assign(1, {wake, POLLIN, 0});
      ids.clear();
      {
        const std::lock_guard lock{mutex};
        if (stopping && processes.empty()) return;
        for (const auto& [id, process] : processes) {
          ids.push_back(id);
          polled.push_back({process.pidfd, POLLIN, 0});
          polled.push_back({process.takes_output() ? process.output : -1, POLLIN, 0});
        }
      }
      if (::poll(polled.data(), polled.size(), is_first ? kEverySecond : kNever) < 0 && errno != EINTR) return;
      std::uint64_t rung = 0;
      (void)::read(wake, &rung, sizeof rung);
      for (std::size_t i = 0; i < ids.size(); ++i) {
        if (polled[1 + 2 * i].revents != 0)
          end(ids[i]);
        else if (polled[2 + 2 * i].revents != 0)
          hear(ids[i]);
      }
      if (is_first) bury_orphans();
    }
  }

  // The first process of a container inherits the children of dead processes, and no other process waits for them.
  void bury_orphans() {
    const std::unique_lock start{starting, std::try_to_lock};
    if (!start) return;  // one of ours may not be in `processes` yet
    for (;;) {
      siginfo_t dead{};
      if (::waitid(P_ALL, 0, &dead, WEXITED | WNOHANG | WNOWAIT) != 0 || dead.si_pid == 0) return;
      if (find(dead.si_pid) != nullptr) return;  // `end` will handle it
      ::waitid(P_PID, static_cast<id_t>(dead.si_pid), nullptr, WEXITED);
    }
  }

  Process* find(int id) {
    const std::lock_guard lock{mutex};
    const auto it = processes.find(id);
    return it == processes.end() ? nullptr : &it->second;  // valid: only the host's thread removes, under `reading`
  }

  void hear(int id) {
    const std::lock_guard lock{reading};
    Process* process = find(id);
    if (process == nullptr || drain(*process)) return;
    ::close(process->output);
    process->output = -1;  // poll ignores it
  }

  void end(int id) {
    Process* process = find(id);
    if (process == nullptr) return;
    ::kill(-id, SIGKILL);  // its children go with it
    Process ended;
    {
      const std::lock_guard read{reading};
      if (process->output >= 0) drain(*process);
      const std::lock_guard lock{mutex};
      ended = std::move(processes.extract(id).mapped());
    }
    // Until it is waited for, its process and group ids cannot be reused; kill_group no longer knows them by now.
    siginfo_t info{};
    ::waitid(P_PID, static_cast<id_t>(id), &info, WEXITED);
    ::close(ended.pidfd);
    if (ended.output >= 0) ::close(ended.output);
    ended.on_exit(how_it_ended(info));
  }
};

PosixProcessHost::PosixProcessHost() : impl_(std::make_unique<Impl>()) {
  impl_->thread = base::named_thread("processes", [this] { impl_->run(); });
}

PosixProcessHost::~PosixProcessHost() {
  {
    const std::lock_guard lock{impl_->mutex};
    impl_->stopping = true;
    for (const auto& [id, process] : impl_->processes) ::kill(-id, SIGKILL);
  }
  impl_->ring();
  impl_->thread.join();
  ::close(impl_->wake);
}

Result<int> PosixProcessHost::spawn(ProcessSpec spec) {
  if (::access(spec.program.c_str(), X_OK) != 0) {
    return Error{ErrorCode::NotFound, fmt::format("{} is not an executable.", spec.program), std::strerror(errno)};
  }
  std::vector<char*> environment;
  for (std::string& variable : spec.environment) environment.push_back(variable.data());
  environment.push_back(nullptr);
  int pipe[2], why_not[2];
  if (::pipe2(pipe, O_CLOEXEC) != 0) return cannot_start(errno);
  if (::pipe2(why_not, O_CLOEXEC) != 0) {
    const int error = errno;
    for (const int end : pipe) ::close(end);
    return cannot_start(error);
  }
  ::fcntl(pipe[0], F_SETFL, O_NONBLOCK);
  const std::lock_guard starting{impl_->starting};
  // Not fork: in a server of 60 MiB that takes 1.5 ms, during which no other thread gets a page, and afterwards each
  // page written to is copied. With vfork the child borrows our memory until exec, while this thread waits. We have no
  // signal handlers, so none can run in the child.
  const pid_t id = ::vfork();
  if (id == 0) become(spec, environment.data(), pipe[1], why_not[1]);
  if (id > 0) settle_in_background(impl_->background, id);
  const int pidfd = id > 0 ? static_cast<int>(::syscall(SYS_pidfd_open, id, 0)) : -1;
  const int why = errno;
  ::close(pipe[1]);
  ::close(why_not[1]);
  int error = 0;
  const bool has_failed = ::read(why_not[0], &error, sizeof error) > 0;
  ::close(why_not[0]);
  if (pidfd < 0 || has_failed) {
    ::close(pipe[0]);
    if (pidfd >= 0) ::close(pidfd);
    if (id > 0) {  // it cannot be watched, so its end would go unnoticed
      ::kill(-id, SIGKILL);
      ::waitid(P_PID, static_cast<id_t>(id), nullptr, WEXITED);
    }
    return has_failed ? cannot_run(spec.program, error) : cannot_start(why);
  }
  {
    const std::lock_guard lock{impl_->mutex};
    impl_->processes.emplace(
        id, Process{pidfd, pipe[0], std::move(spec.on_output), std::move(spec.on_exit), std::move(spec.takes_output)});
  }
  impl_->ring();
  return id;
}

void PosixProcessHost::has_started(int process) {
  const std::lock_guard lock{impl_->mutex};
  if (impl_->processes.contains(process)) end_background_work(impl_->background, process);
}

void PosixProcessHost::read_on() { impl_->ring(); }

void PosixProcessHost::flush_output(int id) {
  const std::lock_guard lock{impl_->reading};
  Process* process = impl_->find(id);
  if (process != nullptr && process->output >= 0) Impl::drain(*process);
}

void PosixProcessHost::kill_group(int process) {
  const std::lock_guard lock{impl_->mutex};
  if (impl_->processes.contains(process)) {
    ::kill(-process, SIGKILL);
    ::kill(process, SIGKILL);  // in case it has not made its group yet
  }
}

std::uint64_t PosixProcessHost::peak_memory_bytes(int process) const {
  std::ifstream status{fmt::format("/proc/{}/status", process)};
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::strtoull(line.c_str() + 6, nullptr, 10) * 1'024;
  }
  return 0;
}

}  // namespace athanor::io
