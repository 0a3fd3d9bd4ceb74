// Function packages on a bad disk: power cut at every operation, failure of every operation, full at every byte, bit
// rot at every byte. Unpacked code is a cache: every check begins without one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "io/test_directory.h"
#include "runtime/code_store.h"
#include "sim/disk.h"

namespace athanor::sim {
namespace {

using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kPackages = "data/functions/code";

std::string number(std::uint64_t value, int bytes) {
  std::string text;
  for (; bytes > 0; --bytes, value >>= 8) text += static_cast<char>(value & 0xFF);
  return text;
}

// A zip with one empty file of that name, and a comment of the given size. Source: PKWARE's APPNOTE, 4.3.
std::string zip_of(const std::string& name, std::size_t comment_bytes = 700) {
  const std::string nothing = number(0, 12);  // checksum and sizes of an empty file
  const std::string common = number(20, 2) + number(0, 6) + number(0x21, 2) + nothing + number(name.size(), 2);
  const std::string local = "PK\3\4" + common + number(0, 2) + name;
  const std::string central =
      "PK\1\2" + number(20, 2) + common + number(0, 8) + number(0100644ULL << 16, 4) + number(0, 4) + name;
  return local + central + "PK\5\6" + number(0, 4) + number(1, 2) + number(1, 2) + number(central.size(), 4) +
         number(local.size(), 4) + number(comment_bytes, 2) + std::string(comment_bytes, name.front());
}

// A new directory for unpacked code, in memory, where syncs cost nothing.
struct Cache : io::TestDirectory {
  Cache() : TestDirectory{in_memory()} {}
};

// What the clients of one store were told: code ids, and the file in each.
using Acknowledged = std::map<std::string, std::string>;

bool put(runtime::CodeStore& store, const std::string& name, Acknowledged& acknowledged) {
  const auto stored = store.put_zip(zip_of(name));
  if (!stored) {
    EXPECT_THAT(stored.error().code, AnyOf(ErrorCode::Unavailable, ErrorCode::DiskFull)) << stored.error().message;
    return false;
  }
  acknowledged[stored->code_id] = name;
  return true;
}

// Removes what is not in `kept`. Removals are not acknowledged, so their result does not matter.
void keep_only(runtime::CodeStore& store, const std::set<std::string>& kept, Acknowledged& acknowledged) {
  std::set<std::string> ids;
  for (const auto& [id, name] : acknowledged) {
    if (kept.contains(name)) ids.insert(id);
  }
  std::erase_if(acknowledged, [&](const auto& code) { return !ids.contains(code.first); });
  (void)store.unused(ids);
  store.remove(store.unused(ids));
}

// Everything that a store does; after a failure the rest goes on. False when the store could not be opened.
bool live(Disk& disk, Acknowledged& acknowledged) {
  const Cache cache;
  runtime::CodeStore store{disk, kPackages, cache.path()};
  if (!store.open()) return false;
  put(store, "a", acknowledged);
  put(store, "b", acknowledged);
  put(store, "a", acknowledged);
  keep_only(store, {"a"}, acknowledged);
  put(store, "c", acknowledged);
  put(store, "b", acknowledged);
  keep_only(store, {"b", "c"}, acknowledged);
  put(store, "d", acknowledged);
  return true;
}

void expect_kept(Disk& disk, const Acknowledged& acknowledged) {
  const Cache cache;
  runtime::CodeStore store{disk, kPackages, cache.path()};
  const auto opened = store.open();
  ASSERT_TRUE(opened) << opened.error().message;
  for (const auto& [id, name] : acknowledged) {
    const auto unpacked = store.unpack(id);
    ASSERT_TRUE(unpacked) << name << ": " << unpacked.error().message;
    ASSERT_TRUE(std::filesystem::exists(unpacked->directory + "/" + name)) << name;
  }
  Acknowledged more;
  ASSERT_TRUE(put(store, "e", more)) << "a sound disk takes more";
  const auto names = disk.list(kPackages);
  ASSERT_TRUE(names);
  for (const std::string& name : *names) ASSERT_FALSE(name.ends_with(".tmp")) << name << " was left behind";
}

TEST(CodeStore, KeepsWhatItAcknowledgedAcrossAnyPowerCut) {
  for (const Survival survival : {Survival::Prefix, Survival::Sectors}) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      for (std::uint64_t operations = 0;; ++operations) {
        SCOPED_TRACE("seed " + std::to_string(seed) + ", cut after " + std::to_string(operations));
        Disk disk{{.seed = seed * 1'000 + operations, .survival = survival}};
        Acknowledged acknowledged;
        disk.cut_power_after(operations);
        live(disk, acknowledged);
        const bool was_cut = disk.was_cut();
        disk.restore_power();
        disk.cut_power_after(1 + operations % 4);  // and in the start that follows, or soon after it
        live(disk, acknowledged);
        disk.restore_power();
        ASSERT_NO_FATAL_FAILURE(expect_kept(disk, acknowledged));
        if (!was_cut) break;
      }
    }
  }
}

// A server that died between a package's rename and the sync of its name had acknowledged nothing. The next one sees
// the name, and gets the same upload.
TEST(CodeStore, MakesDurableWhatADeadServerHasOnlyNamed) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    Disk disk{{.seed = seed}};
    const Cache cache;
    Acknowledged acknowledged;
    {
      runtime::CodeStore dies{disk, kPackages, cache.path()};
      ASSERT_TRUE(dies.open());
      disk.fail({.operations = Failing::Sync, .after = 1});
      ASSERT_FALSE(put(dies, "a", acknowledged));
      disk.heal();
    }
    {
      runtime::CodeStore next{disk, kPackages, cache.path()};
      ASSERT_TRUE(next.open());
      ASSERT_TRUE(put(next, "a", acknowledged));
    }
    disk.restore_power();
    ASSERT_NO_FATAL_FAILURE(expect_kept(disk, acknowledged));
  }
}

