// What was found in a log's directory, for people and as JSON; and how its commands fail.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "cli/console.h"
#include "cli/session.h"
#include "format/json.h"
#include "runtime/code_store.h"
#include "storage/embedded/inspect.h"

namespace athanor::cli {

// "00..00.seg is damaged at byte 4096: ...; 12 records before it and 30 behind it can be read"
std::string sentence(const storage::Damage& damage);

// Each damage a line, then what is there and, if it is damaged, what to do.
void print(const storage::Inspection& found, const std::string& directory, Console& console);

// The same of functions' packages; nothing where there are none.
void print(const runtime::PackagesReport& packages, Console& console);

// Ends a command that needs no server with what files or the disk said: Damaged, or Refused.
void fail_on_files(Session& session, const Error& error, std::string_view hint = {});

format::JsonValue json_of(const storage::Inspection& found, const runtime::PackagesReport& packages,
                          const std::string& directory);

// What tells on a terminal how far a command is: "read 3 of 12 MiB".
std::function<void(std::uint64_t done, std::uint64_t total)> mib_progress(Console& console, std::string verb);

// A repair, done or not.
struct RepairReport {
  bool sound = false;                    // now
  std::vector<storage::Damage> damages;  // before
  std::string quarantine;                // in the directory; "" where there is nothing to repair
  std::vector<std::string> steps;
  bool repaired = false;
  std::string problem;  // why no repair helps; "" where one does, or there is nothing to repair
};
format::JsonValue json_of(const RepairReport& report, const std::string& directory);

}  // namespace athanor::cli
