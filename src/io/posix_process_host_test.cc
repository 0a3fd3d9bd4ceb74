#include "io/posix_process_host.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <mutex>
#include <sstream>
#include <thread>
#include <vector>

#include "io/background.h"
#include "io/test_directory.h"

namespace athanor::io {
namespace {

class PosixProcessHostTest : public testing::Test {
 protected:
  std::string script(const std::string& lines) {
    const std::string path = directory_ + "/script";
    std::ofstream{path} << "#!/bin/sh\n" << lines;
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path;
  }

  const TestDirectory home_;
  const std::string& directory_ = home_.path();
};

// What it printed before answering elsewhere is there after a flush, whichever thread read it.
TEST_F(PosixProcessHostTest, WhatWasPrintedIsThereAfterAFlush) {
  PosixProcessHost host;
  for (int round = 0; round < 20; ++round) {
    const std::string said = directory_ + "/said";
    std::filesystem::remove(said);
    std::mutex mutex;
    std::string output;
    const auto ended = std::make_shared<std::promise<void>>();
    ProcessSpec spec{.program = script("echo printed\necho > said\nexec sleep 30\n"),
                     .environment = {"PATH=/usr/bin:/bin"},
                     .working_directory = directory_};
    spec.on_output = [&](std::string_view chunk) {
      const std::lock_guard lock{mutex};
      output += chunk;
    };
    spec.on_exit = [ended](const std::string&) { ended->set_value(); };
    const auto process = host.spawn(std::move(spec));
    ASSERT_TRUE(process);
    while (!std::filesystem::exists(said)) {
    }
    host.flush_output(*process);
    {
      const std::lock_guard lock{mutex};
      EXPECT_EQ(output, "printed\n");
    }
    host.kill_group(*process);
    ended->get_future().wait();
  }
}

// In Lambda's words, and without leaving a process behind.
TEST_F(PosixProcessHostTest, WhatCannotBeRunSaysWhy) {
  PosixProcessHost host;
  const struct {
    const char* content;
    const char* why;
  } rows[] = {{"\x7f"
               "ELF nonsense",
               "exec format error"},
              {"#!/no/such/interpreter\n", "no such file or directory"}};
  for (const auto& row : rows) {
    ProcessSpec spec{.program = script(""), .working_directory = directory_};
    std::ofstream{spec.program} << row.content;
    const std::string program = spec.program;
    const auto process = host.spawn(std::move(spec));
    ASSERT_FALSE(process);
    EXPECT_EQ(process.error().code, ErrorCode::Corrupt);
    EXPECT_EQ(process.error().message, "fork/exec " + program + ": " + row.why);
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  }
}

// A server ignores signals that programs rely on: SIGPIPE ends `yes | head`.
TEST_F(PosixProcessHostTest, AProcessIgnoresNoSignal) {
  for (const int signal : {SIGPIPE, SIGXFSZ, SIGHUP}) std::signal(signal, SIG_IGN);
  PosixProcessHost host;
  std::string output;
  std::promise<void> ended;
  ProcessSpec spec{.program = script("exec sed -nE 's/^Sig(Blk|Ign):.//p' /proc/self/status\n"),
                   .environment = {"PATH=/usr/bin:/bin"},
                   .working_directory = directory_};
  spec.on_output = [&](std::string_view chunk) { output += chunk; };
  spec.on_exit = [&](const std::string&) { ended.set_value(); };
  ASSERT_TRUE(host.spawn(std::move(spec)));
  ended.get_future().wait();
  std::istringstream masks{output};
  std::uint64_t blocked = ~0ULL, ignored = ~0ULL;
  masks >> std::hex >> blocked >> ignored;
  constexpr std::uint64_t kOrdinary = 0x7FFF'FFFF;  // without those reserved by the C library
  EXPECT_EQ(blocked & kOrdinary, 0) << output;
  EXPECT_EQ(ignored & kOrdinary, 0) << output;
  for (const int signal : {SIGPIPE, SIGXFSZ, SIGHUP}) std::signal(signal, SIG_DFL);
}

TEST_F(PosixProcessHostTest, AProcessReadsNothingOfOursHoweverManyDescriptorsAreOpen) {
  constexpr int kDescriptorsMax = 32;
  const int before = ::dup(STDIN_FILENO), ours = ::open(script("").c_str(), O_RDONLY | O_CLOEXEC);
  ::dup2(ours, STDIN_FILENO);
  std::vector<int> held{before, ours};
  while (held.back() < kDescriptorsMax) held.push_back(::fcntl(ours, F_DUPFD_CLOEXEC, 0));
  PosixProcessHost host;
  std::string output;
  std::promise<void> ended;
  ProcessSpec spec{.program = script("exec readlink /proc/self/fd/0\n"),
                   .environment = {"PATH=/usr/bin:/bin"},
                   .working_directory = directory_,
                   .descriptors_max = kDescriptorsMax};
  spec.on_output = [&](std::string_view chunk) { output += chunk; };
  spec.on_exit = [&](const std::string&) { ended.set_value(); };
  ASSERT_TRUE(host.spawn(std::move(spec)));
  ended.get_future().wait();
  EXPECT_EQ(output, "/dev/null\n");
  ::dup2(before, STDIN_FILENO);
  for (const int descriptor : held) ::close(descriptor);
}

// Output that is not taken stays in the pipe, and the process blocks in its write.
TEST_F(PosixProcessHostTest, OutputIsReadOnlyWhileItIsTaken) {
  constexpr std::size_t kEnough = 1 << 20, kPrinted = 16 << 20;
  PosixProcessHost host;
  std::atomic<std::size_t> heard = 0, taken = kEnough;
  std::promise<void> heard_enough, ended;
  ProcessSpec spec{.program = script("exec head -c 16M /dev/zero\n"),
                   .environment = {"PATH=/usr/bin:/bin"},
                   .working_directory = directory_};
  spec.on_output = [&](std::string_view chunk) {
    const std::size_t before = heard.fetch_add(chunk.size());
    if (before < kEnough && before + chunk.size() >= kEnough) heard_enough.set_value();
  };
  spec.takes_output = [&] { return heard < taken; };
  spec.on_exit = [&](const std::string&) { ended.set_value(); };
  ASSERT_TRUE(host.spawn(std::move(spec)));
  heard_enough.get_future().wait();
  for (int others = 0; others < 20; ++others) {  // so that the host's thread has looped many times
    std::promise<void> other_ended;
    ProcessSpec other{.program = script("echo\n"), .environment = {}, .working_directory = directory_};
    other.on_output = [](std::string_view) {};
    other.on_exit = [&](const std::string&) { other_ended.set_value(); };
    ASSERT_TRUE(host.spawn(std::move(other)));
    other_ended.get_future().wait();
  }
  EXPECT_LT(heard, kEnough + (2 << 20));
  taken = kPrinted;
  host.read_on();
  ended.get_future().wait();
  EXPECT_EQ(heard, kPrinted);
}

// From here on the system call fails with EPERM in this thread and whatever it starts, as in a sandbox. False where
// that is not possible.
bool forbid(std::uint32_t system_call) {
  sock_filter steps[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                         BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, system_call, 0, 1),
                         BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
                         BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  const sock_fprog filter{std::size(steps), steps};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) == 0;
}

// Its end would go unnoticed, and the host would wait for it forever.
TEST_F(PosixProcessHostTest, AProcessThatCannotBeWatchedIsNotLeftToRun) {
  bool forbidden = false;
  {
    PosixProcessHost host;
    std::thread{[&] {
      forbidden = forbid(SYS_pidfd_open);
      ProcessSpec spec{
          .program = script("exec sleep 30\n"), .environment = {"PATH=/usr/bin:/bin"}, .working_directory = directory_};
      spec.on_output = [](std::string_view) {};
      spec.on_exit = [](const std::string&) {};
      if (forbidden) EXPECT_FALSE(host.spawn(std::move(spec)));
    }}.join();
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child is there";
    EXPECT_EQ(errno, ECHILD);
  }
  if (!forbidden) GTEST_SKIP() << "no filter of system calls can be had";
}

// Whether the first process of a container has no dead children left after the process it started has ended.
bool buries_orphans(const std::string& script, const std::string& directory) {
  std::promise<void> ended;
  PosixProcessHost host;
  ProcessSpec spec{.program = script, .environment = {"PATH=/usr/bin:/bin"}, .working_directory = directory};
  spec.on_output = [](std::string_view) {};
  spec.on_exit = [&](const std::string&) { ended.set_value(); };
  if (!host.spawn(std::move(spec))) return false;
  ended.get_future().wait();
  // Both its children are ours by now: one that died with its group, and one that had left it.
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  while (std::chrono::steady_clock::now() < patience) {
    siginfo_t dead{};  // blocks while one lives, and reports a dead one until it is reaped
    if (::waitid(P_ALL, 0, &dead, WEXITED | WNOWAIT) != 0 && errno == ECHILD) return true;
    std::this_thread::yield();
  }
  return false;
}

TEST_F(PosixProcessHostTest, TheFirstProcessOfAContainerBuriesWhatIsLeftToIt) {
  const std::string left =
      script("sleep 30 &\nsetsid sh -c 'echo > away; sleep 0.1' &\nwhile [ ! -e away ]; do :; done\n");
  constexpr int kNoContainer = 77;
  int status = 1;
  const pid_t outside = ::fork();
  if (outside == 0) {
    if (::unshare(CLONE_NEWPID) != 0) ::_exit(kNoContainer);
    const pid_t first = ::fork();
    if (first == 0) ::_exit(buries_orphans(left, directory_) ? 0 : 1);
    ::waitpid(first, &status, 0);
    ::_exit(status == 0 ? 0 : 1);
  }
  ::waitpid(outside, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == kNoContainer) GTEST_SKIP() << "no namespace of processes can be had";
  EXPECT_EQ(status, 0);
}

struct Scheduling {
  int policy = 0;
  std::uint64_t slice = 0;  // ns; 0 where the kernel does not report it
  friend bool operator==(const Scheduling&, const Scheduling&) = default;
};

// The first 48 bytes of sched_getattr(2): the slice is the last 8 of the first 32.
Scheduling scheduling_of(int thread) {
  std::array<std::uint64_t, 6> attributes{};
  (void)::syscall(SYS_sched_getattr, thread, attributes.data(), 48U, 0U);
  return {::sched_getscheduler(thread), attributes[3]};
}

// A thread that wakes beside a starting process goes first; beside a started one, it takes its turn.
TEST_F(PosixProcessHostTest, AProcessIsBackgroundWorkUntilItHasStarted) {
  const Scheduling ours = scheduling_of(0);
  if (ours.policy != SCHED_OTHER) GTEST_SKIP() << "whoever runs this has chosen another scheduling";
  if (best_background() == Background::LongSlice && ours.slice == 0)
    GTEST_SKIP() << "this kernel (before 6.12) has no slices to ask for";
  PosixProcessHost host;
  const auto ended = std::make_shared<std::promise<void>>();
  ProcessSpec spec{.program = script("sleep 30 &\necho $! > child.new\nmv child.new child\nwait\n"),
                   .environment = {"PATH=/usr/bin:/bin"},
                   .working_directory = directory_};
  spec.on_output = [](std::string_view) {};
  spec.on_exit = [ended](const std::string&) { ended->set_value(); };
  const auto process = host.spawn(std::move(spec));
  ASSERT_TRUE(process);
  while (!std::filesystem::exists(directory_ + "/child")) {
  }
  int child = 0;
  std::ifstream{directory_ + "/child"} >> child;
  // The child may have been started before its parent had settled.
  const bool is_idle = best_background() == Background::Idle;
  EXPECT_EQ(scheduling_of(*process).policy, is_idle ? SCHED_IDLE : SCHED_OTHER);
  EXPECT_TRUE(scheduling_of(child).policy == SCHED_IDLE || scheduling_of(child).slice > ours.slice);
  host.has_started(*process);
  EXPECT_EQ(scheduling_of(*process), ours);
  EXPECT_EQ(scheduling_of(child), ours);
  host.kill_group(*process);
  ended->get_future().wait();
}

}  // namespace
}  // namespace athanor::io
