#include "storage/embedded/segment_set.h"

#include <iterator>
#include <limits>
#include <utility>

#include "base/assert.h"

namespace athanor::storage {
namespace {

// Files kept open for readers: 4 GiB of log at the usual segment size, and far below the 1,024 descriptors that a
// process may have by default.
constexpr std::size_t kOpenFiles = 64;

}  // namespace

SegmentSet::SegmentSet(io::FileSystem& files, std::string directory, const std::vector<SegmentHeader>& headers,
                       std::shared_ptr<const io::File> tail)
    : files_(files), directory_(std::move(directory)) {
  ATHANOR_ASSERT(!headers.empty());
  for (const auto& header : headers) segments_.emplace(header.base, Segment{header, nullptr});
  segments_.rbegin()->second.file = std::move(tail);
}

Result<SegmentSet::Found> SegmentSet::find(std::uint64_t position) const {
  const std::lock_guard lock(mutex_);
  const auto next = segments_.upper_bound(position);
  if (next == segments_.begin()) return not_found("This part of the log has been freed.");
  const auto& [base, segment] = *std::prev(next);
  const std::string path = directory_ + "/" + segment_name(base);
  if (!segment.file) {
    auto file = files_.open(path, io::OpenMode::Read);
    if (!file) return std::move(file).error();
    segment.file = *std::move(file);
    opened_.push_back(base);
    if (opened_.size() > kOpenFiles) {
      if (const auto oldest = segments_.find(opened_.front()); oldest != segments_.end()) oldest->second.file = nullptr;
      opened_.pop_front();
    }
  }
  return Found{.header = segment.header,
               .end = next == segments_.end() ? std::numeric_limits<std::uint64_t>::max() : next->first,
               .file = segment.file,
               .path = path};
}

std::uint64_t SegmentSet::first_base() const {
  const std::lock_guard lock(mutex_);
  return segments_.begin()->first;
}

void SegmentSet::add(const SegmentHeader& header, std::shared_ptr<const io::File> file) {
  const std::lock_guard lock(mutex_);
  // The former tail becomes a closed segment, and its file one that may be closed.
  opened_.push_back(segments_.rbegin()->first);
  segments_.emplace(header.base, Segment{header, std::move(file)});
}

std::vector<std::uint64_t> SegmentSet::drop_before(std::uint64_t floor) {
  const std::lock_guard lock(mutex_);
  std::vector<std::uint64_t> bases;
  while (segments_.size() > 1 && std::next(segments_.begin())->first <= floor) {
    bases.push_back(segments_.begin()->first);
    segments_.erase(segments_.begin());
  }
  return bases;
}

}  // namespace athanor::storage
