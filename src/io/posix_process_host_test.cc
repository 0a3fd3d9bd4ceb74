#include "io/posix_process_host.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <mutex>

namespace athanor::io {
namespace {

class PosixProcessHostTest : public testing::Test {
 protected:
  PosixProcessHostTest() {
    std::string pattern = std::filesystem::temp_directory_path() / "athanor-process-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
  }
  ~PosixProcessHostTest() override { std::filesystem::remove_all(directory_); }

  std::string script(const std::string& lines) {
    const std::string path = directory_ + "/script";
    std::ofstream{path} << "#!/bin/sh\n" << lines;
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path;
  }

  std::string directory_;
};

// What it printed before it said so elsewhere is there after a flush, whoever read it.
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

}  // namespace
}  // namespace athanor::io
