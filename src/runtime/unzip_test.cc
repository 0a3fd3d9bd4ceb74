#include "runtime/unzip.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <vector>

namespace athanor::runtime {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kFile = 0100644;

std::string number(std::uint64_t value, int bytes) {
  std::string text;
  for (; bytes > 0; --bytes, value >>= 8) text += static_cast<char>(value & 0xFF);
  return text;
}

struct Entry {
  std::string name;
  unsigned mode = kFile;
  std::string target{};  // of a link; files are empty
  bool is_utf8 = false;  // as its flag says
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
  UnzipTest() {
    std::string pattern = fs::temp_directory_path() / "athanor-unzip-XXXXXX";
    root_ = ::mkdtemp(pattern.data());
    fs::create_directory(into());
  }
  ~UnzipTest() override { fs::remove_all(root_); }

  fs::path into() const { return root_ / "into"; }
  Result<void> unpack(const std::vector<Entry>& entries) { return unzip(zip_of(entries), into()); }

  fs::path root_;
};

TEST_F(UnzipTest, ANameMayHaveAnyCharacters) {
  const std::string marked = "\u00fc/\u00e9.txt", unmarked = "\u4e2d", latin = "\xFC.txt";
  const auto done = unpack({{marked, kFile, {}, true}, {unmarked}, {latin}});
  ASSERT_TRUE(done) << done.error().detail;
  for (const std::string& name : {marked, unmarked, latin}) EXPECT_TRUE(fs::exists(into() / name)) << name;
}

}  // namespace
}  // namespace athanor::runtime
