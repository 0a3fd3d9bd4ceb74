#include "runtime/function_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/text.h"
#include "io/posix_file_system.h"
#include "io/test_directory.h"

namespace athanor::runtime {
namespace {

std::ptrdiff_t open_descriptors() {
  return std::distance(std::filesystem::directory_iterator{"/proc/self/fd"}, std::filesystem::directory_iterator{});
}

// The event log and connections need descriptors, too: a thousand printing functions must not take a thousand.
TEST(FunctionLog, HoldsFewFilesOpen) {
  const io::TestDirectory home;
  const std::filesystem::path directory = home.path();
  io::PosixFileSystem files;
  FunctionLog log{files, directory, 3};
  const auto before = open_descriptors();
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 100; ++i) log.append("f" + std::to_string(i), "stream", base::Time{}, "printed\n");
  }
  EXPECT_LE(open_descriptors() - before, 3);
  for (int i = 0; i < 100; ++i) {
    std::ifstream file{directory / "aws/lambda" / ("f" + std::to_string(i) + ".log")};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    EXPECT_EQ(std::ranges::count(text, '\n'), 2) << i;
  }
}

// As people do who want to see only what comes next.
TEST(FunctionLog, IsBegunAnewWhereItsFileWasTakenAwayOrCutOff) {
  const io::TestDirectory home;
  const std::filesystem::path directory = home.path();
  const auto path = directory / "aws/lambda/f.log";
  io::PosixFileSystem files;
  FunctionLog log{files, directory, 3};
  base::Time time{};
  for (const bool is_removed : {true, false}) {
    log.append("f", "stream", time, "before");
    is_removed ? static_cast<void>(std::filesystem::remove(path)) : std::filesystem::resize_file(path, 0);
    if (is_removed) time += std::chrono::seconds{1};
    log.append("f", "stream", time, "behind");
    std::ifstream file{path};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    EXPECT_EQ(text, base::to_iso8601_millis(time) + " stream behind\n");
  }
}

}  // namespace
}  // namespace athanor::runtime
