#include "storage/embedded/format.h"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <cstring>

#include "base/limits.h"
#include "log/records_lost.h"
#include "storage/embedded/crc32c.h"
#include "storage/embedded/format_bytes.h"

namespace athanor::storage {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::string_view kSegmentMagic = "ATHNRSEG";
constexpr std::string_view kSnapshotMagic = "ATHNRSNP";
constexpr std::string_view kCommitMagic = "ATHNRCMT";
constexpr std::string_view kSegmentSuffix = ".seg";
constexpr std::string_view kCompactedSuffix = ".compacted";
constexpr std::string_view kSnapshotPrefix = "snapshot-";

// A checksum also covers what is not in the bytes: which segment they belong to, and their position in the log.
std::uint32_t crc_of_place(std::uint32_t before, std::uint64_t segment_id, std::uint64_t position) {
  char place[16];
  put(place, 0, segment_id);
  put(place, 8, position);
  return crc32c(before, {place, sizeof place});
}

// Lets a header be trusted before its payload has been read, so that a damaged length is never followed. Never 0: a
// header of zeros is not a header.
std::uint16_t header_check(std::string_view header, std::uint64_t segment_id, std::uint64_t position) {
  return static_cast<std::uint16_t>(
      crc_of_place(crc32c(0, header.substr(6, kRecordHeaderBytes - 6)), segment_id, position) | 1);
}

std::uint32_t record_crc(std::uint32_t payload_crc, std::string_view header, std::uint64_t segment_id,
                         std::uint64_t position) {
  return crc_of_place(crc32c(payload_crc, header.substr(4, kRecordHeaderBytes - 4)), segment_id, position);
}

bool is_sound_segment_header(std::string_view bytes) {
  const std::string_view summed = bytes.substr(0, kSegmentHeaderBytes - 4);
  return get<std::uint32_t>(bytes, summed.size()) == crc32c(0, summed);
}

bool is_sound_snapshot(std::string_view bytes) {
  return get<std::uint32_t>(bytes, 36) == crc32c(crc32c(0, bytes.substr(0, 36)), bytes.substr(kSnapshotHeaderBytes));
}

bool is_sound_commit_mark(std::string_view bytes) {
  return get<std::uint32_t>(bytes, 36) == crc32c(0, bytes.substr(0, 36));
}

std::optional<std::uint64_t> from_hex16(std::string_view digits) {
  // Lower case only: each position has exactly one name.
  if (digits.size() != 16 || digits.find_first_not_of("0123456789abcdef") != std::string_view::npos)
    return std::nullopt;
  std::uint64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  return value;
}

std::optional<std::uint64_t> position_in_name(std::string_view name, std::string_view suffix) {
  if (!name.ends_with(suffix)) return std::nullopt;
  return from_hex16(name.substr(0, name.size() - suffix.size()));
}

}  // namespace

std::optional<Error> refuse_version(std::string_view bytes, std::string_view magic, std::string_view kind,
                                    const std::function<bool(std::string_view)>& sound_with) {
  if (bytes.substr(0, magic.size()) != magic) {
    return corrupt(fmt::format("is damaged at byte 0: it does not begin like a {}.", kind));
  }
  const auto version = get<std::uint32_t>(bytes, 8);
  if (version == kFormatVersion) return std::nullopt;
  constexpr std::uint32_t kNoVersionYet = 1'000;
  std::string ours{bytes};
  put(ours.data(), 8, kFormatVersion);
  if (version == 0 || version >= kNoVersionYet || sound_with(std::string_view{ours}))
    return corrupt("is damaged between byte 8 and byte 12, in its format version.");
  return Error{ErrorCode::UnknownFormat,
               fmt::format("has format version {} at byte 8, and this server reads only version {}: start the version "
                           "that wrote it.",
                           version, kFormatVersion),
               {}};
}

std::string encode_segment_header(const SegmentHeader& header) {
  std::string bytes(kSegmentHeaderBytes, '\0');
  std::memcpy(bytes.data(), kSegmentMagic.data(), kSegmentMagic.size());
  put(bytes.data(), 8, kFormatVersion);
  put(bytes.data(), 12, static_cast<std::uint32_t>(kSegmentHeaderBytes));
  put(bytes.data(), 16, header.id);
  put(bytes.data(), 24, header.base);
  const std::string_view summed{bytes.data(), kSegmentHeaderBytes - 4};
  put(bytes.data(), summed.size(), crc32c(0, summed));
  return bytes;
}

Result<SegmentHeader> decode_segment_header(std::string_view bytes) {
  if (bytes.size() != kSegmentHeaderBytes) {
    return corrupt(fmt::format("ends at byte {}, within its header.", bytes.size()));
  }
  if (auto refused = refuse_version(bytes, kSegmentMagic, "segment", is_sound_segment_header))
    return *std::move(refused);
  if (!is_sound_segment_header(bytes)) {
    return corrupt(fmt::format("is damaged between byte 0 and byte {}, in its header.", bytes.size()));
  }
  return SegmentHeader{.id = get<std::uint64_t>(bytes, 16), .base = get<std::uint64_t>(bytes, 24)};
}

