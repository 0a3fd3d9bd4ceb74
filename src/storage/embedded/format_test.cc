#include "storage/embedded/format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"

namespace athanor::storage {
namespace {

using ::testing::HasSubstr;

constexpr SegmentHeader kSegment{.id = 0x0123456789ABCDEF, .base = 1'000};

std::string sample_record(std::string_view payload, std::uint64_t position = 2'000) {
  std::string bytes;
  append_record(bytes, kSegment.id,
                {.position = position,
                 .durable_before = 1'500,
                 .type = 204,
                 .time = base::Time{base::Duration{-1}},
                 .payload = payload},
                padded_crc(payload));
  return bytes;
}

TEST(Format, RefusesARecordWithAnyBitFlipped) {
  const std::string record = sample_record("thirteen bytes");
  ASSERT_TRUE(parse_record(record, kSegment, 2'000));
  for (std::size_t bit = 0; bit < record.size() * 8; ++bit) {
    std::string damaged = record;
    damaged[bit / 8] ^= static_cast<char>(1 << bit % 8);
    EXPECT_FALSE(parse_record(damaged, kSegment, 2'000)) << "bit " << bit;
  }
}

TEST(Format, RefusesARecordInAnotherPlace) {
  const std::string record = sample_record("payload");
  EXPECT_FALSE(parse_record(record, kSegment, 2'008)) << "position";
  EXPECT_FALSE(parse_record(record, {.id = 1, .base = kSegment.base}, 2'000)) << "segment";
  for (std::size_t size = 0; size < record.size(); ++size) {
    EXPECT_FALSE(parse_record(std::string_view(record).substr(0, size), kSegment, 2'000)) << size;
  }
  EXPECT_FALSE(parse_record(std::string(4'096, '\0'), kSegment, 2'000)) << "zeros";
}

TEST(Format, ParsesWhatItWrote) {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{8}, std::size_t{1'000}, limits::kRecordBytes}) {
    const std::string payload(size, 'p');
    const std::string bytes = sample_record(payload) + "what follows";
    EXPECT_EQ(parse_record_size(bytes, kSegment, 2'000), record_bytes(size));
    const auto record = parse_record(bytes, kSegment, 2'000);
    ASSERT_TRUE(record) << size;
    EXPECT_EQ(record->position, 2'000U);
    EXPECT_EQ(record->durable_before, 1'500U);
    EXPECT_EQ(record->type, 204);
    EXPECT_EQ(record->time, base::Time{base::Duration{-1}});
    EXPECT_EQ(record->payload, payload);
  }
}

TEST(Format, HeadersAndMarksRefuseAnyFlippedBit) {
  const std::string segment = encode_segment_header(kSegment);
  const std::string state = "state";
  const std::string snapshot = encode_snapshot_header(42, state) + state;
  const std::string mark = encode_commit_mark({.begin = 1'000, .end = 2'000});
  const auto header = decode_segment_header(segment);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->id, kSegment.id);
  EXPECT_EQ(header->base, kSegment.base);
  EXPECT_EQ(*decode_snapshot(snapshot, 42), state);
  EXPECT_EQ(*decode_commit_mark(mark), (Extent{.begin = 1'000, .end = 2'000}));
  EXPECT_FALSE(decode_snapshot(snapshot, 43)) << "renamed";
  EXPECT_FALSE(decode_snapshot(snapshot + "x", 42)) << "longer";

  const auto flipped = [](std::string bytes, std::size_t bit) {
    bytes[bit / 8] ^= static_cast<char>(1 << bit % 8);
    return bytes;
  };
  for (std::size_t bit = 0; bit < segment.size() * 8; ++bit) {
    ASSERT_FALSE(decode_segment_header(flipped(segment, bit))) << bit;
  }
  for (std::size_t bit = 0; bit < snapshot.size() * 8; ++bit) {
    ASSERT_FALSE(decode_snapshot(flipped(snapshot, bit), 42)) << bit;
  }
  for (std::size_t bit = 0; bit < mark.size() * 8; ++bit) ASSERT_FALSE(decode_commit_mark(flipped(mark, bit))) << bit;
  for (const Extent& extent : {Extent{.begin = 8, .end = 0}, Extent{.begin = 0, .end = ~std::uint64_t{0}}})
    EXPECT_EQ(decode_commit_mark(encode_commit_mark(extent)).error().code, ErrorCode::Corrupt) << extent.end;
}

// Version 2 may compute checksums in any way: all we know is that its bytes are not what version 1 would have written.
TEST(Format, TellsAnotherVersionFromADamagedOne) {
  const std::string state = "state";
  std::string segment = encode_segment_header(kSegment);
  std::string snapshot = encode_snapshot_header(42, state) + state;
  std::string mark = encode_commit_mark({.begin = 1'000, .end = 2'000});
  for (std::string* const bytes : {&segment, &snapshot, &mark}) (*bytes)[8] = 9;
  const auto errors = [&] {
    return std::vector{decode_segment_header(segment).error(), decode_snapshot(snapshot, 42).error(),
                       decode_commit_mark(mark).error()};
  };
  for (const Error& error : errors()) {
    EXPECT_EQ(error.code, ErrorCode::Corrupt);
    EXPECT_THAT(error.message, HasSubstr("is damaged between byte 8 and byte 12"));
  }
  for (std::string* const bytes : {&segment, &snapshot, &mark}) (*bytes)[20] ^= 1;
  for (const Error& error : errors()) {
    EXPECT_EQ(error.code, ErrorCode::UnknownFormat);
    EXPECT_THAT(error.message, HasSubstr("has format version 9 at byte 8, and this server reads only version 1"));
  }
}

TEST(Format, ARecordSaysWhichIdItsSegmentHad) {
  for (const std::size_t size : {0UL, 1UL, 8UL, 100UL, 5'000UL}) {
    const std::string payload(size, 'p');
    const std::string record = sample_record(payload) + sample_record("another", 2'000 + record_bytes(size));
    const auto id = derive_segment_id(record, 2'000);
    ASSERT_TRUE(id) << size;
    const SegmentHeader derived{.id = *id, .base = kSegment.base};
    EXPECT_TRUE(parse_record(record, derived, 2'000));
    EXPECT_TRUE(parse_record(record.substr(record_bytes(size)), derived, 2'000 + record_bytes(size)))
        << "the others of the segment are read with it, too";
  }
}

TEST(Format, NoIdFitsWhatIsNoRecord) {
  const std::string record = sample_record("thirteen bytes");
  for (std::size_t size = 0; size < record.size(); ++size) {
    EXPECT_FALSE(derive_segment_id(record.substr(0, size), 2'000)) << size;
  }
  EXPECT_FALSE(derive_segment_id(std::string(100, '\0'), 2'000));
  for (std::size_t byte = kRecordHeaderBytes; byte < record.size(); ++byte) {
    std::string damaged = record;
    damaged[byte] ^= 1;
    EXPECT_FALSE(derive_segment_id(damaged, 2'000)) << byte;
  }
}

TEST(Format, NamesSayPositions) {
  struct Case {
    const char* name;
    std::optional<std::uint64_t> segment, snapshot;
  };
  const Case cases[] = {
      {"lock", {}, {}},
      {"commit", {}, {}},
      {".seg", {}, {}},
      {"0.seg", {}, {}},
      {"000000000000000g.seg", {}, {}},
      {"00000000000000ff.seg.tmp", {}, {}},
      {"+0000000000000ff.seg", {}, {}},
      {"00000000000000FF.seg", {}, {}},
      {"snapshot-00000000000000FF", {}, {}},
      {"snapshot-", {}, {}},
      {"snapshot-00000000000000ff.tmp", {}, {}},
      {"00000000000000ff.seg", 255, {}},
      {"snapshot-00000000000000ff", {}, 255},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(segment_base_of(c.name), c.segment) << c.name;
    EXPECT_EQ(snapshot_position_of(c.name), c.snapshot) << c.name;
  }
  EXPECT_EQ(segment_base_of(segment_name(~0ULL)), ~0ULL);
  EXPECT_EQ(snapshot_position_of(snapshot_name(1)), 1U);
}

}  // namespace
}  // namespace athanor::storage
