#include "cli/files.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "base/limits.h"
#include "cli/zip.h"

namespace athanor::cli {
namespace {

namespace fs = std::filesystem;

Error unreadable(const std::string& path, std::string_view why) {
  return not_found(fmt::format("{} cannot be read: {}.", path, why));
}

bool is_executable(const fs::path& path) {
  std::error_code error;
  return (fs::status(path, error).permissions() & fs::perms::owner_exec) != fs::perms::none;
}

Result<std::vector<ZipEntry>> files_below(const fs::path& root) {
  std::vector<ZipEntry> entries;
  std::size_t bytes = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator at{root, error}, end; !error && at != end; at.increment(error)) {
    const fs::path& path = at->path();
    if (at->is_directory(error)) {
      // Following it could lead out of the directory, or into a loop.
      if (at->is_symlink(error))
        return unreadable(path.string(), "it is a link to a directory, which a zip cannot hold");
      continue;
    }
    if (!at->is_regular_file(error)) return unreadable(path.string(), "it is neither a file nor a directory");
    auto content = read_file(path.string());
    if (!content) return content.error();
    bytes += content->size();
    if (bytes > limits::kFunctionUnpackedBytes) {
      return invalid_input(fmt::format("{} holds more than {} bytes, the limit of a function's unpacked code.",
                                       root.string(), limits::kFunctionUnpackedBytes));
    }
    entries.push_back({path.lexically_relative(root).generic_string(), std::move(*content), is_executable(path)});
  }
  if (error) return unreadable(root.string(), error.message());
  return entries;
}

}  // namespace

Result<std::string> read_file(const std::string& path) {
  if (path == "-") return std::string{std::istreambuf_iterator<char>{std::cin}, {}};
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return unreadable(path, "it is a directory");
  std::ifstream file{path, std::ios::binary};
  if (!file) return unreadable(path, std::strerror(errno));
  std::string content{std::istreambuf_iterator<char>{file}, {}};
  if (file.bad()) return unreadable(path, std::strerror(errno));
  return content;
}

Result<std::string> read_argument(const std::string& argument) {
  if (argument == "-") return read_file("-");
  if (argument.starts_with('@')) return read_file(argument.substr(1));
  return argument;
}

Result<std::string> zip_path(const std::string& path) {
  std::error_code error;
  std::string zip;
  if (fs::is_directory(path, error)) {
    auto entries = files_below(path);
    if (!entries) return entries.error();
    if (entries->empty()) return invalid_input(fmt::format("{} is empty: there is no code to deploy.", path));
    auto made = make_zip(std::move(*entries));
    if (!made) return made.error();
    zip = std::move(*made);
  } else {
    auto content = read_file(path);
    if (!content) return content.error();
    if (path.ends_with(".zip")) {
      zip = std::move(*content);
    } else {
      auto made = make_zip({{"bootstrap", std::move(*content), is_executable(path)}});
      if (!made) return made.error();
      zip = std::move(*made);
    }
  }
  if (zip.size() > limits::kFunctionZipBytes) {
    return invalid_input(fmt::format(
        "The code at {} makes a zip of {} bytes, and Lambda's limit is {}. Strip the executable (strip -s).", path,
        zip.size(), limits::kFunctionZipBytes));
  }
  return zip;
}

}  // namespace athanor::cli
