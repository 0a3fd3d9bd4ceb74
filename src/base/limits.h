// Limits of several folders, with unit and source; others are beside their only user. Full: an answer, no growth.
#pragma once

#include <cstddef>
#include <cstdint>

namespace athanor::limits {

// PutEvents: bytes over all entries of a request. Source: EventBridge quotas, 1 MiB since 2026-01 (256 KiB before).
inline constexpr std::size_t kPutEventsBytes = 1'048'576;
inline constexpr std::size_t kPutEventsEntries = 10;

// Source: EventBridge quotas; a bus may hold 300 rules by default, adjustable. Ours is what the matcher is tested with.
inline constexpr std::size_t kRulesPerBus = 100'000;
inline constexpr std::size_t kTargetsPerRule = 5;
inline constexpr std::size_t kBusesPerRegion = 100;
inline constexpr std::size_t kActiveReplays = 10;
inline constexpr std::size_t kEventPatternCharacters = 4'096;

// A message body and a batch of them. Source: SQS quotas, 1 MiB since 2025-08.
inline constexpr std::size_t kMessageBytes = 1'048'576;

// Tags per resource, and characters in them. Source: each service's quotas, which agree.
inline constexpr std::size_t kTagsPerResource = 50;
inline constexpr std::size_t kTagKeyCharacters = 128;
inline constexpr std::size_t kTagValueCharacters = 256;

// Nesting of a Detail. Source: EventBridge API Reference, PutEvents. Any other JSON: format/json_extent.h.
inline constexpr std::size_t kJsonDepth = 1'000;

// A request body. Lambda's CreateFunction takes a zip of 50 MB, 67 MB in Base64; everything else is far smaller.
inline constexpr std::size_t kRequestBodyBytes = 70'000'000;
// ... and a request that carries neither events, nor messages, nor code. Our choice: its record then fits the log.
inline constexpr std::size_t kControlBodyBytes = 1'048'576;
inline constexpr std::size_t kRequestHeadBytes = 65'536;

// Function payloads. Source: Lambda quotas, 1 MB asynchronous, 6 MB synchronous; the 100 extra bytes of an answer are
// from Lambda's own message for one that is too large.
inline constexpr std::size_t kInvokePayloadBytes = 6'291'456;
inline constexpr std::size_t kInvokeAnswerBytes = kInvokePayloadBytes + 100;
inline constexpr std::size_t kAsyncInvokePayloadBytes = 1'048'576;
inline constexpr std::int64_t kFunctionTimeoutSeconds = 900;
// All statements of a function's policy together. Source: Lambda quotas, 20 KB.
inline constexpr std::size_t kFunctionPolicyBytes = 20'480;
inline constexpr std::size_t kFunctionZipBytes = 52'428'800;
inline constexpr std::size_t kFunctionUnpackedBytes = 262'144'000;

// The largest record of the log. A function's configuration or a full PutEvents entry is smaller.
inline constexpr std::size_t kRecordBytes = 8 * 1'048'576;

}  // namespace athanor::limits
