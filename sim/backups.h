// The operator of a simulated world who keeps a backup, and tries what can be restored of it.
//
// Runs add to one directory on the server's own disk, which fails them as it fails the server. What is restored is
// tried on a copy of that disk without its faults, so that the world goes on as if nobody had looked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "sim/checker.h"
#include "sim/coverage.h"
#include "sim/disk.h"
#include "sim/server.h"
#include "storage/embedded/backup.h"

namespace athanor::sim {

class Backups {
 public:
  // `server` writes its log on `disk`. Where the clock may be set back, no moment but the end is restored.
  Backups(Disk& disk, Server& server, const base::Clock& clock, bool clock_jumps, Checker& checker, Coverage& coverage);

  // One run. Before each file that it opens, and each look at a directory, `meddle` may do what the world does
  // meanwhile, on a clock that has gone on since the run began; it says whether it has. The server may be down, and
  // then stays so.
  void run(const std::function<bool()>& meddle);
  // What is there is restored, all of it or as of an earlier run, and a server started on it; which then goes on, and
  // is backed up into the same directory, too.
  void try_restore(base::Random& random);
  // The server is back with a log that ends at `end`.
  void recovered(log::LogPosition end);

 private:
  struct Run {
    base::Time began{};
    std::uint64_t committed = 0;          // when it began
    std::uint64_t begin = 0, end = 0;     // of what it holds
    WorkStates state{};                   // at `committed`, which is all that was written by then; empty: nobody knows
    std::uint64_t unsure_since = kNever;  // loss of power: until then it may hold what was never synced
  };
  struct Seen {
    std::size_t hash = 0;
    std::uint64_t run = 0;  // the last one at whose end the log had it
  };

  void look_at_log();
  void check_survives_power_cut();
  void begin_anew();
  void broke_off(const Error& error, bool has_lost_power);
  std::unique_ptr<Server> restore(Disk& disk, const base::Clock& clock, const Run* as_of);
  bool check_records(Server& restored, bool is_end);
  void go_on(Disk& disk, const base::Clock& clock, Server& restored);

  Disk& disk_;
  Server& server_;
  const base::Clock& clock_;
  const bool clock_jumps_;
  Checker& checker_;
  Coverage& coverage_;

  std::string directory_ = "backup";
  std::vector<Run> runs_;  // into it, that came to their end
  std::uint64_t runs_begun_ = 0;
  std::map<std::uint64_t, Seen> seen_;  // records of the log, by position
  bool has_seen_all_ = true;            // else the disk did not let them be read
  std::uint64_t first_seen_ = 0;        // position
  std::uint64_t restores_ = 0;
  std::uint64_t server_starts_ = 0;  // but the first
  Coverage of_restored_;             // what servers on it have reached counts for nothing
};

}  // namespace athanor::sim
