#include "http/chunked.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/limits.h"
#include "base/text.h"
#include "http/head.h"

namespace athanor::http {
namespace {

constexpr std::size_t kSizeDigitsMax = 8;
constexpr std::size_t kTrailersMax = 20;
constexpr std::size_t kTrailerBytesMax = limits::kRequestHeadBytes;

std::optional<std::size_t> parse_size(std::string_view digits) {
  if (digits.empty() || digits.size() > kSizeDigitsMax) return std::nullopt;
  std::size_t size = 0;
  const char* const end = digits.data() + digits.size();
  return std::from_chars(digits.data(), end, size, 16).ptr == end ? std::optional{size} : std::nullopt;
}

}  // namespace

ChunkedBody::State ChunkedBody::take(std::string& in, std::string& body) {
  std::string_view bytes = in;
  const State state = read(bytes, body);
  in.erase(0, in.size() - bytes.size());
  return state;
}

ChunkedBody::State ChunkedBody::read(std::string_view& bytes, std::string& body) {
  for (;;) {
    if (next_ == Next::Data) {
      const std::size_t count = std::min(missing_, bytes.size());
      body += bytes.substr(0, count);
      bytes.remove_prefix(count);
      missing_ -= count;
      if (missing_ > 0) return State::Incomplete;
      next_ = Next::DataEnd;
    }
    if (bytes.find('\n') == std::string_view::npos) {
      const std::size_t bytes_max = next_ == Next::Trailer ? kTrailerBytesMax : kSizeDigitsMax + 1;
      return bytes.size() > bytes_max ? State::Malformed : State::Incomplete;
    }
    std::string_view line;
    if (!take_line(bytes, line)) return State::Malformed;
    const bool is_last = next_ == Next::Trailer && line.empty();
    if (is_last) return State::Complete;
    if (const State state = read_line(line, body.size()); state != State::Incomplete) return state;
  }
}

// Reads any line but the last.
ChunkedBody::State ChunkedBody::read_line(std::string_view line, std::size_t body_bytes) {
  if (next_ == Next::Trailer) {
    trailer_bytes_ += line.size();
    if (++trailer_count_ > kTrailersMax || trailer_bytes_ > kTrailerBytesMax) return State::Malformed;
    if (trailers_ == nullptr) return State::Incomplete;
    const std::size_t colon = std::min(line.find(':'), line.size());
    const std::string_view value = line.substr(std::min(colon + 1, line.size()));
    trailers_->push_back({std::string{line.substr(0, colon)}, std::string{base::trim(value)}});
    return State::Incomplete;
  }
  if (next_ == Next::DataEnd) {
    next_ = Next::Size;
    return line.empty() ? State::Incomplete : State::Malformed;
  }
  const auto size = parse_size(line);
  if (!size) return State::Malformed;
  if (*size > bytes_max_ - body_bytes) return State::TooLarge;
  missing_ = *size;
  next_ = missing_ > 0 ? Next::Data : Next::Trailer;
  return State::Incomplete;
}

}  // namespace athanor::http
