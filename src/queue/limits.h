// The limits of queues and messages, with their units. Source, unless another is named: SQS quotas, 2026.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace athanor::queue {

inline constexpr std::size_t kQueueNameCharacters = 80;  // including the suffix ".fifo"

inline constexpr std::chrono::seconds kVisibilityTimeoutMax{43'200};
inline constexpr std::chrono::seconds kVisibilityTimeoutDefault{30};
inline constexpr std::chrono::seconds kDelayMax{900};
inline constexpr std::chrono::seconds kReceiveWaitMax{20};
inline constexpr std::chrono::seconds kRetentionMin{60};
inline constexpr std::chrono::seconds kRetentionMax{1'209'600};
inline constexpr std::chrono::seconds kRetentionDefault{345'600};
inline constexpr std::size_t kMaximumMessageSizeMin = 1'024;  // bytes; the maximum is limits::kMessageBytes

inline constexpr std::size_t kReceiveCountMax = 10;  // messages per receive
inline constexpr std::size_t kInFlightMax = 120'000;
inline constexpr std::chrono::minutes kDeduplicationWindow{5};
inline constexpr std::chrono::seconds kPurgeInterval{60};
inline constexpr std::uint32_t kMaxReceiveCountMax = 1'000;  // RedrivePolicy
inline constexpr std::size_t kRedriveSourcesMax = 10;        // RedriveAllowPolicy

// Our choice: one receive reveals at most this many messages whose delays have ended, and as many whose visibility
// timeouts have: half a millisecond, and twenty for each message that it returns.
inline constexpr std::size_t kRevealedPerReceive = 200;

// Our choice: a step that frees what deleted and purged queues held frees this many pieces of memory for each message
// another step would handle: some two milliseconds.
inline constexpr std::size_t kFreedForOne = 4;

// Our choice: beyond this many long polls at a time, further ones are answered at once.
inline constexpr std::size_t kReceiversMax = 10'000;

}  // namespace athanor::queue
