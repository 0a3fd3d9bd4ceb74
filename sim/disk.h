// A disk in memory that does what disks do on bad days: loses what was not synced, tears it, fails, fills up, rots.
//
// It keeps two states: what a reader sees (the page cache) and what is durable. A power cut keeps the second and some
// of the first; `seed` decides how much. Everything that changes the disk counts as one operation: create, write,
// truncate, sync, rename, remove, directory sync, create directories.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "io/file_system.h"

namespace athanor::sim {

inline constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

// Which of the unsynced changes survive a power cut.
enum class Survival : std::uint8_t {
  Prefix,   // a prefix of their bytes, in the order they were made
  Sectors,  // any of the 512-byte sectors they touch, with zeros where a sector in between was never written
};

// Which operations answer EIO.
enum class Failing : std::uint8_t {
  Any,  // except reads
  Write,
  Sync,
  Read,  // of a file's bytes
};
struct Failure {
  Failing operations = Failing::Any;
  std::uint64_t after = kNever;  // the operation after this many
  bool sticky = false;           // and all that follow
};

struct DiskSettings {
  std::uint64_t seed = 1;
  Survival survival = Survival::Sectors;
  bool loses_names = true;  // a power cut may undo changes to names since their directory was synced
  std::uint64_t power_cut_after_operations = kNever;  // the next one is interrupted midway
  Failure failure = {};
  std::uint64_t capacity_bytes = kNever;  // over all files; DiskFull beyond
};

// Thread-safe. Paths are taken literally: no "." or "..".
class Disk final : public io::FileSystem {
 public:
  explicit Disk(DiskSettings settings = {});
  ~Disk() override;

  Result<std::unique_ptr<io::File>> open(const std::string& path, io::OpenMode mode) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;
  Result<void> create_directories(const std::string& path) override;  // durable when it returns
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> remove(const std::string& path) override;
  Result<void> sync_directory(const std::string& path) override;
  Result<std::unique_ptr<io::File>> lock(const std::string& path) override;

  void cut_power();                                // now
  void cut_power_after(std::uint64_t operations);  // from now
  // Files opened before answer Unavailable for ever. Cuts the power first if it is still on.
  void restore_power();
  bool was_cut() const;                // since construction, or the last cut_power_after
  std::uint64_t power_losses() const;  // so far, after which power was restored
  std::uint64_t operations() const;    // so far
  std::uint64_t reads() const;         // so far, of files' bytes; not operations, since they change nothing

  void fail(Failure failure);  // counted from now; failing reads are kept apart from other failures
  void heal();
  void set_capacity(std::uint64_t bytes);
  std::uint64_t used_bytes() const;  // of all files
  // From now on every sync reports success and does nothing.
  void lie_about_syncs(bool lies);

  // Damages both states of the file. False when it has no such byte.
  bool flip_bit(const std::string& path, std::uint64_t offset, unsigned bit = 0);
  std::optional<std::string> contents(const std::string& path) const;  // as a reader sees them
  // Another disk with the same files, names and unsynced changes, and no faults: to try something out on.
  std::unique_ptr<Disk> copy() const;

 private:
  class OpenFile;
  class HeldLock;
  struct Inode;

  struct NameChange {
    std::string directory;
    std::string gone;                // empty: no name
    std::string there;               // empty: no name
    std::shared_ptr<Inode> inode{};  // of `there`
  };
  using Names = std::map<std::string, std::shared_ptr<Inode>>;

  enum class Turn : std::uint8_t { Goes, Fails, Caught, Dark };
  Turn next_operation(Failing kind);
  bool next_read_fails();
  Result<void> change_name(NameChange change);
  Result<void> write(Inode& inode, std::uint64_t offset, std::string_view bytes);
  Result<void> sync(Inode& inode);
  Result<void> truncate(Inode& inode, std::uint64_t size);
  void settle(Inode& inode);  // some of the unsynced changes become durable
  std::uint64_t used() const;
  static void apply(const NameChange& change, Names& names);

  mutable std::mutex mutex_;
  base::Random random_;
  const Survival survival_;
  const bool loses_names_;
  bool lies_ = false;
  std::uint64_t capacity_bytes_;
  Failure failure_;
  std::uint64_t failing_seen_ = 0;  // operations of the failing kind since fail()
  Failure failing_reads_;
  std::uint64_t failing_reads_seen_ = 0;

  bool powered_ = true;
  bool was_cut_ = false;
  std::uint64_t cut_at_;  // operation number
  std::uint64_t operations_ = 0;
  std::uint64_t reads_ = 0;
  std::uint64_t generation_ = 0;  // of open files: one more each time power is restored

  Names names_;
  Names durable_names_;
  std::vector<NameChange> pending_names_;
  std::set<std::string> directories_;
  std::map<std::string, bool> locks_;  // by path: whether it is held; lock files are empty and never listed
};

}  // namespace athanor::sim
