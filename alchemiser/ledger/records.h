// The outcome of each month, on disk: records that are written once and never altered.
//
// The first to record a name wins, and everyone else gets what it recorded. A record exists completely or not at all,
// whenever the process or the machine dies.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "alchemiser/ledger/locks.h"
#include "base/result.h"
#include "io/file_system.h"

namespace athanor::alchemiser {

class Records {
 public:
  // `directory` is created if missing; each record is a file in it, ending in `suffix`. Borrows `files`.
  static Result<Records> open(io::FileSystem& files, std::string directory, Pause pause, std::string suffix = ".json");

  // nullopt when nothing is recorded under that name. A name consists of letters, digits and "-_./"; others are
  // InvalidInput.
  Result<std::optional<std::string>> find(const std::string& name) const;

  // Records `bytes` unless the name is taken; returns what is recorded. On disk when it returns.
  Result<std::string> record_once(const std::string& name, std::string_view bytes);

  // For a decision based on several records: until the returned object is destroyed, others calling hold_turn wait.
  // record_once does not.
  Result<std::unique_ptr<io::File>> hold_turn() const;

  // "2004-08/plan" lives in the directory "2004-08": the names of the directories, sorted.
  Result<std::vector<std::string>> groups() const;
  // The names in one group, sorted, without the group; an empty `group` means those in no group.
  Result<std::vector<std::string>> names(const std::string& group = {}) const;

 private:
  Records(io::FileSystem& files, std::string directory, Pause pause, std::string suffix)
      : files_(&files), directory_(std::move(directory)), pause_(std::move(pause)), suffix_(std::move(suffix)) {}
  std::string path_of(const std::string& name) const { return directory_ + "/" + name + suffix_; }

  io::FileSystem* files_;
  std::string directory_;
  Pause pause_;
  std::string suffix_;
};

// The whole file; nullopt when there is none.
Result<std::optional<std::string>> read_file(io::FileSystem& files, const std::string& path);

}  // namespace athanor::alchemiser
