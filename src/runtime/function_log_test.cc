#include "runtime/function_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "io/posix_file_system.h"
#include "io/test_directory.h"

namespace athanor::runtime {
namespace {

std::ptrdiff_t open_descriptors() {
  return std::distance(std::filesystem::directory_iterator{"/proc/self/fd"}, std::filesystem::directory_iterator{});
}

// Descriptors are the log's, and connections': a thousand functions that print do not take a thousand of them.
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

}  // namespace
}  // namespace athanor::runtime
