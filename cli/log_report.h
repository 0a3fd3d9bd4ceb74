// Reports what was found in a log's directory, as text and as JSON; and how the log commands fail.
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

// One line per damage, then what the log holds and, if it is damaged, what to do.
void print(const storage::Inspection& found, const std::string& directory, Console& console);

// The same for function packages; prints nothing if there are none.
void print(const runtime::PackagesReport& packages, Console& console);

// Ends a command that needs no server with a file or disk error: Damaged, or Refused.
void fail_on_files(Session& session, const Error& error, std::string_view hint = {});

format::JsonValue json_of(const storage::Inspection& found, const runtime::PackagesReport& packages,
                          const std::string& directory);

// A callback that shows a command's progress on a terminal: "read 3 of 12 MiB".
std::function<void(std::uint64_t done, std::uint64_t total)> mib_progress(Console& console, std::string verb);

// A repair, whether or not it was carried out.
struct RepairReport {
  bool sound = false;                    // now
  std::vector<storage::Damage> damages;  // before
  std::string quarantine;                // within the directory; "" if there is nothing to repair
  std::vector<std::string> steps;
  bool repaired = false;
  std::string problem;  // why no repair helps; "" if one does, or there is nothing to repair
};
format::JsonValue json_of(const RepairReport& report, const std::string& directory);

}  // namespace athanor::cli
