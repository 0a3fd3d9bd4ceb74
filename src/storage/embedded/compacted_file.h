// One compacted segment: written whole under a temporary name, read by position and in order.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/file_system.h"
#include "storage/embedded/compacted_format.h"
#include "storage/embedded/new_file.h"

namespace athanor::storage {

class CompactedFile;

// Writes one under its temporary name. A file that was not put in place is removed by the destructor.
class CompactedWriter {
 public:
  // The file will cover the positions [base, end) of the segment with that id.
  static Result<std::unique_ptr<CompactedWriter>> begin(io::FileSystem& files, const std::string& directory,
                                                        std::uint64_t segment_id, std::uint64_t base,
                                                        std::uint64_t end);
  CompactedWriter(const CompactedWriter&) = delete;
  CompactedWriter& operator=(const CompactedWriter&) = delete;
  ~CompactedWriter() = default;

  // Positions must be ascending. `keepers`: who keeps the record.
  Result<void> append(const RecordView& record, std::span<const std::uint64_t> keepers);
  // All records of `source` from `from` on. Their keepers are not recorded: the next compaction asks again.
  Result<void> append_all(const CompactedFile& source, std::uint64_t from);
  // Writes what is left; the file is whole and synced when it returns.
  Result<CompactedHeader> finish();
  // Renames the file to its final name, replacing any file of that name, and makes the name durable. After DiskFull
  // nothing has changed. After any other error it is unknown which name the file has.
  Result<void> put_in_place();

  std::uint64_t bytes() const { return offset_; }                         // written so far
  std::uint64_t bytes_max() const { return offset_ + builder_.bytes(); }  // including what is not yet compressed
  std::vector<KeeperTotal> keepers() const;                               // of the records appended so far

 private:
  CompactedWriter(io::FileSystem& files, std::string directory, NewFile file, const CompactedHeader& header);
  Result<void> write_block();
  Result<void> write(std::string_view bytes);

  io::FileSystem& files_;
  const std::string directory_;
  NewFile file_;
  CompactedHeader header_;
  std::uint64_t offset_ = kCompactedHeaderBytes;
  std::uint64_t synced_ = 0;
  Compressor compressor_;
  BlockBuilder builder_;
  CompactedIndex index_;
  std::map<std::uint64_t, KeeperTotal> keepers_;
};

// The header of the compacted segment whose name says `base`: the one at the front, or its copy at the end if that is
// damaged; `problem` receives what is wrong with the one at the front. Corrupt, naming the path, when neither is valid.
Result<CompactedHeader> read_compacted_header(const io::File& file, const std::string& path, std::uint64_t base,
                                              std::optional<std::string>* problem = nullptr);

// A compacted and a plain segment of the same base exist side by side when a server died after creating the one and
// before removing the other. Corrupt, naming a path, when the compacted one was not made from the plain one, which ends
// at `end`: then neither can replace the other. If the plain one's header is damaged, only the end is compared.
Result<void> check_made_from_plain(io::FileSystem& files, const std::string& directory, std::uint64_t base,
                                   std::uint64_t end);

// Whether the compacted segment of that base can be read from end to end.
Result<bool> is_sound_compacted(io::FileSystem& files, const std::string& directory, std::uint64_t base);

// The compacted segments that are also contained in an earlier one, each mapped to that one (both by base): a server
// died after creating one made of several and before removing these. `bases`: of all segments, ascending. Headers that
// cannot be read are ignored.
Result<std::map<std::uint64_t, std::uint64_t>> find_merged(io::FileSystem& files, const std::string& directory,
                                                           const std::vector<std::uint64_t>& bases,
                                                           const std::set<std::uint64_t>& compacted);

// The block at `offset`; null when there is no sound block there.
Result<std::shared_ptr<const Block>> read_block(const io::File& file, const CompactedHeader& header,
                                                std::uint64_t offset);

class CompactedFile {
 public:
  // Reads header and index. Corrupt, naming path and byte, when they are damaged.
  static Result<std::shared_ptr<const CompactedFile>> open(io::FileSystem& files, const std::string& directory,
                                                           std::uint64_t base);

  const CompactedHeader& header() const { return header_; }
  const CompactedIndex& index() const { return index_; }

  // The record at `position`. NotFound when it was not kept; Corrupt, naming path and byte, when it cannot be read. The
  // last block is kept in memory: a reader of one record, or of a page of them, often reads its neighbours next.
  Result<log::Record> read(std::uint64_t position) const;

  // Visits the records at or after `from` in order, until `visit` returns false. Returns the position to continue from:
  // just after the last record visited, or the segment's end. The views are valid only during the call.
  Result<std::uint64_t> scan(std::uint64_t from, const std::function<bool(const RecordView&)>& visit) const;

 private:
  CompactedFile(std::string path, std::unique_ptr<io::File> file, const CompactedHeader& header, CompactedIndex index)
      : path_(std::move(path)), file_(std::move(file)), header_(header), index_(std::move(index)) {}
  std::size_t block_of(std::uint64_t position) const;
  Result<std::shared_ptr<const Block>> block(std::size_t number) const;
  Result<std::shared_ptr<const Block>> read_sound_block(std::size_t number) const;

  const std::string path_;
  const std::unique_ptr<io::File> file_;
  const CompactedHeader header_;
  const CompactedIndex index_;

  mutable std::mutex mutex_;  // guards the members below
  mutable std::size_t last_number_ = 0;
  mutable std::shared_ptr<const Block> last_;
};

}  // namespace athanor::storage
