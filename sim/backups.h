// The operator of a simulated world who keeps a backup, tries what can be restored of it, and has the server go on from
// it.
//
// Runs add to one directory on the server's own disk, which fails them as it fails the server. What is restored is
// tried on a copy of that disk without its faults, so that the world goes on as if nobody had looked; or it takes the
// place of the server's own directory, for good.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
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
  // `server` writes its log on `disk`. Where the clock may be set back, how much a moment has is not foretold:
  // then try_restore takes the end alone.
  Backups(Disk& disk, Server& server, const base::Clock& clock, bool clock_jumps, Checker& checker, Coverage& coverage);

  // One run. Before each file that it opens, and each look at a directory, `meddle` may do what the world does
  // meanwhile, on a clock that has gone on since the run began; it says whether it has. The server may be down, and
  // then stays so.
  void run(const std::function<bool()>& meddle);
  // What is there is restored, all of it or as of an earlier run, and a server started on it; which then goes on, and
  // is backed up into the same directory, too.
  void try_restore(base::Random& random);
  // Whether there is something for a server that is down to go back to.
  bool can_go_back() const;
  struct WentBack {
    log::LogPosition end;  // of the log that the server has now
    WorkStates state;      // there; empty: nobody knows
  };
  // Gives the server, which is down, what is restored of all that is there, or as of some moment, and nothing of what
  // it had. `power_fails`: perhaps meanwhile, and behind it. Nothing: there is none, and it was said what is wrong.
  std::optional<WentBack> go_back(base::Random& random, bool power_fails);
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
    base::Time time{};
  };

  void look_at_log();
  void check_survives_power_cut();
  void begin_anew();
  void broke_off(const Error& error, bool has_lost_power);
  void was_another(const Result<storage::BackupManifest>& added, bool has_lost_power);
  Result<storage::Restored> restore_for_server(const std::string& to, std::optional<base::Time> at);
  bool is_end_as_of(base::Time at, std::uint64_t end) const;
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
  std::uint64_t server_starts_ = 0;            // but the first
  std::optional<log::LogPosition> went_back_;  // and the server has not started since
  bool is_another_ = false;  // the log, since it went back to an earlier moment: no run adds to what is there
  Coverage of_restored_;     // what servers on it have reached counts for nothing
};

}  // namespace athanor::sim
