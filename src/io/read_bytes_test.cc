#include "io/read_bytes.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "io/posix_file_system.h"

namespace athanor::io {
namespace {

class ReadBytes : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(file_->write_at(0, "0123456789")); }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string directory_ = testing::TempDir() + "athanor-read-bytes";
  PosixFileSystem files_;
  std::unique_ptr<File> file_ = [this] {
    std::filesystem::create_directories(directory_);
    return *files_.open(directory_ + "/file", OpenMode::Create);
  }();
};

TEST_F(ReadBytes, AreThoseAtThePlace) { EXPECT_EQ(read_bytes(*file_, 3, 4), "3456"); }

TEST_F(ReadBytes, AreFewerWhereTheFileEnds) {
  EXPECT_EQ(read_bytes(*file_, 8, 1'048'576), "89");
  EXPECT_EQ(read_bytes(*file_, 10, 5), "");
}

TEST_F(ReadBytes, AreAppendedToWhatIsThere) {
  std::string bytes = "ab";
  ASSERT_TRUE(append_bytes(*file_, 0, 2, bytes));
  EXPECT_EQ(bytes, "ab01");
}

TEST_F(ReadBytes, OfAFileThatCannotBeReadAreAnError) {
  std::string bytes = "ab";
  const auto directory = files_.open(directory_, OpenMode::Read);
  ASSERT_TRUE(directory);
  EXPECT_FALSE(append_bytes(**directory, 0, 100, bytes));
  EXPECT_EQ(bytes, "ab");
}

}  // namespace
}  // namespace athanor::io
