#include "bench/process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <thread>

#include "base/text.h"
#include "io/system_clock.h"

namespace athanor::bench {
namespace {

constexpr std::chrono::seconds kStartTimeout{30};
constexpr int kStopTimeoutMs = 30'000;

std::string read_file(const std::string& path) {
  std::ifstream file{path};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string path_of(const std::string& program) {
  if (program.find('/') != std::string::npos) return ::access(program.c_str(), X_OK) == 0 ? program : std::string{};
  const char* path = std::getenv("PATH");
  std::string all = path != nullptr ? path : "";
  all += ":/usr/sbin";  // where Debian puts servers
  for (const std::string_view directory : base::split(all, ':')) {
    const std::string candidate = fmt::format("{}/{}", directory, program);
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return {};
}

// Runs between fork and exec: only what is allowed there, no allocation. Never returns.
[[noreturn]] void become(const char* program, char* const* arguments, char* const* environment, int output, int core,
                         const passwd* user) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::setsid();  // like a service: where cores are shared by session first, the load would count against it
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<unsigned>(core), &set);
  ::sched_setaffinity(0, sizeof set, &set);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  if (user != nullptr && (::setgroups(0, nullptr) != 0 || ::setgid(user->pw_gid) != 0 || ::setuid(user->pw_uid) != 0)) {
    ::_exit(126);
  }
  ::execve(program, arguments, environment);
  ::_exit(127);
}

}  // namespace

Cores choose_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  ::sched_getaffinity(0, sizeof set, &set);
  std::vector<int> cores;
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(static_cast<unsigned>(core), &set)) cores.push_back(core);
  }
  if (cores.empty()) return {};
  return {cores[0], cores[cores.size() > 1 ? 1 : 0]};
}

void pin_to_core(int core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<unsigned>(core), &set);
  ::sched_setaffinity(0, sizeof set, &set);
}

Error system_error(std::string_view doing) {
  return {ErrorCode::Unavailable, fmt::format("Cannot {}: {}.", doing, std::strerror(errno)), {}};
}

Result<std::unique_ptr<Process>> Process::start(Settings settings) {
  const std::string program = path_of(settings.command.at(0));
  if (program.empty()) return not_found(fmt::format("{} is not installed.", settings.command[0]));
  std::vector<char*> arguments;
  for (std::string& argument : settings.command) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  std::vector<std::string> variables;
  for (char** variable = ::environ; *variable != nullptr; ++variable) variables.emplace_back(*variable);
  for (const auto& [name, value] : settings.environment) variables.push_back(name + "=" + value);
  std::vector<char*> environment;
  for (std::string& variable : variables) environment.push_back(variable.data());
  environment.push_back(nullptr);
  const passwd* user = settings.user.empty() || ::getuid() != 0 ? nullptr : ::getpwnam(settings.user.c_str());

  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return system_error("make a pipe");
  const pid_t pid = ::fork();
  if (pid == 0) become(program.c_str(), arguments.data(), environment.data(), ends[1], settings.core, user);
  ::close(ends[1]);
  if (pid < 0) return system_error("start a process");
  return std::unique_ptr<Process>{new Process{pid, ends[0]}};
}

Process::~Process() {
  stop(SIGKILL);
  ::close(output_);
}

bool Process::has_ended() {
  int status = 0;
  if (!ended_ && ::waitpid(pid_, &status, WNOHANG) == pid_) ended_ = status;
  return ended_.has_value();
}

Result<std::string> Process::wait_for_line(std::string_view words) {
  const io::Stopwatch watch;
  while (watch.elapsed() < kStartTimeout) {
    for (const std::string_view line : base::split(text_, '\n')) {
      if (line.find(words) != std::string_view::npos) return std::string{line};
    }
    pollfd readable{output_, POLLIN, 0};
    if (::poll(&readable, 1, 100) <= 0) continue;
    char buffer[4'096];
    const auto count = ::read(output_, buffer, sizeof buffer);
    if (count <= 0) {
      stop(SIGKILL);
      return Error{ErrorCode::Unavailable, fmt::format("The program ended. Its output was: {}", text_), {}};
    }
    text_.append(buffer, static_cast<std::size_t>(count));
  }
  return Error{ErrorCode::Timeout, fmt::format("The program did not print '{}'. Its output was: {}", words, text_), {}};
}

Result<void> Process::wait_for_port(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const io::Stopwatch watch;
  while (watch.elapsed() < kStartTimeout) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket < 0) return system_error("make a socket");
    const bool connected = ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(socket);
    if (connected) return {};
    if (has_ended()) {
      std::string said(4'096, '\0');
      const auto count = ::read(output_, said.data(), said.size());
      said.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
      return Error{ErrorCode::Unavailable, fmt::format("The program ended. Its output was: {}", said), {}};
    }
    std::this_thread::sleep_for(
        std::chrono::milliseconds{5});  // somebody else's program: there is no other way to know
  }
  return Error{ErrorCode::Timeout, fmt::format("Nothing listens on port {}.", port), {}};
}

int Process::stop(int signal) {
  if (has_ended()) return *ended_;
  ::kill(pid_, signal);
  const int descriptor = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  pollfd ended{descriptor, POLLIN, 0};
  if (descriptor >= 0 && ::poll(&ended, 1, kStopTimeoutMs) == 0) ::kill(pid_, SIGKILL);
  if (descriptor >= 0) ::close(descriptor);
  return wait();
}

int Process::wait() {
  int status = 0;
  while (!ended_) {
    const pid_t done = ::waitpid(pid_, &status, 0);
    if (done == pid_) ended_ = status;
    if (done < 0 && errno != EINTR) ended_ = -1;
  }
  return *ended_;
}

std::chrono::nanoseconds Process::cpu_time() const {
  clockid_t clock{};
  timespec time{};
  if (::clock_getcpuclockid(pid_, &clock) != 0 || ::clock_gettime(clock, &time) != 0) return {};
  return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

std::uint64_t Process::status_kib(std::string_view name) const {
  const std::string status = read_file(fmt::format("/proc/{}/status", pid_));
  for (const std::string_view line : base::split(status, '\n')) {
    if (!line.starts_with(name)) continue;
    const std::string_view value = base::trim(line.substr(name.size() + 1));
    return static_cast<std::uint64_t>(base::to_int(value.substr(0, value.find(' '))).value_or(0));
  }
  return 0;
}

std::uint64_t Process::resident_bytes() const { return status_kib("VmRSS") * 1'024; }
std::uint64_t Process::resident_bytes_max() const { return status_kib("VmHWM") * 1'024; }

bool is_installed(const std::string& program) { return !path_of(program).empty(); }

std::chrono::nanoseconds thread_cpu_time() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

std::chrono::nanoseconds machine_cpu_time() {
  std::istringstream line{read_file("/proc/stat")};
  std::string cpu;
  std::int64_t user = 0, nice = 0, system = 0;
  line >> cpu >> user >> nice >> system;
  return std::chrono::nanoseconds{std::chrono::seconds{user + nice + system}} / ::sysconf(_SC_CLK_TCK);
}

Result<std::uint16_t> free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool bound = socket >= 0 && ::bind(socket, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  if (socket >= 0) ::close(socket);
  if (!bound) return system_error("find a free port");
  return ntohs(address.sin_port);
}

}  // namespace athanor::bench