// Each operation of a kind in turn fails once, or from then on: its caller is told, and what others were told stays
// true, on the disk as it is and after a power cut.
TEST(CodeStore, AnswersHonestlyWhenAnOperationFails) {
  for (const Failing kind : {Failing::Any, Failing::Write, Failing::Sync}) {
    for (const bool sticky : {false, true}) {
      for (const bool cut : {false, true}) {
        bool failed = true;
        for (std::uint64_t after = 0; failed; ++after) {
          SCOPED_TRACE("after " + std::to_string(after) + (sticky ? ", for good" : "") + (cut ? ", power cut" : ""));
          Disk disk{{.seed = 77 + after}};
          Acknowledged acknowledged;
          const std::uint64_t before = disk.operations();
          disk.fail({.operations = kind, .after = after, .sticky = sticky});
          live(disk, acknowledged);
          failed = disk.operations() - before > after;
          disk.heal();
          if (cut) {
            disk.cut_power();
            disk.restore_power();
          }
          ASSERT_NO_FATAL_FAILURE(expect_kept(disk, acknowledged));
          if (after > 200) FAIL() << "the store never comes to its end";
        }
      }
    }
  }
}

// Whatever a failure has left behind does no harm.
TEST(CodeStore, TakesTheSameZipWhenTheDiskIsHealed) {
  for (std::uint64_t after = 0; after < 10; ++after) {
    SCOPED_TRACE("failing after " + std::to_string(after));
    Disk disk;
    const Cache cache;
    runtime::CodeStore store{disk, kPackages, cache.path()};
    ASSERT_TRUE(store.open());
    Acknowledged acknowledged;
    disk.fail({.after = after, .sticky = true});
    put(store, "a", acknowledged);
    disk.heal();
    ASSERT_TRUE(put(store, "a", acknowledged));
    disk.cut_power();
    disk.restore_power();
    ASSERT_NO_FATAL_FAILURE(expect_kept(disk, acknowledged));
  }
}

