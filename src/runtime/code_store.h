// Function code: packages (zips as uploaded), named by their hash, and what is unpacked from them.
//
//   <hash>.zip       a package; it and its name are synced before put_zip returns
//   <hash>.zip.tmp   a package being written; removed at the next start
//   <hash>/          unpacked: a cache, made again from its package if it is missing
//   .unpacking-*     being unpacked, renamed when whole; .removing-* being removed; both removed at the next start
//
// Packages go through io::FileSystem, so that tests can fail the disk and cut its power; unpacked code does not.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/crash_points.h"
#include "io/file_system.h"

namespace athanor::runtime {

// Where packages are in a data directory, and in a backup.
inline constexpr std::string_view kCodeDirectory = "functions/code";

// As long as one of these lives, its code is not removed.
using CodeHold = std::shared_ptr<const void>;

struct StoredCode {
  std::string code_id;  // SHA-256 of the zip, hexadecimal
  std::uint64_t size_bytes = 0;
  CodeHold hold{};  // until a function names the code
};

struct UnpackedCode {
  std::string directory;
  CodeHold hold;
};

// Any thread. Everything but `unused` blocks.
class CodeStore {
 public:
  // `unpacked` is a directory of the real machine, whatever `files` is; it may be `packages`.
  CodeStore(io::FileSystem& files, std::string packages, std::string unpacked);

  // Removes what a crash has left half made, and learns what exists. Called once, before anything else.
  Result<void> open();

  // Unpacks the zip, and stores it durably. A package that exists and is whole is left as it is, and so is its unpacked
  // copy; what is damaged is replaced. After an error nothing is stored that was not before.
  //
  //   InvalidZipFile, RequestTooLarge  the caller's zip is not one (unzip.h), or is over 50 MiB
  //   DiskFull, Unavailable            a write or sync failed
  Result<StoredCode> put_zip(std::string_view zip);

  // Where the code is unpacked. Unpacks it first if necessary, which takes as long as an upload.
  //
  //   Corrupt   the package is not what was stored; names the file
  //   NotFound  there is no package
  Result<UnpackedCode> unpack(const std::string& code_id);

  // Whether there is a package, damaged or not.
  bool has(const std::string& code_id) const;

  // The code that nothing uses: not in `named`, not held, and so at the previous call, too, so that a start under way
  // has taken its hold by now. The first call after open() treats everything that exists as found unused before. Call
  // it where `named` is decided: from then on only a hold saves code. Does not block.
  std::vector<std::string> unused(const std::set<std::string>& named);
  // Removes what was found unused and not held since, as far as the disk allows; the next start tries again.
  void remove(const std::vector<std::string>& unused);

 private:
  CodeHold hold(const std::string& code_id);
  std::string package_path(std::string_view code_id) const;
  std::string unpacked_path(std::string_view code_id) const;
  Result<void> write_package(const std::string& code_id, std::string_view zip);
  Result<void> unpack_aside(const std::string& code_id, std::string_view zip) const;

  io::FileSystem& files_;
  const std::string packages_;
  const std::string unpacked_;

  std::mutex storing_;             // one package at a time
  std::set<std::string> durable_;  // packages whose name is durable; guarded by `storing_`

  mutable std::mutex mutex_;         // guards the rest
  std::set<std::string> there_;      // in any form
  std::set<std::string> idle_;       // found unused when last asked
  std::set<std::string> condemned_;  // to be removed, unless held before that
  std::string going_;                // being removed: whoever wants to hold it waits
  std::condition_variable gone_;
  std::map<std::string, std::weak_ptr<const void>> holds_;
};

// Whether a file in the packages' directory is a package, by its name.
bool is_package(std::string_view name);
// The package's bytes. Corrupt, naming the file, when they do not have the hash in its name.
Result<std::string> read_package(io::FileSystem& files, const std::string& path);

// Every package in the directory of a stopped server, read and compared with the hash in its name.
struct PackagesReport {
  std::uint64_t sound = 0;
  std::vector<Error> damaged;  // or refused by the disk; each names its file
};
Result<PackagesReport> check_packages(io::FileSystem& files, const std::string& packages);

// The steps in which packages are written and removed.
io::CrashPoints code_crash_points();

}  // namespace athanor::runtime
