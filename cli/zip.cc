#include "cli/zip.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace athanor::cli {
namespace {

constexpr long kFirstDayOfZip = 315'532'800;  // 1980-01-01, before which the format has no times

struct Close {
  void operator()(archive* writer) const { archive_write_free(writer); }
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

la_ssize_t append(archive*, void* out, const void* bytes, size_t size) {
  static_cast<std::string*>(out)->append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

Error cannot_write(archive* writer) {
  const char* why = archive_error_string(writer);
  return {ErrorCode::Internal,
          fmt::format("The zip could not be created: {}.", why == nullptr ? "no reason given" : why),
          {}};
}

}  // namespace

Result<std::string> make_zip(std::vector<ZipEntry> entries) {
  std::ranges::sort(entries, {}, &ZipEntry::name);
  std::string zip;
  const std::unique_ptr<archive, Close> writer{archive_write_new()};
  archive_write_set_format_zip(writer.get());
  archive_write_set_bytes_in_last_block(writer.get(), 1);
  if (archive_write_open(writer.get(), &zip, nullptr, append, nullptr) != ARCHIVE_OK) return cannot_write(writer.get());
  for (const auto& entry : entries) {
    const std::unique_ptr<archive_entry, Close> header{archive_entry_new()};
    archive_entry_set_pathname_utf8(header.get(), entry.name.c_str());
    archive_entry_set_filetype(header.get(), AE_IFREG);
    archive_entry_set_perm(header.get(), entry.executable ? 0755 : 0644);
    archive_entry_set_size(header.get(), static_cast<la_int64_t>(entry.bytes.size()));
    archive_entry_set_mtime(header.get(), kFirstDayOfZip, 0);
    if (archive_write_header(writer.get(), header.get()) < ARCHIVE_WARN) return cannot_write(writer.get());
    const auto written = archive_write_data(writer.get(), entry.bytes.data(), entry.bytes.size());
    if (written != static_cast<la_ssize_t>(entry.bytes.size())) return cannot_write(writer.get());
  }
  if (archive_write_close(writer.get()) != ARCHIVE_OK) return cannot_write(writer.get());
  return zip;
}

}  // namespace athanor::cli
