// A disk in memory on which a process may die, or the power be cut, at any operation. For tests.
#pragma once

#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "io/file_system.h"

namespace athanor::alchemiser {

class CrashDisk final : public io::FileSystem {
 public:
  // After this many operations every further one fails: the process is dead.
  std::uint64_t operations_left = std::numeric_limits<std::uint64_t>::max();
  bool has_crashed() const { return crashed_; }

  // After this many more operations, calls `with` once, in the middle of whatever is running.
  void interrupt(std::uint64_t operations, std::function<void()> with) {
    operations_to_interrupt_ = operations;
    interrupt_ = std::move(with);
  }
  bool was_interrupted() const { return !interrupt_; }

  // What a killed process leaves: all its writes, and no locks.
  void restart_after_kill() {
    locks_.clear();
    crashed_ = false;
    operations_left = std::numeric_limits<std::uint64_t>::max();
  }

  // What a power cut leaves: what was synced, and half of each write that was not.
  void restart_after_power_cut() {
    restart_after_kill();
    names_ = synced_names_;
    for (auto& [path, node] : names_) {
      const std::size_t kept = node->synced.size();
      std::string torn = node->synced;
      if (node->live.size() > kept) torn += node->live.substr(kept, (node->live.size() - kept) / 2);
      node->live = node->synced = torn;
    }
  }

  Result<std::unique_ptr<io::File>> open(const std::string& path, io::OpenMode mode) override {
    ATHANOR_CHECK(operate());
    auto found = names_.find(path);
    if (mode == io::OpenMode::Create) {
      if (found != names_.end()) return Error{ErrorCode::AlreadyExists, path, {}};
      found = names_.emplace(path, std::make_shared<Node>()).first;
    }
    if (found == names_.end()) return not_found(path);
    return std::unique_ptr<io::File>(std::make_unique<OpenFile>(*this, found->second));
  }

  Result<std::vector<std::string>> list(const std::string& directory) override {
    ATHANOR_CHECK(operate());
    std::set<std::string> names;
    const std::string prefix = directory + "/";
    for (const auto& path : directories_) add_child(path, prefix, names);
    for (const auto& [path, node] : names_) add_child(path, prefix, names);
    return std::vector<std::string>(names.begin(), names.end());
  }

  Result<void> create_directories(const std::string& path) override {
    ATHANOR_CHECK(operate());
    directories_.insert(path);
    return {};
  }

  Result<void> rename(const std::string& from, const std::string& to) override {
    ATHANOR_CHECK(operate());
    const auto found = names_.find(from);
    if (found == names_.end()) return not_found(from);
    auto node = found->second;
    names_.erase(found);
    names_[to] = std::move(node);
    return {};
  }

  Result<void> remove(const std::string& path) override {
    ATHANOR_CHECK(operate());
    if (names_.erase(path) == 0) return not_found(path);
    return {};
  }

  Result<void> sync_directory(const std::string& path) override {
    ATHANOR_CHECK(operate());
    const auto in_directory = [&](const std::string& name) { return name.substr(0, name.rfind('/')) == path; };
    std::erase_if(synced_names_, [&](const auto& entry) { return in_directory(entry.first); });
    for (const auto& [name, node] : names_) {
      if (in_directory(name)) synced_names_[name] = node;
    }
    return {};
  }

  Result<std::unique_ptr<io::File>> lock(const std::string& path) override {
    ATHANOR_CHECK(operate());
    const std::string directory = path.substr(0, path.rfind('/'));  // held with it, as the real disk does
    if (!locks_.insert(directory).second) return Error{ErrorCode::AlreadyExists, path + " is held.", {}};
    return std::unique_ptr<io::File>(std::make_unique<HeldLock>(*this, directory));
  }

 private:
  struct Node {
    std::string live;
    std::string synced;
  };

  class OpenFile : public io::File {
   public:
    OpenFile(CrashDisk& disk, std::shared_ptr<Node> node) : disk_(disk), node_(std::move(node)) {}
    Result<std::size_t> read_at(std::uint64_t offset, char* out, std::size_t size) const override {
      ATHANOR_CHECK(disk_.operate());
      if (offset >= node_->live.size()) return std::size_t{0};
      return node_->live.copy(out, size, offset);
    }
    Result<void> write_at(std::uint64_t offset, std::string_view bytes) override {
      ATHANOR_CHECK(disk_.operate());
      if (node_->live.size() < offset + bytes.size()) node_->live.resize(offset + bytes.size());
      node_->live.replace(offset, bytes.size(), bytes);
      return {};
    }
    Result<void> sync() override {
      ATHANOR_CHECK(disk_.operate());
      node_->synced = node_->live;
      return {};
    }
    Result<std::uint64_t> size_bytes() const override {
      ATHANOR_CHECK(disk_.operate());
      return std::uint64_t{node_->live.size()};
    }
    Result<void> truncate(std::uint64_t size) override {
      ATHANOR_CHECK(disk_.operate());
      node_->live.resize(size);
      return {};
    }
    Result<void> allocate(std::uint64_t size) override {
      ATHANOR_CHECK(disk_.operate());
      if (node_->live.size() < size) node_->live.resize(size);
      return {};
    }

   private:
    CrashDisk& disk_;
    std::shared_ptr<Node> node_;
  };

  class HeldLock : public OpenFile {
   public:
    HeldLock(CrashDisk& disk, std::string path)
        : OpenFile(disk, std::make_shared<Node>()), disk_(disk), path_(std::move(path)) {}
    ~HeldLock() override { disk_.locks_.erase(path_); }

   private:
    CrashDisk& disk_;
    std::string path_;
  };

  Result<void> operate() {
    if (operations_left == 0) {
      crashed_ = true;
      return Error{ErrorCode::Unavailable, "the process is dead", {}};
    }
    --operations_left;
    if (interrupt_ && operations_to_interrupt_-- == 0) std::exchange(interrupt_, nullptr)();
    return {};
  }

  static void add_child(const std::string& path, const std::string& prefix, std::set<std::string>& names) {
    if (path.starts_with(prefix))
      names.insert(path.substr(prefix.size(), path.find('/', prefix.size()) - prefix.size()));
  }

  std::map<std::string, std::shared_ptr<Node>> names_;
  std::map<std::string, std::shared_ptr<Node>> synced_names_;
  std::set<std::string> directories_;
  std::set<std::string> locks_;
  bool crashed_ = false;
  std::uint64_t operations_to_interrupt_ = 0;
  std::function<void()> interrupt_;
};

}  // namespace athanor::alchemiser