TEST(CodeStore, SaysThatTheDiskIsFullAndGoesOnWhenThereIsRoom) {
  const std::uint64_t zip_bytes = zip_of("a").size();
  for (std::uint64_t capacity = 0; capacity < 2 * zip_bytes; capacity += 97) {
    SCOPED_TRACE("capacity " + std::to_string(capacity));
    Disk disk{{.capacity_bytes = capacity}};
    const Cache cache;
    runtime::CodeStore store{disk, kPackages, cache.path()};
    ASSERT_TRUE(store.open());
    Acknowledged acknowledged;
    const bool first = put(store, "a", acknowledged);
    EXPECT_EQ(first, capacity >= zip_bytes);
    const auto refused = store.put_zip(zip_of("b"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::DiskFull);
    EXPECT_EQ(disk.used_bytes(), first ? zip_bytes : 0) << "of what was refused nothing is left";
    ASSERT_NO_FATAL_FAILURE([&] {
      disk.set_capacity(kNever);
      ASSERT_TRUE(put(store, "b", acknowledged));
      disk.cut_power();
      disk.restore_power();
      expect_kept(disk, acknowledged);
    }());
  }
}

TEST(CodeStore, NamesTheFileOfADamagedPackageAndIsMendedByTheSameUpload) {
  const std::string zip = zip_of("a", 40);
  for (std::uint64_t offset = 0; offset < zip.size(); ++offset) {
    SCOPED_TRACE("byte " + std::to_string(offset));
    Disk disk;
    const Cache cache, empty;
    runtime::CodeStore store{disk, kPackages, cache.path()};
    ASSERT_TRUE(store.open());
    const auto stored = store.put_zip(zip);
    ASSERT_TRUE(stored);
    const std::string package = std::string{kPackages} + "/" + stored->code_id + ".zip";
    ASSERT_TRUE(disk.flip_bit(package, offset, static_cast<unsigned>(offset % 8)));

    runtime::CodeStore again{disk, kPackages, empty.path()};
    ASSERT_TRUE(again.open());
    const auto refused = again.unpack(stored->code_id);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::Corrupt);
    EXPECT_THAT(refused.error().message, HasSubstr(package));
    EXPECT_THAT(std::vector<std::filesystem::path>(std::filesystem::directory_iterator{empty.path()}, {}), IsEmpty());

    ASSERT_TRUE(again.put_zip(zip));
    EXPECT_EQ(disk.contents(package), zip);
  }
}

// Damaged by a function, which runs there, as do others with the same code.
TEST(CodeStore, MendsWhatIsUnpackedByTheSameUpload) {
  namespace fs = std::filesystem;
  Disk disk;
  const Cache cache;
  runtime::CodeStore store{disk, kPackages, cache.path()};
  ASSERT_TRUE(store.open());
  const auto stored = store.put_zip(zip_of("d/a"));
  ASSERT_TRUE(stored);
  const fs::path code = cache.path() + "/" + stored->code_id;
  constexpr auto kRead = fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read;
  EXPECT_EQ(fs::status(code / "d/a").permissions(), kRead);
  std::ofstream{code / "beside"};
  const std::function<void()> damages[] = {
      [] {},
      [&] { fs::remove(code / "d/a"); },
      [&] { fs::remove_all(code / "d"); },
      [&] { fs::permissions(code / "d/a", fs::perms::owner_write, fs::perm_options::add); },
      [&] {
        fs::remove(code / "d/a");
        std::ofstream{code / "d/a"} << "other";
        fs::permissions(code / "d/a", kRead);
      },
      [&] {
        fs::remove(code / "d/a");
        fs::create_symlink("../beside", code / "d/a");
      },
  };
  for (const auto& damage : damages) {
    damage();
    ASSERT_TRUE(store.put_zip(zip_of("d/a")));
    EXPECT_EQ(fs::symlink_status(code / "d/a").type(), fs::file_type::regular);
    EXPECT_EQ(fs::status(code / "d/a").permissions(), kRead);
    EXPECT_EQ(fs::file_size(code / "d/a"), 0);
    if (&damage == damages) EXPECT_TRUE(fs::exists(code / "beside")) << "nothing was damaged";
  }
  const auto replaced = std::size(damages) - 1;  // each may have a process running in it, until the next start
  EXPECT_EQ(std::distance(fs::directory_iterator{cache.path()}, {}), 1 + static_cast<std::ptrdiff_t>(replaced));
  runtime::CodeStore next{disk, kPackages, cache.path()};
  ASSERT_TRUE(next.open());
  EXPECT_THAT(std::vector<fs::path>(fs::directory_iterator{cache.path()}, {}), ElementsAre(code));
}

