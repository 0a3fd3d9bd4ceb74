#include "bench/patterns/lot_rules.h"

namespace athanor::bench {

std::vector<LotRules> lot_rules() {
  const auto property = [](const std::string& name, const std::string& condition) {
    return R"({"properties":{")" + name + R"(":[)" + condition + "]}}";
  };
  const auto coordinate = [](const std::string& conditions) {
    return R"({"geometry":{"coordinates":{)" + conditions + "}}}";
  };
  std::vector<LotRules> sets{
      {"exact",
       {property("STREET", R"("WASHINGTON")"), property("STREET", R"("JACKSON")"), property("ST_TYPE", R"("AVE")"),
        property("MAPBLKLOT", R"("3745012")"), property("FROM_ST", R"("441")")},
       {"STREET", "ST_TYPE", "MAPBLKLOT", "FROM_ST"}},
      {"wildcard",
       {property("STREET", R"({"wildcard":"*A*SON"})"), property("STREET", R"({"wildcard":"WA*ON"})"),
        property("MAPBLKLOT", R"({"wildcard":"37*12"})"), property("MAPBLKLOT", R"({"wildcard":"*450*"})"),
        property("ST_TYPE", R"({"wildcard":"A*"})")},
       {"STREET", "ST_TYPE", "MAPBLKLOT"}},
      {"prefix",
       {property("STREET", R"({"prefix":"WA"})"), property("STREET", R"({"prefix":"JACK"})"),
        property("MAPBLKLOT", R"({"prefix":"37"})"), property("BLKLOT", R"({"prefix":"1431"})"),
        property("ST_TYPE", R"({"prefix":"A"})")},
       {"STREET", "ST_TYPE", "MAPBLKLOT", "BLKLOT"}},
      {"prefix, any case",
       {property("STREET", R"({"prefix":{"equals-ignore-case":"wa"}})"),
        property("STREET", R"({"prefix":{"equals-ignore-case":"Jack"}})"),
        property("MAPBLKLOT", R"({"prefix":{"equals-ignore-case":"37"}})"),
        property("BLKLOT", R"({"prefix":{"equals-ignore-case":"1431"}})"),
        property("ST_TYPE", R"({"prefix":{"equals-ignore-case":"a"}})")},
       {"STREET", "ST_TYPE", "MAPBLKLOT", "BLKLOT"}},
      {"suffix",
       {property("STREET", R"({"suffix":"SON"})"), property("STREET", R"({"suffix":"TON"})"),
        property("MAPBLKLOT", R"({"suffix":"012"})"), property("LOT_NUM", R"({"suffix":"7"})"),
        property("ST_TYPE", R"({"suffix":"E"})")},
       {"STREET", "ST_TYPE", "MAPBLKLOT", "LOT_NUM"}},
      {"suffix, any case",
       {property("STREET", R"({"suffix":{"equals-ignore-case":"son"}})"),
        property("STREET", R"({"suffix":{"equals-ignore-case":"Ton"}})"),
        property("MAPBLKLOT", R"({"suffix":{"equals-ignore-case":"012"}})"),
        property("LOT_NUM", R"({"suffix":{"equals-ignore-case":"7"}})"),
        property("ST_TYPE", R"({"suffix":{"equals-ignore-case":"e"}})")},
       {"STREET", "ST_TYPE", "MAPBLKLOT", "LOT_NUM"}},
      {"any case",
       {property("STREET", R"({"equals-ignore-case":"washington"})"),
        property("STREET", R"({"equals-ignore-case":"Jackson"})"),
        property("ST_TYPE", R"({"equals-ignore-case":"ave"})"), property("ODD_EVEN", R"({"equals-ignore-case":"e"})"),
        property("STREET", R"({"equals-ignore-case":"mason"})")},
       {"STREET", "ST_TYPE", "ODD_EVEN"}},
      {"numeric",
       {coordinate(R"("x":[{"numeric":["<",-122.509]}])"), coordinate(R"("x":[{"numeric":[">",-122.361]}])"),
        coordinate(R"("y":[{"numeric":[">",37.8,"<",37.801]}])"), coordinate(R"("y":[{"numeric":["<",37.711]}])"),
        coordinate(R"("z":[{"numeric":[">",0]}])")},
       {},
       true},
      {"anything-but",
       {property("ST_TYPE", R"({"anything-but":["ST","AVE"]})"),
        property("ST_TYPE", R"({"anything-but":{"equals-ignore-case":["st","ave","way"]}})"),
        property("STREET", R"({"anything-but":{"prefix":["A","B","C","D","E","F","G","H","J","L","M","N"]}})"),
        property("MAPBLKLOT", R"({"anything-but":{"suffix":["0","1","2","3","4","5"]}})"),
        property("STREET", R"({"anything-but":{"wildcard":["*A*","*O*"]}})")},
       {"STREET", "ST_TYPE", "MAPBLKLOT"}},
      {"arrays",
       {coordinate(R"("x":[{"numeric":["<",-122.50]}],"y":[{"numeric":[">",37.8]}])"),
        coordinate(R"("x":[{"numeric":[">",-122.37]}],"y":[{"numeric":["<",37.72]}])"),
        coordinate(R"("x":[{"numeric":[">",-122.45,"<",-122.44]}],"y":[{"numeric":[">",37.75,"<",37.76]}])"),
        coordinate(R"("x":[{"numeric":["<",-122.49]}],"z":[{"numeric":[">",0]}])"),
        R"({"geometry":{"type":["Polygon"],"coordinates":{"x":[{"numeric":["<",-122.505]}],"y":[{"numeric":["<",37.73]}]}}})"},
       {},
       true},
  };
  LotRules all{"all", {}, {"STREET", "ST_TYPE", "MAPBLKLOT", "BLKLOT", "FROM_ST", "LOT_NUM", "ODD_EVEN"}, true};
  for (const LotRules& set : sets) all.patterns.insert(all.patterns.end(), set.patterns.begin(), set.patterns.end());
  sets.push_back(std::move(all));
  return sets;
}

}  // namespace athanor::bench
