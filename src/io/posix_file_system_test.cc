#include "io/posix_file_system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <string>

#include "io/test_directory.h"

namespace athanor::io {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class PosixFileSystemTest : public ::testing::Test {
 protected:
  std::string path(const std::string& name) const { return directory_ + "/" + name; }
  std::unique_ptr<File> create(const std::string& name) {
    return std::move(*files_.open(path(name), OpenMode::Create));
  }

  const TestDirectory home_;
  const std::string& directory_ = home_.path();
  PosixFileSystem files_;
};

TEST_F(PosixFileSystemTest, RefusesWithAReason) {
  create("there");
  struct Case {
    const char* name;
    std::function<ErrorCode()> act;
    ErrorCode code;
  };
  const auto code = [](const auto& result) { return result ? ErrorCode::Internal : result.error().code; };
  const Case cases[] = {
      {"open what is not there", [&] { return code(files_.open(path("none"), OpenMode::Read)); }, ErrorCode::NotFound},
      {"write what is not there", [&] { return code(files_.open(path("none"), OpenMode::ReadWrite)); },
       ErrorCode::NotFound},
      {"create what is there", [&] { return code(files_.open(path("there"), OpenMode::Create)); },
       ErrorCode::AlreadyExists},
      {"list what is not there", [&] { return code(files_.list(path("none"))); }, ErrorCode::NotFound},
      {"rename what is not there", [&] { return code(files_.rename(path("none"), path("other"))); },
       ErrorCode::NotFound},
      {"remove what is not there", [&] { return code(files_.remove(path("none"))); }, ErrorCode::NotFound},
      {"sync a directory that is not there", [&] { return code(files_.sync_directory(path("none"))); },
       ErrorCode::NotFound},
      {"a directory below a file", [&] { return code(files_.create_directories(path("there/below"))); },
       ErrorCode::NotFound},
      {"write to what is open for reading",
       [&] { return code((*files_.open(path("there"), OpenMode::Read))->write_at(0, "x")); }, ErrorCode::Unavailable},
  };
  for (const auto& c : cases) EXPECT_EQ(c.act(), c.code) << c.name;
}

TEST_F(PosixFileSystemTest, ReadsFewerBytesOnlyAtTheEnd) {
  const auto file = create("file");
  ASSERT_TRUE(file->write_at(4, "data"));
  char out[16] = {};
  EXPECT_EQ(*file->read_at(0, out, 8), 8U);
  EXPECT_EQ(std::string(out, 8), std::string("\0\0\0\0data", 8));
  EXPECT_EQ(*file->read_at(6, out, 16), 2U);
  EXPECT_EQ(*file->read_at(100, out, 16), 0U);
}

TEST_F(PosixFileSystemTest, TruncatesAndGrows) {
  const auto file = create("file");
  ASSERT_TRUE(file->write_at(0, "0123456789"));
  ASSERT_TRUE(file->truncate(4));
  EXPECT_EQ(*file->size_bytes(), 4U);
  ASSERT_TRUE(file->truncate(6));
  ASSERT_TRUE(file->sync());
  char out[8] = {};
  EXPECT_EQ(*file->read_at(0, out, 8), 6U);
  EXPECT_EQ(std::string(out, 6), std::string("0123\0\0", 6));
}

TEST_F(PosixFileSystemTest, TellsAFullDiskFromOneThatFails) {
  const auto full = files_.open("/dev/full", OpenMode::ReadWrite);
  ASSERT_TRUE(full) << full.error().message;
  EXPECT_EQ((*full)->write_at(0, "x").error().code, ErrorCode::DiskFull);
}

// They hold customers' data.
TEST_F(PosixFileSystemTest, MakesNothingThatOthersMayRead) {
  const mode_t before = ::umask(0);
  create("file");
  EXPECT_TRUE(files_.create_directories(path("directory")));
  ::umask(before);
  for (const char* name : {"file", "directory"}) {
    struct stat status{};
    ASSERT_EQ(::stat(path(name).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0077, 0U) << name;
  }
}

TEST_F(PosixFileSystemTest, AllocatesRoomBehindWhatIsThere) {
  const auto file = create("file");
  ASSERT_TRUE(file->write_at(0, "0123"));
  ASSERT_TRUE(file->allocate(100'000));
  EXPECT_EQ(*file->size_bytes(), 100'000U);
  char out[6] = {};
  EXPECT_EQ(*file->read_at(0, out, 6), 6U);
  EXPECT_EQ(std::string(out, 6), std::string("0123\0\0", 6));
  ASSERT_TRUE(file->allocate(10));
  EXPECT_EQ(*file->size_bytes(), 100'000U) << "it never shrinks";
}

TEST_F(PosixFileSystemTest, ListsInOrderAndMovesInPlaceOfAnother) {
  create("b");
  create("a");
  ASSERT_TRUE(create("new")->write_at(0, "new"));
  ASSERT_TRUE(files_.rename(path("new"), path("b")));
  ASSERT_TRUE(files_.sync_directory(directory_));
  EXPECT_THAT(*files_.list(directory_), ElementsAre("a", "b"));
  EXPECT_EQ(*(*files_.open(path("b"), OpenMode::Read))->size_bytes(), 3U);
  ASSERT_TRUE(files_.remove(path("a")));
  EXPECT_THAT(*files_.list(directory_), ElementsAre("b"));
}

TEST_F(PosixFileSystemTest, NamesAFileAsItIsCalledNow) {
  create("new.tmp");
  const auto file = *files_.open(path("new.tmp"), OpenMode::Read);
  ASSERT_TRUE(files_.rename(path("new.tmp"), path("new")));
  EXPECT_EQ(file->write_at(0, "x").error().message, "Cannot write " + path("new") + ": Bad file descriptor.");
}

TEST_F(PosixFileSystemTest, CreatesDirectoriesWithTheirParentsAndAgain) {
  EXPECT_TRUE(files_.create_directories(path("one/two/three/")));
  EXPECT_TRUE(files_.create_directories(path("one/two/three")));
  EXPECT_THAT(*files_.list(path("one/two")), ElementsAre("three"));
}

TEST_F(PosixFileSystemTest, LockHasOneHolderAndNamesIt) {
  auto first = files_.lock(path("lock"));
  ASSERT_TRUE(first);
  const auto second = files_.lock(path("lock"));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::AlreadyExists);
  EXPECT_THAT(second.error().message, HasSubstr(std::to_string(::getpid())));
  first->reset();
  EXPECT_TRUE(files_.lock(path("lock")));
}

TEST_F(PosixFileSystemTest, LockIsHeldWhenItsFileIsRemoved) {
  auto first = files_.lock(path("lock"));
  ASSERT_TRUE(first);
  ASSERT_TRUE(files_.remove(path("lock")));
  const auto second = files_.lock(path("lock"));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::AlreadyExists);
  first->reset();
  EXPECT_TRUE(files_.lock(path("lock")));
}

// A server whose data directory was moved away must not touch the one that has taken its name.
TEST_F(PosixFileSystemTest, WorksInTheDirectoryThatItHoldsWhereverThatIsMoved) {
  ASSERT_TRUE(files_.create_directories(path("d")));
  auto lock = files_.lock(path("d/lock"));
  ASSERT_TRUE(lock);
  std::filesystem::rename(path("d"), path("moved"));
  std::filesystem::create_directory(path("d"));
  create("d/made");
  ASSERT_TRUE(files_.rename(path("d/made"), path("d//named")));
  ASSERT_TRUE(files_.create_directories(path("d/code/new")));
  ASSERT_TRUE(files_.sync_directory(path("d")));
  EXPECT_THAT(*files_.list(path("d/")), ElementsAre("code", "lock", "named"));
  EXPECT_TRUE(std::filesystem::exists(path("moved/named")));
  EXPECT_TRUE(std::filesystem::is_empty(path("d")));
  ASSERT_TRUE(files_.remove(path("d/named")));
  create("dd");
  EXPECT_TRUE(std::filesystem::exists(path("dd"))) << "beside it";

  lock->reset();
  EXPECT_THAT(*files_.list(path("d")), ElementsAre()) << "held no more, it is found by its path";
}

TEST_F(PosixFileSystemTest, MakesNothingInAnotherPlaceWhenTheDirectoryThatItHoldsIsGone) {
  ASSERT_TRUE(files_.create_directories(path("d")));
  const auto lock = files_.lock(path("d/lock"));
  std::filesystem::remove_all(path("d"));
  std::filesystem::create_directory(path("d"));
  const auto made = files_.open(path("d/made"), OpenMode::Create);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::NotFound);
  EXPECT_TRUE(std::filesystem::is_empty(path("d")));
}

// Stands for a file system that has become read-only, where the same open fails.
TEST_F(PosixFileSystemTest, LockIsHeldByWhoeverMayOnlyRead) {
  ASSERT_TRUE(files_.lock(path("lock")));
  ASSERT_EQ(::chmod(path("lock").c_str(), 0444), 0);
  ASSERT_EQ(::chmod(directory_.c_str(), 0555), 0);
  const uid_t user = ::geteuid();
  constexpr uid_t kNobody = 65'534;
  if (user == 0) ASSERT_EQ(::seteuid(kNobody), 0);
  const auto first = files_.lock(path("lock"));
  const auto second = files_.lock(path("lock"));
  const auto made = files_.lock(path("another"));
  if (user == 0) ASSERT_EQ(::seteuid(user), 0);
  ASSERT_EQ(::chmod(directory_.c_str(), 0755), 0);
  ASSERT_TRUE(first) << first.error().message;
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::AlreadyExists);
  EXPECT_FALSE(made) << "no lock is made where nothing may be written";
}

// Found when a server was killed while it started a function, and could not be started again.
TEST_F(PosixFileSystemTest, LockIsWaitedForWhileAChildOfADeadHolderHasInheritedIt) {
  const pid_t holder = ::fork();
  if (holder == 0) {
    const auto held = files_.lock(path("lock"));
    if (::fork() == 0) ::usleep(100'000);
    ::_exit(held ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(holder, &status, 0), holder);
  ASSERT_EQ(status, 0);
  EXPECT_TRUE(files_.lock(path("lock")));
}

TEST_F(PosixFileSystemTest, IsNotHeldUpByAPipe) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  for (const OpenMode mode : {OpenMode::Read, OpenMode::ReadWrite}) {
    const auto file = files_.open(path("pipe"), mode);
    char out[8];
    const auto read = file ? (*file)->read_at(0, out, sizeof out) : Result<std::size_t>{file.error()};
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().message, "Cannot read byte 0 of " + path("pipe") + ": Illegal seek.");
  }
}

TEST_F(PosixFileSystemTest, AReadThatFailsNamesFileAndByte) {
  const auto file = files_.open(directory_, OpenMode::Read);
  ASSERT_TRUE(file);
  char out[8];
  const auto read = (*file)->read_at(4'096, out, sizeof out);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message, "Cannot read byte 4096 of " + directory_ + ": Is a directory.");
}

}  // namespace
}  // namespace athanor::io
