#include "alchemiser/ledger/journal.h"

#include <optional>

#include "base/assert.h"
#include "base/text.h"
#include "io/read_bytes.h"

namespace athanor::alchemiser {
namespace {

constexpr std::size_t kSumDigits = 16;

// FNV-1a, 64 bits: against torn writes, not against forgery.
std::string checksum(std::string_view bytes) {
  std::uint64_t sum = 0xcbf29ce484222325ULL;
  for (const char byte : bytes) sum = (sum ^ static_cast<unsigned char>(byte)) * 0x100000001b3ULL;
  std::string raw(8, '\0');
  for (std::size_t i = 0; i < raw.size(); ++i) raw[i] = static_cast<char>(sum >> (56 - 8 * i));
  return base::to_hex(raw);
}

// "<checksum> <text>" without its line feed.
std::optional<std::string> check_line(std::string_view line) {
  if (line.size() <= kSumDigits || line[kSumDigits] != ' ') return std::nullopt;
  const auto text = line.substr(kSumDigits + 1);
  if (checksum(text) != line.substr(0, kSumDigits)) return std::nullopt;
  return std::string{text};
}

}  // namespace

Result<Journal> Journal::open(io::FileSystem& files, const std::string& path) {
  Journal journal;
  auto file = files.open(path, io::OpenMode::ReadWrite);
  if (!file && file.error().code == ErrorCode::NotFound) {
    file = files.open(path, io::OpenMode::Create);
    if (file) ATHANOR_CHECK(files.sync_directory(path.substr(0, path.rfind('/'))));
  }
  if (!file) return std::move(file).error();
  journal.file_ = std::move(*file);

  ATHANOR_TRY(size, journal.file_->size_bytes());
  ATHANOR_TRY(bytes, io::read_bytes(*journal.file_, 0, size));
  std::size_t begin = 0;
  while (begin < bytes.size()) {
    const auto end = bytes.find('\n', begin);
    auto line = end == bytes.npos ? std::nullopt : check_line(std::string_view{bytes}.substr(begin, end - begin));
    if (!line) {
      // Only the last append can be torn: everything before it was synced.
      if (end != bytes.npos && end + 1 < bytes.size()) return Error{ErrorCode::Corrupt, path + " is damaged.", {}};
      ATHANOR_CHECK(journal.file_->truncate(begin));
      ATHANOR_CHECK(journal.file_->sync());
      break;
    }
    journal.lines_.push_back(std::move(*line));
    begin = end + 1;
  }
  journal.size_ = begin;
  return journal;
}

Result<void> Journal::append(std::string line) {
  ATHANOR_ASSERT(line.find('\n') == line.npos);
  const std::string bytes = checksum(line) + " " + line + "\n";
  ATHANOR_CHECK(file_->write_at(size_, bytes));
  ATHANOR_CHECK(file_->sync());
  size_ += bytes.size();
  lines_.push_back(std::move(line));
  return {};
}

}  // namespace athanor::alchemiser
