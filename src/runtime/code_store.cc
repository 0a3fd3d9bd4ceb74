#include "runtime/code_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "auth/digest.h"
#include "base/limits.h"
#include "base/text.h"
#include "runtime/unzip.h"

namespace athanor::runtime {
namespace {

namespace fs = std::filesystem;

// Everything below the directory is on stable storage when this returns: one call for a tree of files.
Result<void> sync_tree(const std::string& directory) {
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool good = descriptor >= 0 && ::syncfs(descriptor) == 0;
  if (descriptor >= 0) ::close(descriptor);
  if (good) return {};
  return Error{ErrorCode::Unavailable, "The code cannot be stored.", std::strerror(errno)};
}

}  // namespace

Result<StoredCode> CodeStore::put_zip(std::string_view zip) {
  if (zip.size() > limits::kFunctionZipBytes) {
    return Error{ErrorCode::RequestTooLarge,
                 fmt::format("The zip must be smaller than {} bytes.", limits::kFunctionZipBytes),
                 {}};
  }
  const StoredCode stored{base::to_hex(auth::sha256(zip)), zip.size()};
  const std::string path = path_of(stored.code_id);
  std::error_code error;
  if (fs::is_directory(path, error)) return stored;
  fs::create_directories(directory_, error);
  std::string temporary = directory_ + "/.unpacking-XXXXXX";
  if (::mkdtemp(temporary.data()) == nullptr)
    return Error{ErrorCode::Unavailable, "The code cannot be stored.", std::strerror(errno)};
  ::chmod(temporary.c_str(), 0755);
  auto done = unzip(zip, temporary);
  if (done) done = sync_tree(temporary);
  if (done) {
    fs::rename(temporary, path, error);
    // Somebody else may have stored the same zip meanwhile: then theirs is as good.
    if (error && !fs::is_directory(path))
      done = Error{ErrorCode::Unavailable, "The code cannot be stored.", error.message()};
    if (done) done = sync_tree(directory_);
  }
  fs::remove_all(temporary, error);
  if (!done) return done.error();
  return stored;
}

}  // namespace athanor::runtime
