#include "storage/embedded/segment_set.h"

#include <iterator>
#include <utility>

#include "base/assert.h"
#include "storage/embedded/segment_file.h"

namespace athanor::storage {
namespace {

// A file that was taken away may come back: its contents are not gone for good.
Error not_opened(Error error) {
  if (error.code == ErrorCode::NotFound) error.code = ErrorCode::Corrupt;
  return error;
}

}  // namespace

SegmentSet::SegmentSet(io::FileSystem& files, std::string directory, const std::vector<SegmentHeader>& headers,
                       std::shared_ptr<const io::File> tail, std::size_t open_files_max)
    : files_(files), directory_(std::move(directory)), open_files_max_(open_files_max) {
  ATHANOR_ASSERT(!headers.empty());
  for (const auto& header : headers) segments_.emplace(header.base, Segment{header, nullptr, nullptr});
  segments_.rbegin()->second.file = std::move(tail);
}

Result<SegmentSet::Found> SegmentSet::find(std::uint64_t position) const {
  const std::lock_guard lock(mutex_);
  const auto next = segments_.upper_bound(position);
  if (next == segments_.begin()) return not_found("This part of the log has been freed.");
  const auto& [base, segment] = *std::prev(next);
  const std::string path = directory_ + "/" + file_name(segment.header);
  if (!segment.file && !segment.compacted) {
    if (segment.header.kind == SegmentKind::Compacted) {
      auto opened = CompactedFile::open(files_, directory_, base);
      if (!opened) return not_opened(std::move(opened).error());
      segment.compacted = *std::move(opened);
    } else {
      auto opened = files_.open(path, io::OpenMode::Read);
      if (!opened) return not_opened(std::move(opened).error());
      segment.file = *std::move(opened);
    }
    keep_open(base);
  }
  return Found{.header = segment.header,
               .end = next == segments_.end() ? kNoLimit : next->first,
               .file = segment.file,
               .compacted = segment.compacted,
               .path = path};
}

// Closes others when there are too many.
void SegmentSet::keep_open(std::uint64_t base) const {
  opened_.push_back(base);
  for (; opened_.size() > open_files_max_; opened_.pop_front()) {
    const auto oldest = segments_.find(opened_.front());
    if (oldest == segments_.end()) continue;
    oldest->second.file = nullptr;
    oldest->second.compacted = nullptr;
  }
}

std::uint64_t SegmentSet::first_base() const {
  const std::lock_guard lock(mutex_);
  return segments_.begin()->first;
}

void SegmentSet::add(const SegmentHeader& header, std::shared_ptr<const io::File> file) {
  const std::lock_guard lock(mutex_);
  // The former tail becomes a sealed segment, and its file one that may be closed.
  const std::uint64_t former = segments_.rbegin()->first;
  segments_.emplace(header.base, Segment{header, std::move(file), nullptr});
  keep_open(former);
}

std::vector<SegmentHeader> SegmentSet::drop_before(std::uint64_t floor) {
  const std::lock_guard lock(mutex_);
  std::vector<SegmentHeader> dropped;
  while (segments_.size() > 1 && std::next(segments_.begin())->first <= floor) {
    dropped.push_back(segments_.begin()->second.header);
    segments_.erase(segments_.begin());
  }
  return dropped;
}

std::vector<SegmentSet::Sealed> SegmentSet::sealed_before(std::uint64_t limit) const {
  const std::lock_guard lock(mutex_);
  std::vector<Sealed> sealed;
  for (auto it = segments_.begin(); std::next(it) != segments_.end() && std::next(it)->first <= limit; ++it)
    sealed.push_back({it->second.header, std::next(it)->first});
  return sealed;
}

bool SegmentSet::contains(std::uint64_t base) const {
  const std::lock_guard lock(mutex_);
  return segments_.contains(base);
}

void SegmentSet::now_compacted(std::uint64_t base, std::uint64_t end) {
  const std::lock_guard lock(mutex_);
  const auto segment = segments_.find(base);
  ATHANOR_ASSERT(segment != segments_.end());
  segment->second.header.kind = SegmentKind::Compacted;
  segment->second.file = nullptr;
  segment->second.compacted = nullptr;
  segments_.erase(std::next(segment), segments_.lower_bound(end));
  std::erase_if(opened_, [&](std::uint64_t opened) { return opened >= base && opened < end; });
}

}  // namespace athanor::storage
