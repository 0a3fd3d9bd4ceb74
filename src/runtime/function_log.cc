#include "runtime/function_log.h"

#include <chrono>

#include "base/text.h"

namespace athanor::runtime {
namespace {

constexpr std::uint64_t kFileBytes = 16 * 1'048'576;
// Somebody else may remove a file, to have a new one begun.
constexpr std::chrono::seconds kLookAgainAfter{1};

}  // namespace

FunctionLog::Open* FunctionLog::open(const std::string& name, base::Time time) {
  const auto it = open_.find(name);
  if (it != open_.end() && std::chrono::abs(time - it->second.opened) < kLookAgainAfter) return &it->second;
  open_.erase(name);
  const std::string folder = directory_ + "/aws/lambda";
  const std::string path = folder + "/" + name + ".log";
  auto file = files_.open(path, io::OpenMode::ReadWrite);
  if (!file && files_.create_directories(folder)) file = files_.open(path, io::OpenMode::Create);
  if (!file) return nullptr;
  if (open_.size() >= open_files_max_) open_.clear();
  return &open_.emplace(name, Open{*std::move(file), time}).first->second;
}

void FunctionLog::append(const std::string& name, std::string_view stream, base::Time time, std::string_view text) {
  Open* log = open(name, time);
  if (log == nullptr) return;
  auto size = log->file->size_bytes();  // each time: somebody else may truncate it
  if (size.value_or(0) > kFileBytes) {
    open_.erase(name);
    const std::string path = directory_ + "/aws/lambda/" + name + ".log";
    if (!files_.rename(path, path + ".1")) return;
    log = open(name, time);
    if (log == nullptr) return;
    size = log->file->size_bytes();
  }
  while (text.ends_with('\n')) text.remove_suffix(1);
  const std::string before = base::to_iso8601_millis(time) + " " + std::string{stream} + " ";
  std::string lines;
  for (std::string_view line : base::split(text, '\n')) {
    do {
      const std::string_view piece = base::utf8_beginning(line, kLogLineBytes);
      lines.append(before).append(piece).append("\n");
      line.remove_prefix(piece.size());
    } while (!line.empty());
  }
  (void)log->file->write_at(size.value_or(0), lines).has_value();
}

}  // namespace athanor::runtime
