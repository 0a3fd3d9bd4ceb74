#include "storage/embedded/snapshot_file.h"

#include <fmt/format.h>

#include "base/planted.h"
#include "io/read_bytes.h"
#include "storage/embedded/format.h"
#include "storage/embedded/new_file.h"

namespace athanor::storage {

Result<void> write_snapshot(io::FileSystem& files, const std::string& directory, const log::Snapshot& snapshot) {
  ATHANOR_TRY(file, NewFile::begin(files, directory, snapshot_name(snapshot.position.value)));
  // Allocated first, so that nothing is written if there is no room.
  ATHANOR_CHECK(file->allocate(kSnapshotHeaderBytes + snapshot.state.size()));
  ATHANOR_CHECK(file->write_at(0, encode_snapshot_header(snapshot.position.value, snapshot.state)));
  ATHANOR_CHECK(file->write_at(kSnapshotHeaderBytes, snapshot.state));
  if (!base::planted(base::Bug::SkipSnapshotSync)) ATHANOR_CHECK(file->sync());
  ATHANOR_CHECK(file.take_name());
  return files.sync_directory(directory);
}

Result<log::Snapshot> read_snapshot(io::FileSystem& files, const std::string& directory, std::uint64_t position,
                                    const CheckState& check_state) {
  const std::string path = directory + "/" + snapshot_name(position);
  ATHANOR_TRY(file, files.open(path, io::OpenMode::Read));
  ATHANOR_TRY(size, file->size_bytes());
  // A file longer than its state is damaged: no more of it is read than shows that.
  std::uint64_t state_bytes = 0;
  ATHANOR_TRY(in_header, file->read_at(24, reinterpret_cast<char*>(&state_bytes), sizeof state_bytes));
  if (in_header == sizeof state_bytes && size > kSnapshotHeaderBytes && state_bytes < size - kSnapshotHeaderBytes)
    size = kSnapshotHeaderBytes + state_bytes + 1;
  ATHANOR_TRY(bytes, io::read_bytes(*file, 0, size));
  auto state = decode_snapshot(bytes, position);
  if (!state) return about_file(path, state.error());
  bytes.erase(0, kSnapshotHeaderBytes);
  if (check_state && !check_state(bytes))
    return corrupt(fmt::format("{} is undamaged, but holds no state of a server.", path));
  return log::Snapshot{log::LogPosition{position}, std::move(bytes)};
}

Result<void> check_snapshot_version(io::FileSystem& files, const std::string& directory, std::uint64_t position) {
  ATHANOR_TRY(file, files.open(directory + "/" + snapshot_name(position), io::OpenMode::Read));
  std::uint32_t version = 0;
  ATHANOR_TRY(read, file->read_at(8, reinterpret_cast<char*>(&version), sizeof version));
  if (read == sizeof version && version == kFormatVersion) return {};
  // Only the whole file tells whether it is another version or these bytes are damaged.
  const auto snapshot = read_snapshot(files, directory, position);
  return !snapshot && snapshot.error().code != ErrorCode::Corrupt ? snapshot.error() : Result<void>{};
}

}  // namespace athanor::storage
