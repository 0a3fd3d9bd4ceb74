// Which functions of a template have their code on this machine.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace athanor::cli {

struct LocalCode {
  std::string logical_id;
  std::string path;
};

// Every AWS::Lambda::Function (and AWS::Serverless::Function) whose Code or CodeUri is a path, relative to
// `template_directory`, whose code is an asset of the CDK, or that `given` (logical id to path) names; `given` wins.
// InvalidInput when the template cannot be read, or when `given` names no function of it. A path may be made with Ref
// and Fn::Sub of the template's own parameters, whose values are those of `parameters`, else their defaults.
Result<std::vector<LocalCode>> find_local_code(std::string_view template_text, const std::string& template_directory,
                                               const std::map<std::string, std::string>& given,
                                               const std::map<std::string, std::string>& parameters = {});

}  // namespace athanor::cli
