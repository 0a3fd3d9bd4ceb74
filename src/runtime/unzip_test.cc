#include "runtime/unzip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <vector>

#include "io/test_directory.h"

namespace athanor::runtime {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr unsigned kFile = 0100644, kLink = 0120777, kDirectory = 0040755, kDevice = 0020666;

std::string number(std::uint64_t value, int bytes) {
  std::string text;
  for (; bytes > 0; --bytes, value >>= 8) text += static_cast<char>(value & 0xFF);
  return text;
}

struct Entry {
  std::string name;
  unsigned mode = kFile;
  std::string target{};  // of a link; files are empty
  bool is_utf8 = false;  // what its flag says
};

// Source: PKWARE's APPNOTE, 4.3 and 4.4.4; modes as Info-ZIP writes them.
std::string zip_of(const std::vector<Entry>& entries) {
  std::string local, central;
  for (const Entry& entry : entries) {
    const std::string size = number(entry.target.size(), 4);
    const std::string common = number(20, 2) + number(entry.is_utf8 ? 1 << 11 : 0, 2) + number(0, 4) + number(0x21, 2) +
                               number(0, 4) + size + size + number(entry.name.size(), 2) + number(0, 2);
    const std::string attributes = number(0, 6) + number(std::uint64_t{entry.mode} << 16, 4);
    central += "PK\1\2" + number(20 | 3 << 8, 2) + common + attributes + number(local.size(), 4) + entry.name;
    local += "PK\3\4" + common + entry.name + entry.target;
  }
  return local + central + "PK\5\6" + number(0, 4) + number(entries.size(), 2) + number(entries.size(), 2) +
         number(central.size(), 4) + number(local.size(), 4) + number(0, 2);
}

class UnzipTest : public testing::Test {
 protected:
  UnzipTest() { fs::create_directory(into()); }

  fs::path into() const { return root_ / "into"; }
  Result<void> unpack(const std::vector<Entry>& entries) { return unzip(zip_of(entries), into()); }

  const io::TestDirectory directory_;
  const fs::path root_ = directory_.path();
};

TEST_F(UnzipTest, ANameMayHaveAnyCharacters) {
  const std::string marked = "\u00fc/\u00e9.txt", unmarked = "\u4e2d", latin = "\xFC.txt";
  const auto done = unpack({{marked, kFile, {}, true}, {unmarked}, {latin}});
  ASSERT_TRUE(done) << done.error().detail;
  for (const std::string& name : {marked, unmarked, latin}) EXPECT_TRUE(fs::exists(into() / name)) << name;
}

// The caller reads it after AWS's words.
TEST_F(UnzipTest, WhatIsRefusedIsRefusedWithTheReason) {
  struct Row {
    std::vector<Entry> entries;
    std::string reason;
  };
  std::string deep = "x";
  while (deep.size() < 1'024) deep = "d/" + deep;
  std::vector<Entry> wide;
  for (int n = 0; n < 100; ++n) {
    std::string path = "x";
    for (int depth = 0; depth < 100; ++depth) path = std::to_string(n) + "/" + path;
    wide.push_back({path});
  }
  const Row rows[] = {
      {{{"/x"}}, "the path '/x' is not relative"},
      {{{"a/b\\x"}}, "the path 'a/b\\x' is not relative"},
      {{{"a/../x"}}, "the path 'a/../x' leaves its folder"},
      {{{"a\nb"}}, "a name holds a control character"},
      {{{std::string(256, 'n')}}, "a name is longer than 255 bytes"},
      {{{deep}}, "a path is longer than 1024 bytes"},
      {wide, "it has more than 10000 files and directories"},
      {std::vector<Entry>(10'001, {"d/", kDirectory}), "it has more than 10000 entries"},
      {{{"device", kDevice}}, "'device' is neither a file, nor a directory, nor a symbolic link"},
      {{{"x"}, {"./x"}}, "'x' occurs twice"},
      {{{"x"}, {"x/y"}}, "'x' occurs twice"},
      {{{"d/"}, {"d", kLink, "e"}}, "'d' occurs twice"},
      {{{"out", kLink, "in"}, {"out/x"}}, "'out' occurs twice"},
      {{{"a", kLink, "/tmp"}}, "the link 'a' may lead out of the package"},
      {{{"a", kLink, ".."}}, "the link 'a' may lead out of the package"},
      {{{"d/a", kLink, "../../x"}}, "the link 'd/a' may lead out of the package"},
      {{{"d/up", kLink, ".."}, {"a", kLink, "d/up/../x"}}, "the link 'a' may lead out of the package"},
  };
  for (const Row& row : rows) {
    const auto done = unpack(row.entries);
    ASSERT_FALSE(done) << row.reason;
    EXPECT_EQ(done.error().code, ErrorCode::InvalidZipFile);
    EXPECT_THAT(done.error().message, HasSubstr("try to upload again. Reason: " + row.reason + "."));
    fs::remove_all(into());
    fs::create_directory(into());
  }
}

TEST_F(UnzipTest, LinksWithinThePackageAreUnpacked) {
  const auto done = unpack({{"lib/libx.so", kLink, "libx.so.1"},
                            {"lib/libx.so.1"},
                            {"node_modules/.bin/tool", kLink, "../tool/./main.js"},
                            {"node_modules/tool/main.js"},
                            {"modules", kLink, "node_modules/"},
                            {"nowhere", kLink, "missing"}});
  ASSERT_TRUE(done) << done.error().message << done.error().detail;
  EXPECT_EQ(fs::read_symlink(into() / "lib/libx.so"), "libx.so.1");
  EXPECT_TRUE(fs::exists(into() / "node_modules/.bin/tool"));
  EXPECT_TRUE(fs::exists(into() / "modules/tool/main.js"));
  EXPECT_TRUE(fs::is_symlink(into() / "nowhere"));
}

}  // namespace
}  // namespace athanor::runtime