std::uint32_t padded_crc(std::string_view payload) {
  constexpr char kPadding[kRecordAlignment] = {};
  return crc32c(crc32c(0, payload), {kPadding, aligned(payload.size()) - payload.size()});
}

log::Record record_of(const RecordView& view) {
  return {.position = log::LogPosition{view.position},
          .type = view.type,
          .time = view.time,
          .payload = std::string(view.payload)};
}

bool refutes_snapshot(const RecordView& record, std::uint64_t position) {
  return record.type != log::RecordsLost::kType && record.position < position &&
         position < record.position + record_bytes(record.payload.size());
}

void append_record(std::string& out, std::uint64_t segment_id, const RecordView& record, std::uint32_t payload_crc) {
  char header[kRecordHeaderBytes];
  put(header, 6, record.type);
  put(header, 8, static_cast<std::uint32_t>(record.payload.size()));
  put(header, 12, static_cast<std::uint32_t>(record.position - record.durable_before));
  put(header, 16, static_cast<std::int64_t>(record.time.time_since_epoch().count()));
  put(header, 4, header_check({header, sizeof header}, segment_id, record.position));
  put(header, 0, record_crc(payload_crc, {header, sizeof header}, segment_id, record.position));
  out.append(header, sizeof header);
  out.append(record.payload);
  out.append(aligned(record.payload.size()) - record.payload.size(), '\0');
}

std::optional<std::size_t> parse_record_size(std::string_view bytes, const SegmentHeader& segment,
                                             std::uint64_t position) {
  if (bytes.size() < kRecordHeaderBytes) return std::nullopt;
  const std::string_view header = bytes.substr(0, kRecordHeaderBytes);
  const auto payload_bytes = get<std::uint32_t>(header, 8);
  // The cheap checks first: a search for records makes them at every eighth byte.
  if (payload_bytes > limits::kRecordBytes || get<std::uint32_t>(header, 12) > position - segment.base) {
    return std::nullopt;
  }
  if (get<std::uint16_t>(header, 4) != header_check(header, segment.id, position)) return std::nullopt;
  return record_bytes(payload_bytes);
}

RecordView view_of_header(std::string_view bytes, std::uint64_t position) {
  return {.position = position,
          .durable_before = position - get<std::uint32_t>(bytes, 12),
          .type = get<log::RecordType>(bytes, 6),
          .time = base::Time{base::Duration{get<std::int64_t>(bytes, 16)}},
          .payload = {}};
}

std::optional<RecordView> parse_record(std::string_view bytes, const SegmentHeader& segment, std::uint64_t position) {
  const auto size = parse_record_size(bytes, segment, position);
  if (!size || *size > bytes.size()) return std::nullopt;
  const std::string_view header = bytes.substr(0, kRecordHeaderBytes);
  const std::string_view padded = bytes.substr(kRecordHeaderBytes, *size - kRecordHeaderBytes);
  if (get<std::uint32_t>(header, 0) != record_crc(crc32c(0, padded), header, segment.id, position)) {
    return std::nullopt;
  }
  RecordView record = view_of_header(header, position);
  record.payload = padded.substr(0, get<std::uint32_t>(header, 8));
  return record;
}

std::uint64_t segment_id_in(std::string_view header_bytes) { return get<std::uint64_t>(header_bytes, 16); }

// A checksum is linear in the id: crc(.., id, ..) is crc(.., 0, ..) XOR effect(id), whatever else is summed. Any id
// with the wanted effect will do. There is one below 2^32, since the id's first four bytes map one to one to the 32
// bits of the checksum. Gaussian elimination finds it.
std::optional<std::uint64_t> derive_segment_id(std::string_view bytes, std::uint64_t position) {
  if (bytes.size() < kRecordHeaderBytes) return std::nullopt;
  const std::string_view header = bytes.substr(0, kRecordHeaderBytes);
  const auto payload_bytes = get<std::uint32_t>(header, 8);
  if (payload_bytes > limits::kRecordBytes || record_bytes(payload_bytes) > bytes.size()) return std::nullopt;
  const auto padded = bytes.substr(kRecordHeaderBytes, aligned(payload_bytes));
  const auto effect = [](std::uint64_t id) { return crc_of_place(0, id, 0) ^ crc_of_place(0, 0, 0); };

  struct Row {
    std::uint32_t effect = 0;
    std::uint64_t id = 0;
  };
  Row by_leading_bit[32];
  const auto reduce = [&](Row row) {
    for (int bit = 31; bit >= 0 && row.effect != 0; --bit) {
      if ((row.effect >> bit & 1) == 0) continue;
      if (by_leading_bit[bit].effect == 0) return row;
      row = {row.effect ^ by_leading_bit[bit].effect, row.id ^ by_leading_bit[bit].id};
    }
    return row;
  };
  for (int bit = 0; bit < 32; ++bit) {
    const Row row = reduce({effect(1ULL << bit), 1ULL << bit});
    if (row.effect != 0) by_leading_bit[31 - std::countl_zero(row.effect)] = row;
  }
  const std::uint64_t id =
      reduce({get<std::uint32_t>(header, 0) ^ record_crc(crc32c(0, padded), header, 0, position), 0}).id;
  if (get<std::uint16_t>(header, 4) != header_check(header, id, position)) return std::nullopt;
  return id;
}

