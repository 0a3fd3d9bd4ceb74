// The Rules section: what a template demands of its parameters.
#pragma once

#include "base/result.h"
#include "stack/evaluate.h"

namespace athanor::stack {

// InvalidInput when an assertion does not hold, with its AssertDescription, or cannot be evaluated. A rule that uses a
// parameter of the type AWS::SSM::Parameter is skipped: its value is not known here.
Result<void> check_rules(Scope& scope);

}  // namespace athanor::stack
