// What running replays do next. A step of one: a page of its archive's events is read, then their deliveries are
// written, together with how far the replay has come, so that no crash has them delivered again.
//
// No I/O: what is to be read is handed out, and comes back. All on the engine thread.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/call.h"
#include "engine/replay_page.h"

namespace athanor::engine {

class ReplaySteps {
 public:
  // The page that a replay waits for.
  struct Reading {
    std::string replay_arn;
    ReplayPageRequest request;
  };

  // `page_events`: of a page, at most. `step_max`: deliveries of one step, with those of one event more.
  ReplaySteps(std::size_t page_events, std::size_t step_max) : page_events_(page_events), step_max_(step_max) {}

  // Ends the replays that are through, cancelled, or without their archive or bus. What comes back is to be read as
  // soon as all before its `until` is durable; none is asked for again before its page was taken. While the disk or
  // the dispatcher is full, nothing is.
  std::vector<Reading> step(Call& call);

  // Writes the deliveries of a page, as far as they are few enough for one step: the next one reads the rest again. A
  // page that could not be read fails the replay; one of a replay that ended meanwhile is dropped.
  void take(Call& call, const Reading& reading, const Result<ReplayPage>& page);

 private:
  std::size_t page_events_;
  std::size_t step_max_;
  std::set<std::string> being_read_;  // replays
};

}  // namespace athanor::engine