std::string encode_snapshot_header(std::uint64_t position, std::string_view state) {
  std::string bytes(kSnapshotHeaderBytes, '\0');
  std::memcpy(bytes.data(), kSnapshotMagic.data(), kSnapshotMagic.size());
  put(bytes.data(), 8, kFormatVersion);
  put(bytes.data(), 16, position);
  put(bytes.data(), 24, static_cast<std::uint64_t>(state.size()));
  put(bytes.data(), 36, crc32c(crc32c(0, {bytes.data(), 36}), state));
  return bytes;
}

Result<std::string_view> decode_snapshot(std::string_view bytes, std::uint64_t position) {
  if (bytes.size() < kSnapshotHeaderBytes) {
    return corrupt(fmt::format("ends at byte {}, within its header.", bytes.size()));
  }
  if (auto refused = refuse_version(bytes, kSnapshotMagic, "snapshot", is_sound_snapshot)) return *std::move(refused);
  const std::string_view state = bytes.substr(kSnapshotHeaderBytes);
  if (get<std::uint64_t>(bytes, 16) != position || get<std::uint64_t>(bytes, 24) != state.size() ||
      !is_sound_snapshot(bytes)) {
    return corrupt(fmt::format("is damaged between byte 0 and byte {}.", bytes.size()));
  }
  return state;
}

std::string encode_commit_mark(const Extent& extent) {
  std::string bytes(kCommitMarkBytes, '\0');
  std::memcpy(bytes.data(), kCommitMagic.data(), kCommitMagic.size());
  put(bytes.data(), 8, kFormatVersion);
  put(bytes.data(), 16, extent.begin);
  put(bytes.data(), 24, extent.end);
  put(bytes.data(), 36, crc32c(0, {bytes.data(), 36}));
  return bytes;
}

Result<Extent> decode_commit_mark(std::string_view bytes) {
  const Error damaged{ErrorCode::Corrupt, fmt::format("is damaged between byte 0 and byte {}.", kCommitMarkBytes), {}};
  if (bytes.size() != kCommitMarkBytes) return damaged;
  if (auto refused = refuse_version(bytes, kCommitMagic, "commit mark", is_sound_commit_mark))
    return *std::move(refused);
  const Extent extent{.begin = get<std::uint64_t>(bytes, 16), .end = get<std::uint64_t>(bytes, 24)};
  // No file can hold anything beyond 2^63.
  const bool is_possible = extent.begin <= extent.end && extent.end < std::uint64_t{1} << 63;
  if (!is_sound_commit_mark(bytes) || !is_possible) return damaged;
  return extent;
}

std::string segment_name(std::uint64_t base) { return fmt::format("{:016x}{}", base, kSegmentSuffix); }
std::string compacted_name(std::uint64_t base) { return fmt::format("{:016x}{}", base, kCompactedSuffix); }
std::string file_name(const SegmentHeader& segment) {
  return segment.kind == SegmentKind::Plain ? segment_name(segment.base) : compacted_name(segment.base);
}
std::string snapshot_name(std::uint64_t position) { return fmt::format("{}{:016x}", kSnapshotPrefix, position); }

std::optional<std::uint64_t> segment_base_of(std::string_view name) { return position_in_name(name, kSegmentSuffix); }

std::optional<std::uint64_t> compacted_base_of(std::string_view name) {
  return position_in_name(name, kCompactedSuffix);
}

std::optional<std::uint64_t> snapshot_position_of(std::string_view name) {
  if (!name.starts_with(kSnapshotPrefix)) return std::nullopt;
  return from_hex16(name.substr(kSnapshotPrefix.size()));
}

std::optional<std::uint64_t> base_in_name(std::string_view name) {
  const auto base = segment_base_of(name);
  return base ? base : compacted_base_of(name);
}

std::optional<std::uint64_t> position_in_name(std::string_view name) {
  const auto base = base_in_name(name);
  return base ? base : snapshot_position_of(name);
}

Error about_file(std::string_view path, const Error& error) {
  return {error.code, fmt::format("{} {}", path, error.message), error.detail};
}

}  // namespace athanor::storage
