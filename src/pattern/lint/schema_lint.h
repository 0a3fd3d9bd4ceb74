// What schemas say about the patterns that ask for their events.
#pragma once

#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "pattern/lint/event_schema.h"
#include "pattern/lint/event_set.h"
#include "pattern/lint/lint.h"

namespace athanor::pattern {

class SchemaLint {
 public:
  // Both outlive this.
  SchemaLint(std::span<const EventSchema> schemas, ClauseSets& sets);

  struct Verdict {
    std::vector<LintFinding::Fault> impossible;  // clauses that no event of the schemas satisfies: it never matches
    std::vector<LintFinding::Fault> unnamed;     // otherwise: clauses for fields that none of them names
  };
  // Judges one alternative, given its region. No findings for an alternative that also matches events without a schema.
  // Throws TooMuch.
  Verdict judge(const Alternative& alternative, const Region& region);

 private:
  struct Field {
    const ClauseSet* set;
    bool is_named;
  };
  const Field& field(const EventSchema& schema, const std::string& path);
  Verdict judge(const EventSchema& schema, const Alternative& alternative, const Region& region);

  std::span<const EventSchema> schemas_;
  ClauseSets& sets_;
  std::vector<Region> events_;  // of each schema: its source and detail-type
  std::map<std::pair<const EventSchema*, std::string>, Field> fields_;
};

}  // namespace athanor::pattern
