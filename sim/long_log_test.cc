// Of many compacted files of a log only so many become one at once. On a real disk the test would wait for its syncs.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/random.h"
#include "sim/disk.h"
#include "storage/embedded/open.h"

namespace athanor::sim {
namespace {

class Keeps final : public log::Keepers {
 public:
  explicit Keeps(bool all) : all_(all) {}
  std::vector<std::uint64_t> keepers_of(log::RecordType, base::Time, std::string_view) const override {
    return all_ ? std::vector<std::uint64_t>{1} : std::vector<std::uint64_t>{};
  }
  bool keeps(std::uint64_t, base::Time) const override { return all_; }

 private:
  const bool all_;
};

// Each file that becomes part of one is opened, and all of it is rewritten: neither takes longer the longer a log is.
TEST(LongLog, MergesNoMoreFilesAndBytesAtOnceThanItMay) {
  struct Case {
    const char* name;
    std::size_t segments;
    std::size_t payload_bytes;
    bool is_kept;
    std::uint64_t merged;  // into the first
  };
  for (const Case& c : {Case{"files", 600, 10, false, 511}, Case{"bytes", 10, 8'000'000, true, 7}}) {
    SCOPED_TRACE(c.name);
    Disk disk;
    const auto open = [&](std::size_t neighbours_min) {
      return *storage::open_embedded_log(disk, "log",
                                         {.segment_bytes = 1,  // so that each record has a segment of its own
                                          .fill_ahead_bytes = 0,
                                          .compacted_neighbours_min = neighbours_min});
    };
    const auto files = [&] {
      const auto names = *disk.list("log");
      return std::ranges::count_if(names, [](const std::string& name) { return name.ends_with(".compacted"); });
    };
    auto log = open(1'000);
    base::Random random{1};
    std::string payload(c.payload_bytes, '\0');
    for (char& byte : payload) byte = static_cast<char>(random.next());  // does not compress
    for (std::size_t i = 0; i < c.segments + 1; ++i) {
      ASSERT_TRUE(log->append(1, {}, payload));
      ASSERT_TRUE(log->commit());
    }
    ASSERT_TRUE(log->save_snapshot({log->commit_position(), "state"}));
    const Keeps keepers{c.is_kept};
    ASSERT_EQ(log->compact(log->end(), keepers, [](const auto&) { return true; })->segments, c.segments);
    log.reset();
    log = open(3);
    const auto before = files();
    const auto done = log->compact(log->end(), keepers, [&](const auto&) { return files() == before; });
    EXPECT_EQ(done->merged, c.merged);
  }
}

}  // namespace
}  // namespace athanor::sim
