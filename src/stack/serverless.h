// The part of the SAM transform (AWS::Serverless-2016-10-31) that Athanor supports: functions and Globals.Function.
#pragma once

#include "base/result.h"
#include "stack/template.h"

namespace athanor::stack {

// When the template asks for the transform, every AWS::Serverless::Function becomes an AWS::Lambda::Function, with a
// role <LogicalId>Role unless it names one, an EventInvokeConfig when it has that property, and, for each event of the
// types EventBridgeRule and Schedule, a rule <LogicalId><Event> and the permission for it. Properties, their members
// and events beyond that, any other AWS::Serverless type, and a generated resource whose name the template already uses
// are refused by name. A template without the transform is left as it is, and may not have Globals.
Result<void> expand_serverless(Template& parsed);

}  // namespace athanor::stack
