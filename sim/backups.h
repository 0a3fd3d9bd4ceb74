// The operator of a simulated world who keeps a backup, tests restoring from it, and sometimes has the server go on
// from it.
//
// Runs add to one directory on the server's own disk, whose faults hit them, too. A restore is tested on a copy of that
// disk without faults, so that the world is not disturbed; or it replaces the server's own directory, for good.
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
  // `server` writes its log on `disk`. If the clock may be set back, the log's state at a given time cannot be
  // predicted: then try_restore restores only to the end.
  Backups(Disk& disk, Server& server, const base::Clock& clock, bool clock_jumps, Checker& checker, Coverage& coverage);

  // One backup run. Before each file is opened or directory listed, `meddle` may do what the world does meanwhile, on a
  // clock that has advanced since the run began; it returns whether it did. The server may be down, and then stays so.
  void run(const std::function<bool()>& meddle);
  // Restores the backup, all of it or as of an earlier run, and starts a server on it, which then goes on and is backed
  // up into the same directory, too.
  void try_restore(base::Random& random);
  // Whether there is a backup that a server that is down can go back to.
  bool can_go_back() const;
  struct WentBack {
    log::LogPosition end;  // of the log the server now has
    WorkStates state;      // at `end`; empty: unknown
  };
  // Replaces the directory of the server, which is down, with the whole backup restored, or as of some moment.
  // `power_fails`: it may fail during the restore and after. nullopt: it failed, and a violation was reported.
  std::optional<WentBack> go_back(base::Random& random, bool power_fails);
  // The server is back with a log that ends at `end`.
  void recovered(log::LogPosition end);

 private:
  struct Run {
    base::Time began{};
    std::uint64_t committed = 0;          // position when it began
    std::uint64_t begin = 0, end = 0;     // of the backup
    WorkStates state{};                   // at `committed`, if that was all written by then; empty: unknown
    std::uint64_t unsure_since = kNever;  // number of power losses: it may hold records never synced before the next
  };
  struct Seen {
    std::size_t hash = 0;
    std::uint64_t run = 0;  // the last run at whose end the log had it
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
  std::vector<Run> runs_;  // completed runs into `directory_`
  std::uint64_t runs_begun_ = 0;
  std::map<std::uint64_t, Seen> seen_;  // records of the log, by position
  bool has_seen_all_ = true;            // false: the log could not be read once
  std::uint64_t first_seen_ = 0;        // position
  std::uint64_t restores_ = 0;
  std::uint64_t server_starts_ = 0;            // not counting the first
  std::optional<log::LogPosition> went_back_;  // set until the server has started again
  bool is_another_ = false;                    // the log went back to an earlier moment: no run may add to the backup
  Coverage of_restored_;                       // what restored servers reach does not count
};

}  // namespace athanor::sim
