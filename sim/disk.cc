#include "sim/disk.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace athanor::sim {
namespace {

constexpr std::uint64_t kSectorBytes = 512;

Error no_power() { return {ErrorCode::Unavailable, "The power is cut.", {}}; }
Error failed(std::string_view doing) { return {ErrorCode::Unavailable, fmt::format("Cannot {}: EIO.", doing), {}}; }

std::string directory_of(const std::string& path) {
  const auto slash = path.find_last_of('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

// Whether the operation after `seen` of those that may fail does fail.
bool is_due(const Failure& failure, std::uint64_t seen) {
  return seen == failure.after || (failure.sticky && seen > failure.after);
}

void write_into(std::string& contents, std::uint64_t offset, std::string_view bytes) {
  if (contents.size() < offset + bytes.size()) contents.resize(offset + bytes.size(), '\0');
  contents.replace(offset, bytes.size(), bytes);
}

}  // namespace

struct Disk::Inode {
  struct Change {
    bool truncation = false;
    std::uint64_t offset = 0;  // for a truncation, the new size
    std::string bytes;
  };
  std::string seen;
  std::string durable;
  std::vector<Change> pending;  // what was done to `seen` since the last sync

  void apply(const Change& change) {
    if (change.truncation) {
      durable.resize(change.offset, '\0');
    } else {
      write_into(durable, change.offset, change.bytes);
    }
  }
};

class Disk::OpenFile final : public io::File {
 public:
  OpenFile(Disk& disk, std::string path, std::shared_ptr<Inode> inode, bool writable)
      : disk_(disk),
        path_(std::move(path)),
        inode_(std::move(inode)),
        generation_(disk.generation_),
        writable_(writable) {}

  Result<std::size_t> read_at(std::uint64_t offset, char* out, std::size_t size) const override {
    const std::lock_guard lock(disk_.mutex_);
    if (is_dead()) return no_power();
    if (disk_.next_read_fails()) return failed(fmt::format("read byte {} of {}", offset, path_));
    if (offset >= inode_->seen.size()) return std::size_t{0};
    return inode_->seen.copy(out, size, offset);
  }
  Result<void> write_at(std::uint64_t offset, std::string_view bytes) override {
    const std::lock_guard lock(disk_.mutex_);
    if (is_dead()) return no_power();
    if (!writable_) return failed("write to a file opened for reading");
    return disk_.write(*inode_, offset, bytes);
  }
  Result<void> sync() override {
    const std::lock_guard lock(disk_.mutex_);
    if (is_dead()) return no_power();
    return disk_.sync(*inode_);
  }
  Result<std::uint64_t> size_bytes() const override {
    const std::lock_guard lock(disk_.mutex_);
    if (is_dead()) return no_power();
    return std::uint64_t{inode_->seen.size()};
  }
  Result<void> truncate(std::uint64_t size) override {
    const std::lock_guard lock(disk_.mutex_);
    if (is_dead()) return no_power();
    if (!writable_) return failed("truncate a file opened for reading");
    return disk_.truncate(*inode_, size);
  }
  Result<void> allocate(std::uint64_t size) override {
    const std::lock_guard lock(disk_.mutex_);
    if (is_dead()) return no_power();
    if (!writable_) return failed("allocate in a file opened for reading");
    const std::uint64_t there = inode_->seen.size();
    return size <= there ? Result<void>{} : disk_.write(*inode_, there, std::string(size - there, '\0'));
  }

 protected:
  bool is_dead() const { return !disk_.powered_ || generation_ != disk_.generation_; }

  Disk& disk_;
  const std::string path_;  // when it was opened
  const std::shared_ptr<Inode> inode_;
  const std::uint64_t generation_;
  const bool writable_;
};

// A lock file: never read or written.
class Disk::HeldLock final : public io::File {
 public:
  HeldLock(Disk& disk, std::string path) : disk_(disk), path_(std::move(path)), generation_(disk.generation_) {}
  HeldLock(const HeldLock&) = delete;
  HeldLock& operator=(const HeldLock&) = delete;
  ~HeldLock() override {
    const std::lock_guard lock(disk_.mutex_);
    if (generation_ == disk_.generation_) disk_.locks_[path_] = false;
  }
  Result<std::size_t> read_at(std::uint64_t, char*, std::size_t) const override { return std::size_t{0}; }
  Result<void> write_at(std::uint64_t, std::string_view) override { return failed("write to a lock"); }
  Result<void> sync() override { return {}; }
  Result<std::uint64_t> size_bytes() const override { return std::uint64_t{0}; }
  Result<void> truncate(std::uint64_t) override { return failed("truncate a lock"); }
  Result<void> allocate(std::uint64_t) override { return failed("allocate in a lock"); }

 private:
  Disk& disk_;
  const std::string path_;
  const std::uint64_t generation_;
};

Disk::Disk(DiskSettings settings)
    : random_(settings.seed),
      survival_(settings.survival),
      loses_names_(settings.loses_names),
      capacity_bytes_(settings.capacity_bytes),
      cut_at_(settings.power_cut_after_operations) {
  fail(settings.failure);
}

Disk::~Disk() = default;

// --- Operations

Disk::Turn Disk::next_operation(Failing kind) {
  if (!powered_) return Turn::Dark;
  if (operations_++ >= cut_at_) {
    powered_ = false;
    was_cut_ = true;
    return Turn::Caught;
  }
  if (failure_.operations != Failing::Any && failure_.operations != kind) return Turn::Goes;
  return is_due(failure_, failing_seen_++) ? Turn::Fails : Turn::Goes;
}

bool Disk::next_read_fails() {
  ++reads_;
  return is_due(failing_reads_, failing_reads_seen_++);
}

Result<std::unique_ptr<io::File>> Disk::open(const std::string& path, io::OpenMode mode) {
  const std::lock_guard lock(mutex_);
  if (!powered_) return no_power();
  const auto found = names_.find(path);
  if (mode == io::OpenMode::Read && locks_.contains(path)) {
    return std::unique_ptr<io::File>(std::make_unique<OpenFile>(*this, path, std::make_shared<Inode>(), false));
  }
  if (mode != io::OpenMode::Create) {
    if (found == names_.end()) return not_found(fmt::format("Cannot open {}: no such file.", path));
  } else {
    if (found != names_.end()) {
      return Error{ErrorCode::AlreadyExists, fmt::format("Cannot create {}: the file exists.", path), {}};
    }
    if (!directories_.contains(directory_of(path))) {
      return not_found(fmt::format("Cannot create {}: no such directory.", path));
    }
    ATHANOR_CHECK(change_name({.directory = directory_of(path), .there = path, .inode = std::make_shared<Inode>()}));
  }
  return std::unique_ptr<io::File>(
      std::make_unique<OpenFile>(*this, path, names_.at(path), mode != io::OpenMode::Read));
}

Result<std::vector<std::string>> Disk::list(const std::string& directory) {
  const std::lock_guard lock(mutex_);
  if (!powered_) return no_power();
  if (!directories_.contains(directory)) {
    return not_found(fmt::format("Cannot list {}: no such directory.", directory));
  }
  std::set<std::string> names;
  const auto take = [&](const std::string& path) {
    if (path != directory && directory_of(path) == directory) names.insert(path.substr(directory.size() + 1));
  };
  for (const auto& [path, inode] : names_) take(path);
  for (const auto& path : directories_) take(path);
  return std::vector<std::string>(names.begin(), names.end());
}

Result<void> Disk::create_directories(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (!powered_) return no_power();
  if (directories_.contains(path)) return {};
  const Turn turn = next_operation(Failing::Any);
  if (turn == Turn::Fails) return failed("create " + path);
  if (turn == Turn::Goes || random_.one_in(2)) {
    for (std::string at = path; !at.empty() && at != "."; at = directory_of(at)) directories_.insert(at);
  }
  if (turn == Turn::Caught) return no_power();
  return {};
}

Result<void> Disk::rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  if (!powered_) return no_power();
  const auto found = names_.find(from);
  if (found == names_.end()) return not_found(fmt::format("Cannot rename {}: no such file.", from));
  return change_name({.directory = directory_of(to), .gone = from, .there = to, .inode = found->second});
}

Result<void> Disk::remove(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (!powered_) return no_power();
  if (!names_.contains(path)) return not_found(fmt::format("Cannot remove {}: no such file.", path));
  return change_name({.directory = directory_of(path), .gone = path});
}

Result<void> Disk::change_name(NameChange change) {
  const Turn turn = next_operation(Failing::Any);
  if (turn == Turn::Fails) return failed("change a name in " + change.directory);
  apply(change, names_);
  pending_names_.push_back(std::move(change));
  if (turn == Turn::Caught) return no_power();
  return {};
}

void Disk::apply(const NameChange& change, Names& names) {
  if (!change.gone.empty()) names.erase(change.gone);
  if (!change.there.empty()) names[change.there] = change.inode;
}

Result<void> Disk::sync_directory(const std::string& path) {
  const std::lock_guard lock(mutex_);
  const Turn turn = next_operation(Failing::Sync);
  if (turn == Turn::Dark || turn == Turn::Caught) return no_power();
  if (turn == Turn::Fails) return failed("sync " + path);
  if (lies_) return {};
  std::erase_if(pending_names_, [&](const NameChange& change) {
    if (change.directory != path) return false;
    apply(change, durable_names_);
    return true;
  });
  return {};
}

Result<std::unique_ptr<io::File>> Disk::lock(const std::string& path) {
  const std::lock_guard guard(mutex_);
  if (!powered_) return no_power();
  if (std::exchange(locks_[path], true)) return Error{ErrorCode::AlreadyExists, fmt::format("{} is held.", path), {}};
  return std::unique_ptr<io::File>(std::make_unique<HeldLock>(*this, path));
}

Result<void> Disk::write(Inode& inode, std::uint64_t offset, std::string_view bytes) {
  const Turn turn = next_operation(Failing::Write);
  if (turn == Turn::Dark) return no_power();
  bool is_full = false;
  if (turn == Turn::Fails) {
    bytes = bytes.substr(0, random_.below(bytes.size() + 1));  // how much was written is unknown
  } else if (const std::uint64_t end = offset + bytes.size(); end > inode.seen.size()) {
    const std::uint64_t in_use = used();
    const std::uint64_t free = in_use < capacity_bytes_ ? capacity_bytes_ - in_use : 0;
    if (end - inode.seen.size() > free) {
      const std::uint64_t fits = inode.seen.size() + free;
      bytes = bytes.substr(0, fits > offset ? fits - offset : 0);
      is_full = true;
    }
  }
  if (!bytes.empty()) {
    write_into(inode.seen, offset, bytes);
    inode.pending.push_back({.offset = offset, .bytes = std::string(bytes)});
  }
  if (turn == Turn::Caught) return no_power();
  if (turn == Turn::Fails) return failed("write");
  if (is_full) return Error{ErrorCode::DiskFull, "Cannot write: no space left.", {}};
  return {};
}

Result<void> Disk::truncate(Inode& inode, std::uint64_t size) {
  const Turn turn = next_operation(Failing::Write);
  if (turn == Turn::Dark) return no_power();
  if (turn == Turn::Fails) return failed("truncate");
  inode.seen.resize(size, '\0');
  inode.pending.push_back({.truncation = true, .offset = size});
  if (turn == Turn::Caught) return no_power();
  return {};
}

Result<void> Disk::sync(Inode& inode) {
  const Turn turn = next_operation(Failing::Sync);
  if (turn == Turn::Dark || turn == Turn::Caught) return no_power();
  if (turn == Turn::Fails) {
    // As on ext4: the unwritten data now counts as clean, a reader still sees it, and the next sync succeeds without
    // having written it.
    settle(inode);
    return failed("sync");
  }
  if (lies_) return {};
  for (const auto& change : inode.pending) inode.apply(change);
  inode.pending.clear();
  return {};
}

std::uint64_t Disk::used() const {
  std::uint64_t bytes = 0;
  for (const auto& [path, inode] : names_) bytes += inode->seen.size();
  return bytes;
}

// --- Power

// Most cuts leave a mixture; some leave nothing or everything, which exposes other kinds of mistakes.
void Disk::settle(Inode& inode) {
  const std::uint64_t keeps_of_eight = random_.one_in(4) ? (random_.one_in(2) ? 8 : 0) : 1 + random_.below(7);
  const auto keeps = [&] { return random_.below(8) < keeps_of_eight; };
  if (survival_ == Survival::Prefix) {
    std::uint64_t bytes = 0;
    for (const auto& change : inode.pending) bytes += change.bytes.size() + 1;
    std::uint64_t left = keeps_of_eight == 8 ? bytes : keeps_of_eight == 0 ? 0 : random_.below(bytes + 1);
    for (const auto& change : inode.pending) {
      if (left == 0) break;
      --left;  // a truncation or the start of a write counts as one byte
      if (change.truncation) {
        inode.durable.resize(change.offset, '\0');
      } else {
        const std::uint64_t size = std::min<std::uint64_t>(left, change.bytes.size());
        if (size > 0) write_into(inode.durable, change.offset, std::string_view(change.bytes).substr(0, size));
        left -= size;
        if (size < change.bytes.size()) break;
      }
    }
  } else {
    std::set<std::uint64_t> stopped;  // sectors that missed a change, and so miss all later ones
    for (const auto& change : inode.pending) {
      if (change.truncation) {
        if (keeps()) inode.durable.resize(change.offset, '\0');
        continue;
      }
      for (std::uint64_t at = 0; at < change.bytes.size();) {
        const std::uint64_t offset = change.offset + at;
        const std::uint64_t size =
            std::min<std::uint64_t>(kSectorBytes - offset % kSectorBytes, change.bytes.size() - at);
        if (!stopped.contains(offset / kSectorBytes)) {
          if (keeps()) {
            write_into(inode.durable, offset, std::string_view(change.bytes).substr(at, size));
          } else {
            stopped.insert(offset / kSectorBytes);
          }
        }
        at += size;
      }
    }
    // The new size may be durable without the data.
    if (inode.durable.size() < inode.seen.size() && random_.one_in(3)) inode.durable.resize(inode.seen.size(), '\0');
  }
  inode.pending.clear();
}

void Disk::restore_power() {
  const std::lock_guard lock(mutex_);
  if (!loses_names_) {
    for (const auto& change : pending_names_) apply(change, durable_names_);
  } else if (survival_ == Survival::Prefix) {
    pending_names_.resize(random_.below(pending_names_.size() + 1));
    for (const auto& change : pending_names_) apply(change, durable_names_);
  } else {
    for (const auto& change : pending_names_) {
      if (random_.one_in(2)) apply(change, durable_names_);
    }
  }
  pending_names_.clear();
  for (auto& [path, inode] : durable_names_) {
    settle(*inode);
    inode->seen = inode->durable;
  }
  names_ = durable_names_;
  locks_.clear();
  ++generation_;
  powered_ = true;
  cut_at_ = kNever;
}

void Disk::cut_power() {
  const std::lock_guard lock(mutex_);
  powered_ = false;
  was_cut_ = true;
}

void Disk::cut_power_after(std::uint64_t operations) {
  const std::lock_guard lock(mutex_);
  cut_at_ = operations == kNever ? kNever : operations_ + operations;
  was_cut_ = false;
}

bool Disk::was_cut() const {
  const std::lock_guard lock(mutex_);
  return was_cut_;
}

std::uint64_t Disk::power_losses() const {
  const std::lock_guard lock(mutex_);
  return generation_;
}

std::uint64_t Disk::operations() const {
  const std::lock_guard lock(mutex_);
  return operations_;
}

std::uint64_t Disk::reads() const {
  const std::lock_guard lock(mutex_);
  return reads_;
}

// --- Faults

void Disk::fail(Failure failure) {
  const std::lock_guard lock(mutex_);
  const bool is_of_reads = failure.operations == Failing::Read;
  (is_of_reads ? failing_reads_ : failure_) = failure;
  (is_of_reads ? failing_reads_seen_ : failing_seen_) = 0;
}

void Disk::heal() {
  fail({});
  fail({.operations = Failing::Read});
}

void Disk::set_capacity(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  capacity_bytes_ = bytes;
}

std::uint64_t Disk::used_bytes() const {
  const std::lock_guard lock(mutex_);
  return used();
}

void Disk::lie_about_syncs(bool lies) {
  const std::lock_guard lock(mutex_);
  lies_ = lies;
}

bool Disk::flip_bit(const std::string& path, std::uint64_t offset, unsigned bit) {
  const std::lock_guard lock(mutex_);
  const auto found = names_.find(path);
  if (found == names_.end() || offset >= found->second->seen.size()) return false;
  const char mask = static_cast<char>(1U << (bit % 8));
  found->second->seen[offset] ^= mask;
  if (offset < found->second->durable.size()) found->second->durable[offset] ^= mask;
  return true;
}

std::optional<std::string> Disk::contents(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  const auto found = names_.find(path);
  if (found == names_.end()) return std::nullopt;
  return found->second->seen;
}

std::unique_ptr<Disk> Disk::copy() const {
  const std::lock_guard lock(mutex_);
  auto other = std::make_unique<Disk>(DiskSettings{.survival = survival_, .loses_names = loses_names_});
  std::map<const Inode*, std::shared_ptr<Inode>> inodes;  // a file is copied once, whatever names it has and had
  const auto copied = [&](const std::shared_ptr<Inode>& inode) {
    auto& there = inodes[inode.get()];
    if (!there && inode) there = std::make_shared<Inode>(*inode);
    return there;
  };
  for (const auto& [path, inode] : names_) other->names_[path] = copied(inode);
  for (const auto& [path, inode] : durable_names_) other->durable_names_[path] = copied(inode);
  for (const NameChange& change : pending_names_) {
    other->pending_names_.push_back(change);
    other->pending_names_.back().inode = copied(change.inode);
  }
  other->directories_ = directories_;
  return other;
}

}  // namespace athanor::sim
