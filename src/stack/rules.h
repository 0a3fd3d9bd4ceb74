// The Rules section: what a template demands of its parameters.
#pragma once

#include "base/result.h"
#include "stack/evaluate.h"

namespace athanor::stack {

// InvalidInput when an assertion does not hold, with its AssertDescription, or cannot be evaluated. A rule that asks
// for a parameter of the type AWS::SSM::Parameter is passed over: nobody here knows the value.
Result<void> check_rules(Scope& scope);

}  // namespace athanor::stack
