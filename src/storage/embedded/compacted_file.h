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

// Writes one under its temporary name. What is not put in place is removed when it dies.
class CompactedWriter {
 public:
  // Stands for the positions [base, end) of the segment with that id.
  static Result<std::unique_ptr<CompactedWriter>> begin(io::FileSystem& files, const std::string& directory,
                                                        std::uint64_t segment_id, std::uint64_t base,
                                                        std::uint64_t end);
  CompactedWriter(const CompactedWriter&) = delete;
  CompactedWriter& operator=(const CompactedWriter&) = delete;
  ~CompactedWriter() = default;

  // Rising positions. `keepers`: who keeps the record.
  Result<void> append(const RecordView& record, std::span<const std::uint64_t> keepers);
  // All of `source` from `from` on. Who keeps them is not written down again: the next compaction asks anew.
  Result<void> append_all(const CompactedFile& source, std::uint64_t from);
  // Writes what is left; the file is whole and synced when it returns.
  Result<CompactedHeader> finish();
  // Gives it its name, in the place of one that may be there, and makes the name durable. DiskFull: it has not got it,
  // and all is as before. After any other error nobody knows under which name it is.
  Result<void> put_in_place();

  std::uint64_t bytes() const { return offset_; }                         // written so far
  std::uint64_t bytes_max() const { return offset_ + builder_.bytes(); }  // with what waits to be compressed
  std::vector<KeeperTotal> keepers() const;                               // of what was appended so far

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

// The header of the compacted segment whose name says `base`: the one in front, or its copy at the end where that is
// damaged; `problem` is given what is wrong with the one in front. Corrupt, naming the path, when neither is what it
// should be.
Result<CompactedHeader> read_compacted_header(const io::File& file, const std::string& path, std::uint64_t base,
                                              std::optional<std::string>* problem = nullptr);

// A compacted segment and a plain one of that base stand side by side where a server died between the birth of the one
// and the death of the other. Corrupt, naming a path, when the compacted one was not made from the plain one, which
// ends at `end`: then neither makes up for the other. Of a plain one whose header is damaged the end alone tells.
Result<void> check_made_from_plain(io::FileSystem& files, const std::string& directory, std::uint64_t base,
                                   std::uint64_t end);

// Whether the compacted segment of that base can be read from end to end.
Result<bool> is_sound_compacted(io::FileSystem& files, const std::string& directory, std::uint64_t base);

// Those compacted segments, by base, that stand in one before them too, as where a server died between the birth of one
// that was made of several and the death of these: with the one that has them. `bases`: of all segments, rising.
// Headers that cannot be read say nothing here.
Result<std::map<std::uint64_t, std::uint64_t>> find_merged(io::FileSystem& files, const std::string& directory,
                                                           const std::vector<std::uint64_t>& bases,
                                                           const std::set<std::uint64_t>& compacted);

// The block at `offset`; null when none that is sound is there.
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
  // last block is kept in memory: who reads one record, or a page of them, often reads the neighbours next.
  Result<log::Record> read(std::uint64_t position) const;

  // Visits the records at or after `from` in order, until `visit` returns false. Returns the position to go on from:
  // behind the last record visited, or the segment's end. The views are good for the call.
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

  mutable std::mutex mutex_;  // of what follows
  mutable std::size_t last_number_ = 0;
  mutable std::shared_ptr<const Block> last_;
};

}  // namespace athanor::storage
