#include "cli/local_code.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "stack/nearest.h"
#include "stack/template.h"

namespace athanor::cli {
namespace {

using Parameters = std::map<std::string, std::string>;

Parameters with_defaults(const stack::Template& parsed, const Parameters& given) {
  Parameters values = given;
  const auto* section = parsed.section("Parameters");
  if (section == nullptr) return values;
  for (const auto& [name, body] : section->members) {
    if (const auto* value = body.find("Default")) values.emplace(name, value->text);
  }
  return values;
}

// The path in `code`; nullopt when it is not a path, or uses more than parameters.
std::optional<std::string> path_of(const format::JsonValue& code, const Parameters& values) {
  if (code.is_string()) return code.text;
  if (const auto* name = code.find("Ref")) {
    const auto value = values.find(name->text);
    return value == values.end() ? std::nullopt : std::optional{value->second};
  }
  const auto* sub = code.find("Fn::Sub");
  if (sub == nullptr || !sub->is_string()) return std::nullopt;
  std::string path = sub->text;
  for (const auto& [name, value] : values) {
    const std::string variable = "${" + name + "}";
    for (auto at = path.find(variable); at != std::string::npos; at = path.find(variable, at + value.size())) {
      path.replace(at, variable.size(), value);
    }
  }
  return path.find("${") == std::string::npos ? std::optional{path} : std::nullopt;
}

// What the CDK says of an asset, besides the bucket that its own deploy would upload it to.
std::optional<std::string> asset_of(const format::JsonValue& function) {
  const auto* metadata = function.find("Metadata");
  const auto* property = metadata == nullptr ? nullptr : metadata->find("aws:asset:property");
  const auto* path = metadata == nullptr ? nullptr : metadata->find("aws:asset:path");
  if (path == nullptr || property == nullptr || property->text != "Code") return std::nullopt;
  return path->text;
}

using Assets = std::map<std::string, std::string>;  // object key to path

Result<Assets> read_assets(std::string_view manifest) {
  Assets assets;
  if (manifest.empty()) return assets;
  ATHANOR_TRY(json, format::parse_json(manifest));
  const auto* files = json.find("files");
  if (files == nullptr) return assets;
  for (const auto& [hash, file] : files->members) {
    const auto* source = file.find("source");
    const auto* path = source == nullptr ? nullptr : source->find("path");
    const auto* destinations = file.find("destinations");
    if (path == nullptr || destinations == nullptr) continue;
    for (const auto& [name, destination] : destinations->members) {
      if (const auto* key = destination.find("objectKey")) assets.emplace(key->text, path->text);
    }
  }
  return assets;
}

// The asset that `code` would be fetched from, if the manifest lists it.
std::optional<std::string> asset_of(const format::JsonValue& code, const Assets& assets) {
  const auto* key = code.find("S3Key");
  const auto asset = key == nullptr ? assets.end() : assets.find(key->text);
  return asset == assets.end() ? std::nullopt : std::optional{asset->second};
}

}  // namespace

Result<std::vector<LocalCode>> find_local_code(std::string_view template_text, const std::string& template_directory,
                                               const std::map<std::string, std::string>& given,
                                               const std::map<std::string, std::string>& parameters,
                                               std::string_view asset_manifest) {
  ATHANOR_TRY(parsed, stack::parse_template(template_text));
  ATHANOR_TRY(assets, read_assets(asset_manifest));
  const Parameters values = with_defaults(parsed, parameters);
  std::vector<LocalCode> found;
  std::vector<std::string_view> functions;
  for (const auto& [name, body] : parsed.section("Resources")->members) {
    if (body.find("Type")->text != "AWS::Lambda::Function") continue;
    functions.push_back(name);
    if (const auto option = given.find(name); option != given.end()) {
      found.push_back({name, option->second});
      continue;
    }
    const auto* properties = body.find("Properties");
    const auto* code = properties == nullptr ? nullptr : properties->find("Code");
    auto path = asset_of(body);
    if (!path && code != nullptr) path = asset_of(*code, assets);
    if (!path && code != nullptr) path = path_of(*code, values);
    if (!path || path->starts_with("s3://")) continue;
    found.push_back({name, (std::filesystem::path{template_directory} / *path).lexically_normal().string()});
  }
  for (const auto& [name, path] : given) {
    if (std::ranges::find(functions, name) != functions.end()) continue;
    return invalid_input(fmt::format("--code {}={} does not name a function of the template{}", name, path,
                                     stack::did_you_mean(name, functions)));
  }
  return found;
}

}  // namespace athanor::cli
