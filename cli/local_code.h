// Finds which functions of a template have their code on this machine.
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
// `template_directory`, whose code is a CDK asset, or that `given` (logical id to path) names; `given` wins.
// InvalidInput when the template or `asset_manifest` cannot be read, or when `given` names no function of the template.
// A path may use Ref and Fn::Sub of the template's own parameters, whose values come from `parameters`, else their
// defaults. `asset_manifest` is what the CDK writes beside the template (STACK.assets.json), or empty: it lists assets
// that the template does not mention (`app.synth()`, `--asset-metadata false`).
Result<std::vector<LocalCode>> find_local_code(std::string_view template_text, const std::string& template_directory,
                                               const std::map<std::string, std::string>& given,
                                               const std::map<std::string, std::string>& parameters = {},
                                               std::string_view asset_manifest = {});

}  // namespace athanor::cli
