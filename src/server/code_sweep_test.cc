#include "server/code_sweep.h"

#include <gtest/gtest.h>

#include <future>
#include <string>

#include "bus/event.h"
#include "io/posix_file_system.h"
#include "io/test_directory.h"
#include "observe/counters.h"
#include "server/test_counting_log.h"

namespace athanor::server {
namespace {

// That no function names the code any more is a record: if it did not reach the disk, the next start has the name.
TEST(CodeSweep, RemovesWhatIsDurablyUnusedAlone) {
  const std::string id(64, 'a');
  for (const bool fails : {false, true}) {
    const io::TestDirectory home;
    io::PosixFileSystem files;
    ASSERT_TRUE(files.open(home.path() + "/" + id + ".zip", io::OpenMode::Create));
    runtime::CodeStore code{files, home.path(), home.path()};
    ASSERT_TRUE(code.open());
    CountingLog log;
    log.fails_to_commit = fails;
    base::ManualClock clock;
    engine::NoFunctions functions;
    observe::Counters counters;
    std::promise<void> settled;
    engine::Loop loop{log, clock, functions, counters, {}, {}, [](const Error&) {}};
    ASSERT_TRUE(loop.start());
    loop.post([&](engine::Call& call) {
      call.journal.write(bus::EventAccepted{});
      sweep_code(loop, code);
      loop.post([&](engine::Call&) {
        loop.engine().when_committed([&](bool) { loop.read_log([&](const log::Log&) { settled.set_value(); }); });
      });
    });
    settled.get_future().wait();
    EXPECT_EQ(code.has(id), fails);
    loop.stop();
  }
}

}  // namespace
}  // namespace athanor::server
