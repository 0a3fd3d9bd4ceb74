#include "storage/embedded/compacted_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "base/random.h"
#include "storage/embedded/crc32c.h"
#include "storage/embedded/format_bytes.h"
#include "storage/embedded/test_log.h"

namespace athanor::storage {
namespace {

constexpr CompactedHeader kSegment{.id = 0x1234'5678'9abc'def0, .base = 800, .end = 80'000'000};

std::vector<log::Record> draw_records(base::Random& random) {
  std::vector<log::Record> records;
  std::uint64_t position = kSegment.base;
  for (auto count = 1 + random.below(40); count > 0; --count) {
    std::string payload(random.below(3'000), static_cast<char>('a' + random.below(26)));
    if (random.one_in(2)) std::ranges::generate(payload, [&] { return static_cast<char>(random.next()); });
    const auto before = position;
    position += record_bytes(payload.size()) + kRecordAlignment * random.below(500);
    records.push_back({.position = log::LogPosition{before},
                       .type = static_cast<log::RecordType>(random.next()),
                       .time = base::Time{base::Duration{static_cast<std::int64_t>(random.next())}},
                       .payload = std::move(payload)});
  }
  return records;
}

RecordView view_of(const log::Record& record) {
  return {.position = record.position.value, .type = record.type, .time = record.time, .payload = record.payload};
}

std::string block_of(const std::vector<log::Record>& records) {
  BlockBuilder builder;
  for (const auto& record : records) builder.append(view_of(record));
  Compressor compressor;
  return builder.finish(kSegment.id, compressor);
}

TEST(CompactedFormat, ABlockGivesBackItsRecords) {
  base::Random random{1};
  for (int i = 0; i < 200; ++i) {
    const auto records = draw_records(random);
    const std::string bytes = block_of(records);
    EXPECT_EQ(bytes.size() % kRecordAlignment, 0U);
    EXPECT_EQ(parse_block_size(bytes, kSegment), bytes.size());
    const auto block = parse_block(bytes + "what follows", kSegment);
    ASSERT_TRUE(block);
    ASSERT_EQ(block->records.size(), records.size());
    for (std::size_t n = 0; n < records.size(); ++n) EXPECT_EQ(block->records[n], view_of(records[n])) << n;
  }
}

TEST(CompactedFormat, OneRecordOfAnySizeIsABlock) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kBlockBytes, std::size_t{limits::kRecordBytes}}) {
    const std::vector<log::Record> one{
        {.position = log::LogPosition{800}, .type = 1, .payload = std::string(size, 'x')}};
    const auto block = parse_block(block_of(one), kSegment);
    ASSERT_TRUE(block) << size;
    EXPECT_EQ(block->records[0].payload.size(), size);
  }
}

TEST(CompactedFormat, NoFlippedBitOfABlockIsOverlooked) {
  base::Random random{2};
  std::string bytes = block_of(draw_records(random));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char was = bytes[i];
    bytes[i] = static_cast<char>(was ^ (1 << random.below(8)));
    EXPECT_FALSE(parse_block(bytes, kSegment)) << "byte " << i;
    bytes[i] = was;
  }
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(parse_block({bytes.data(), size}, kSegment));
}

TEST(CompactedFormat, ABlockOfAnotherSegmentIsNone) {
  base::Random random{3};
  const std::string bytes = block_of(draw_records(random));
  CompactedHeader other = kSegment;
  other.id ^= 1;
  EXPECT_FALSE(parse_block(bytes, other));
  other = kSegment;
  other.base = 808;
  EXPECT_FALSE(parse_block(bytes, other)) << "it begins before the segment";
  other = kSegment;
  other.end = 808;
  EXPECT_FALSE(parse_block(block_of({{.position = log::LogPosition{800}}, {.position = log::LogPosition{832}}}), other))
      << "it ends behind the segment";
}

TEST(CompactedFormat, HeaderAndIndexComeBackAndAreRefusedWhenDamaged) {
  CompactedHeader header = kSegment;
  header.index_offset = 4'711;
  header.records = 99;
  const CompactedIndex index{.keepers = {{7, 90, base::Time{base::Duration{-5}}}, {9, 12, {}}},
                             .blocks = {{800, 64}, {900, 264}, {1'000, 464}}};
  std::string bytes = encode_compacted_index(index, header);
  EXPECT_EQ(bytes.size(), header.index_bytes());
  const auto again = decode_compacted_index(bytes, header);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->keepers, index.keepers);
  EXPECT_EQ(again->blocks, index.blocks);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>(bytes[i] ^ 4);
    EXPECT_FALSE(decode_compacted_index(bytes, header)) << i;
    bytes[i] = static_cast<char>(bytes[i] ^ 4);
  }

  std::string head = encode_compacted_header(header);
  EXPECT_EQ(*decode_compacted_header(head), header);
  for (std::size_t i = 0; i < head.size(); ++i) {
    head[i] = static_cast<char>(head[i] ^ 4);
    const auto refused = decode_compacted_header(head);
    ASSERT_FALSE(refused) << i;
    EXPECT_EQ(refused.error().code, ErrorCode::Corrupt) << i;
    head[i] = static_cast<char>(head[i] ^ 4);
  }
}

TEST(CompactedFormat, AHeaderThatNoFileCanHaveIsRefusedThoughItsChecksumIsRight) {
  for (const std::uint64_t offset :
       {std::uint64_t{0}, (std::uint64_t{1} << 63) - 8, std::uint64_t{1} << 63, ~std::uint64_t{0} - 100}) {
    CompactedHeader header = kSegment;
    header.index_offset = offset;
    EXPECT_EQ(decode_compacted_header(encode_compacted_header(header)).error().code, ErrorCode::Corrupt) << offset;
  }
  CompactedHeader header = kSegment;
  header.index_offset = kCompactedHeaderBytes;
  ASSERT_TRUE(decode_compacted_header(encode_compacted_header(header)));
  header.end = header.base - 8;
  EXPECT_EQ(decode_compacted_header(encode_compacted_header(header)).error().code, ErrorCode::Corrupt);
}

// Refused before that much is read or allocated.
TEST(CompactedFormat, ABlockHeaderThatNoBlockCanHaveIsNone) {
  base::Random random{4};
  const std::string bytes = block_of(draw_records(random));
  ASSERT_TRUE(parse_block_size(bytes, kSegment));
  for (const std::size_t at : {28U, 32U}) {
    std::string other = bytes.substr(0, kBlockHeaderBytes);
    put(other.data(), at, std::uint32_t{0xffff'fff0});
    put(other.data(), 36, crc32c(0, std::string_view{other}.substr(4, kBlockHeaderBytes - 8)));
    EXPECT_FALSE(parse_block_size(other, kSegment)) << at;
  }
}

TEST(CompactedFormat, WhatIsAlikeBecomesSmall) {
  std::vector<log::Record> records;
  for (std::uint64_t i = 0; i < 500; ++i) {
    records.push_back({.position = log::LogPosition{800 + i * 400},
                       .type = 100,
                       .time = base::Time{base::Duration{1'700'000'000'000 + static_cast<std::int64_t>(i) * 7}},
                       .payload = "an event as the one before, but for its number: " + std::to_string(i * 7'919)});
  }
  EXPECT_LT(block_of(records).size(), 500U * 10);
}

}  // namespace
}  // namespace athanor::storage
