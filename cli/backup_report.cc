#include "cli/backup_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

#include "base/text.h"

namespace athanor::cli {

using format::JsonValue;

namespace {

// Each run adds a range where the log is compacted between two: in the course of years they are thousands.
constexpr std::size_t kRangesShown = 10;

}  // namespace

std::uint64_t bytes_of(const storage::BackupManifest& manifest) {
  std::uint64_t bytes = 0;
  for (const auto* files : {&manifest.log, &manifest.code}) {
    for (const storage::BackupFile& file : *files) bytes += file.bytes;
  }
  return bytes;
}

void print(const VerifiedBackup& verified, Console& console) {
  const auto& [manifest, check, others] = verified;
  for (const storage::Damage& damage : check.damages)
    console.line(fmt::format("{} {} {}", console.styled("✗", Style::Bad), damage.file, damage.what));
  for (const std::string& name : others) {
    console.line(fmt::format("{} {} is not part of the backup: a run was interrupted, or is under way",
                             console.styled("!", Style::Caution), name));
  }
  if (check.damages.empty()) {
    console.line(fmt::format("{}: {} records, positions {} to {}, in {} files of {} MiB; taken {}",
                             console.styled("sound", Style::Good), check.whole.records, manifest->extent.begin,
                             manifest->extent.end, manifest->log.size() + manifest->code.size(),
                             (bytes_of(*manifest) + (1 << 20) - 1) >> 20, base::to_iso8601_millis(manifest->taken)));
  }
  const std::size_t earlier = check.moments.size() - std::min(check.moments.size(), kRangesShown);
  if (earlier > 0)
    console.line(fmt::format("{} earlier {} of moments: --json lists all", earlier, earlier == 1 ? "range" : "ranges"));
  for (const storage::Moments& range : std::span{check.moments}.subspan(earlier)) {
    console.line(fmt::format("can be restored as of any moment from {} to {}", base::to_iso8601_millis(range.from),
                             base::to_iso8601_millis(range.until)));
  }
  if (check.damages.empty()) return;
  const bool is_code_damaged = std::ranges::any_of(check.damages, storage::is_of_code);
  console.note(fmt::format("next: back up into another directory; {}{}",
                           check.moments.empty() ? "nothing can be restored from this one as it is"
                                                 : "of this one only these moments can be restored",
                           !check.moments.empty() && is_code_damaged ? ", with --without-damaged-code" : ""));
}

JsonValue json_of(const std::vector<storage::Damage>& damages) {
  JsonValue json = JsonValue::array();
  for (const storage::Damage& damage : damages) {
    json.items.push_back(JsonValue::object({{"File", JsonValue::of(damage.file)},
                                            {"Offset", JsonValue::of(damage.offset)},
                                            {"Bytes", JsonValue::of(damage.bytes)},
                                            {"What", JsonValue::of(damage.what)}}));
  }
  return json;
}

JsonValue json_of(const VerifiedBackup& verified, const std::string& directory) {
  const auto& [manifest, check, other_names] = verified;
  JsonValue moments = JsonValue::array(), others = JsonValue::array();
  for (const storage::Moments& range : check.moments) {
    moments.items.push_back(JsonValue::object({{"From", JsonValue::of(base::to_iso8601_millis(range.from))},
                                               {"Until", JsonValue::of(base::to_iso8601_millis(range.until))}}));
  }
  for (const std::string& name : other_names) others.items.push_back(JsonValue::of(name));
  JsonValue json =
      JsonValue::object({{"Directory", JsonValue::of(directory)}, {"Sound", JsonValue::of(check.damages.empty())}});
  if (manifest) {
    json.set("Taken", JsonValue::of(base::to_iso8601_millis(manifest->taken)));
    json.set("Begin", JsonValue::of(manifest->extent.begin));
    json.set("End", JsonValue::of(manifest->extent.end));
    json.set("Files", JsonValue::of(manifest->log.size() + manifest->code.size()));
    json.set("Bytes", JsonValue::of(bytes_of(*manifest)));
  }
  if (check.damages.empty()) json.set("Records", JsonValue::of(check.whole.records));
  json.set("Moments", std::move(moments));
  json.set("Damages", json_of(check.damages));
  if (manifest) json.set("Others", std::move(others));
  return json;
}

}  // namespace athanor::cli