TEST(CodeStore, RemovesWhatNothingUsesAndNothingElse) {
  Disk disk;
  const Cache cache;
  runtime::CodeStore store{disk, kPackages, cache.path()};
  ASSERT_TRUE(store.open());
  auto a = store.put_zip(zip_of("a"));
  const auto b = store.put_zip(zip_of("b"));
  ASSERT_TRUE(a && b);
  const std::string id = a->code_id;
  EXPECT_THAT(store.unused({b->code_id}), IsEmpty()) << "whoever uploaded it has not named it yet";
  a->hold.reset();
  EXPECT_THAT(store.unused({b->code_id}), IsEmpty()) << "it was in use when last asked";
  EXPECT_THAT(store.unused({b->code_id}), ElementsAre(id));
  EXPECT_THAT(store.unused({b->code_id}), IsEmpty()) << "it is about to go";

  // An upload that comes before it is removed saves it.
  auto running = store.unpack(id);
  ASSERT_TRUE(running);
  store.remove({id});
  EXPECT_TRUE(std::filesystem::exists(running->directory + "/a"));
  EXPECT_THAT(store.unused({b->code_id}), IsEmpty());

  running->hold.reset();
  EXPECT_THAT(store.unused({b->code_id}), IsEmpty());
  store.remove(store.unused({b->code_id}));
  EXPECT_FALSE(store.has(id));
  EXPECT_FALSE(std::filesystem::exists(running->directory));
  EXPECT_THAT(*disk.list(kPackages), ElementsAre(b->code_id + ".zip"));
  EXPECT_EQ(store.unpack(id).error().code, ErrorCode::NotFound);
  EXPECT_TRUE(store.put_zip(zip_of("a")));
  EXPECT_TRUE(store.unpack(id));
}

TEST(CodeStore, UsesNothingThatACrashLeftHalfUnpackedAndRemovesItAtTheStart) {
  Disk disk;
  const Cache cache;
  const std::string half = cache.path() + "/.unpacking-AbCdEf";
  const std::string going = cache.path() + "/.removing-" + std::string(64, 'a');
  const std::string unfinished(64, 'b');  // unpacked by an upload that never came to its package
  for (const auto& directory : {half, going, cache.path() + "/" + unfinished}) {
    std::filesystem::create_directories(directory);
    std::ofstream{directory + "/bootstrap"} << "something";
  }
  runtime::CodeStore store{disk, kPackages, cache.path()};
  ASSERT_TRUE(store.open());
  EXPECT_FALSE(std::filesystem::exists(half));
  EXPECT_FALSE(std::filesystem::exists(going));
  EXPECT_FALSE(store.has(unfinished));
  EXPECT_THAT(store.unused({}), ElementsAre(unfinished)) << "at the start, at once";
  store.remove({unfinished});
  EXPECT_THAT(std::vector<std::filesystem::path>(std::filesystem::directory_iterator{cache.path()}, {}), IsEmpty());
}

TEST(CodeStore, StoresNothingOfWhatIsNoZip) {
  Disk disk;
  const Cache cache;
  runtime::CodeStore store{disk, kPackages, cache.path()};
  ASSERT_TRUE(store.open());
  const std::string zip = zip_of("a");
  for (const std::string& refused : {std::string{"nothing"}, zip.substr(0, zip.size() / 2), zip_of("../a")}) {
    const auto stored = store.put_zip(refused);
    ASSERT_FALSE(stored);
    EXPECT_EQ(stored.error().code, ErrorCode::InvalidZipFile);
  }
  EXPECT_THAT(*disk.list(kPackages), IsEmpty());
  EXPECT_THAT(std::vector<std::filesystem::path>(std::filesystem::directory_iterator{cache.path()}, {}), IsEmpty());
}

}  // namespace
}  // namespace athanor::sim
