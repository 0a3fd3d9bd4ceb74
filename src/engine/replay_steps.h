// What running replays do next. In one step a page of the archive's events is read, then their deliveries are written
// together with the replay's progress, so that no crash delivers them again.
//
// No I/O: what is to be read is handed out, and comes back. Everything runs on the engine thread.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/call.h"
#include "engine/replay_page.h"

namespace athanor::engine {

class ReplaySteps {
 public:
  // The page that a replay is waiting for.
  struct Reading {
    std::string replay_arn;
    ReplayPageRequest request;
  };

  // `page_events`: events per page, at most. `step_max`: deliveries per step, plus at most those of one more event.
  ReplaySteps(std::size_t page_events, std::size_t step_max) : page_events_(page_events), step_max_(step_max) {}

  // Ends replays that are done, cancelled, or without their archive or bus. The pages returned are to be read as soon
  // as everything before their `until` is durable; a replay asks for no other until its page was taken. None is
  // returned while the disk or the dispatcher is full.
  std::vector<Reading> step(Call& call);

  // Writes the deliveries of a page, as many as fit in one step: the next step reads the rest again. A page that could
  // not be read fails the replay; a page of a replay that has ended meanwhile is dropped.
  void take(Call& call, const Reading& reading, const Result<ReplayPage>& page);

  // No page that is being read begins before it; nullopt when there is none.
  std::optional<log::LogPosition> oldest_being_read(const archive::Replays& replays) const;

 private:
  std::size_t page_events_;
  std::size_t step_max_;
  std::set<std::string> being_read_;  // replays
};

}  // namespace athanor::engine
