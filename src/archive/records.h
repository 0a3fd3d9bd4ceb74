// What this folder writes to the log.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/describe.h"
#include "log/log.h"

namespace athanor::archive {

struct ArchivePut {
  static constexpr log::RecordType kType = 400;
  std::string arn;
  std::string name;
  std::string bus_arn;
  std::uint64_t number = 0;  // never reused, so that events may name archives by it
  std::string description;
  std::string event_pattern;         // empty: every event of the bus
  std::uint32_t retention_days = 0;  // 0: forever
  std::string kms_key_identifier;
  base::Time created{};

  static constexpr auto members() {
    using R = ArchivePut;
    return Members{member("arn", &R::arn),
                   member("name", &R::name),
                   member("bus_arn", &R::bus_arn),
                   member("number", &R::number),
                   member("description", &R::description),
                   member("event_pattern", &R::event_pattern),
                   member("retention_days", &R::retention_days),
                   member("kms_key_identifier", &R::kms_key_identifier),
                   member("created", &R::created)};
  }
};

struct ArchiveDeleted {
  static constexpr log::RecordType kType = 401;
  std::string arn;
  static constexpr auto members() { return Members{member("arn", &ArchiveDeleted::arn)}; }
};

struct ReplayStarted {
  static constexpr log::RecordType kType = 402;
  std::string arn;
  std::string name;
  std::string description;
  std::string archive_arn;
  std::uint64_t archive_number = 0;
  std::string destination_arn;
  std::vector<std::string> filter_arns;  // empty: every rule of the bus
  base::Time event_start{};
  base::Time event_end{};
  log::LogPosition from;
  log::LogPosition until;  // the end of the log at the time of the request: later events are not replayed
  base::Time started{};

  static constexpr auto members() {
    using R = ReplayStarted;
    return Members{member("arn", &R::arn),
                   member("name", &R::name),
                   member("description", &R::description),
                   member("archive_arn", &R::archive_arn),
                   member("archive_number", &R::archive_number),
                   member("destination_arn", &R::destination_arn),
                   member("filter_arns", &R::filter_arns),
                   member("event_start", &R::event_start),
                   member("event_end", &R::event_end),
                   member("from", &R::from),
                   member("until", &R::until),
                   member("started", &R::started)};
  }
};

// The replay has come this far, with the deliveries beside it in the record of a page.
struct ReplayAdvanced {
  static constexpr log::RecordType kType = 403;
  std::string arn;
  log::LogPosition next;
  base::Time last_event_time{};  // zero if this page held none
  std::uint64_t events = 0;

  static constexpr auto members() {
    using R = ReplayAdvanced;
    return Members{member("arn", &R::arn), member("next", &R::next), member("last_event_time", &R::last_event_time),
                   member("events", &R::events)};
  }
};

enum class ReplayState : std::uint8_t { Starting, Running, Cancelling, Completed, Cancelled, Failed };

struct ReplayStateChanged {
  static constexpr log::RecordType kType = 404;
  std::string arn;
  ReplayState state = ReplayState::Starting;
  std::string reason;

  static constexpr auto members() {
    using R = ReplayStateChanged;
    return Members{member("arn", &R::arn), member("state", &R::state), member("reason", &R::reason)};
  }
};

struct ReplayDeleted {
  static constexpr log::RecordType kType = 405;
  std::string arn;
  static constexpr auto members() { return Members{member("arn", &ReplayDeleted::arn)}; }
};

}  // namespace athanor::archive
