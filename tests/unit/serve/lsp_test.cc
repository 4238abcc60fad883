// Messages that nobody vouches for, settings, and files that are not to be read.
#include "serve/lsp.h"

#include <gtest/gtest.h>

#include <random>

#include "serve/client_state.h"
#include "serve/framing.h"
#include "serve/privacy.h"

namespace sw::tool {
namespace {

std::optional<Json> parsed(std::string_view body) {
  std::string why;
  const auto message = parse_message(body, why);
  EXPECT_EQ(message.has_value(), why.empty()) << body.substr(0, 80);
  return message;
}

TEST(ParseMessage, TakesObjectsAlone) {
  EXPECT_TRUE(parsed("{}"));
  for (const char* body : {"", "[]", "5", "null", "{", "{}{}", "\"x\"", "{\"a\":\xff}", "{\"a\":1e999999}x"}) EXPECT_FALSE(parsed(body)) << body;
}

TEST(ParseMessage, BoundsDepth) {
  const auto nested = [](size_t depth) {
    std::string body = "{\"a\":";
    for (size_t i = 0; i < depth; ++i) body += "[";
    for (size_t i = 0; i < depth; ++i) body += "]";
    return body + "}";
  };
  EXPECT_TRUE(parsed(nested(99)));
  EXPECT_FALSE(parsed(nested(100)));
  EXPECT_FALSE(parsed(nested(1000000)));
  EXPECT_TRUE(parsed("{\"a\":\"" + std::string(1000, '[') + "\\\"" + std::string(1000, '[') + "\"}"));
}

TEST(ParseMessage, HalvesOfPairsBecomeReplacementCharacters) {
  EXPECT_EQ((*parsed(R"({"a":"\ud83d\ude00"})"))["a"], "😀");
  EXPECT_EQ((*parsed(R"({"a":"\ud83d"})"))["a"], "\ufffd");
  EXPECT_EQ((*parsed(R"({"a":"\ude00\ud83d\ud83d\ude00x"})"))["a"], "\ufffd\ufffd😀x");
  EXPECT_EQ((*parsed(R"({"a":"\\ud83d"})"))["a"], "\\ud83d");
}

// Wherever the members stand, and whatever the text between them says.
TEST(PassedOver, IsKnownByItsEnds) {
  const auto ends_of = [](const std::string& body) {
    constexpr size_t kEnd = MessageReader::kEndBytes;
    return body.size() <= 2 * kEnd ? body : body.substr(0, kEnd) + body.substr(body.size() - kEnd);
  };
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    std::string text;
    while (text.size() < 20000) text += random() % 2 == 0 ? R"("uri": "file:///wrong", \"method\":"wrong","languageId":"x")" : std::string(1 + random() % 9, '\\');
    const bool opens = random() % 2 == 0;
    const std::string uri = "file:///a \"b\\.py", method = opens ? "textDocument/didOpen" : "textDocument/didChange";
    const Json params = opens ? Json{{"textDocument", {{"uri", uri}, {"languageId", "python"}, {"version", 7}, {"text", text}}}}
                              : Json{{"textDocument", {{"uri", uri}, {"version", 7}}}, {"contentChanges", Json::array({{{"text", text}}})}};
    const std::string first = "\"method\": " + Json(method).dump(), second = "\"params\" : " + params.dump();
    const PassedOver known = passed_over(ends_of("{" + (seed % 3 == 0 ? second + ", " + first : first + ", " + second) + "}"));
    EXPECT_TRUE(may_hold_text(known));
    EXPECT_EQ(known.method, method);
    EXPECT_EQ(known.uri, uri);
    EXPECT_EQ(known.language, opens ? "python" : "");
  }
  EXPECT_FALSE(may_hold_text(passed_over("")));
  EXPECT_FALSE(may_hold_text(passed_over("xxxx")));
  EXPECT_FALSE(may_hold_text(passed_over(R"({"id":5,"method":"initialize","params":{)")));
  EXPECT_TRUE(may_hold_text(passed_over(R"({"jsonrpc":"2.0","params":{"contentChanges":[{"text":")")));
}

// A document that is lost takes no edit until its whole text comes; others go on.
TEST(ClientState, LosesWhatCouldNotBeRead) {
  const auto change = [](const std::string& uri, const Json& content) { return Json{{"textDocument", {{"uri", uri}, {"version", 2}}}, {"contentChanges", Json::array({content})}}; };
  const Json at_start = {{"start", {{"line", 0u}, {"character", 0u}}}, {"end", {{"line", 0u}, {"character", 0u}}}};
  for (const PassedOver& message : {PassedOver{true, "textDocument/didChange", "file:///a", ""}, PassedOver{true, "textDocument/didOpen", "file:///a", "c"}, PassedOver{true, "", "", ""}}) {
    ClientState state{SettingValues()};
    for (const char* uri : {"file:///a", "file:///b"}) state.open({{"textDocument", {{"uri", uri}, {"text", "one"}}}});
    const bool any = message.uri.empty();
    EXPECT_EQ(state.lose(message).size(), any ? 2u : 1u);
    EXPECT_TRUE(state.lose(message).empty()) << "told once";
    for (const char* uri : {"file:///a", "file:///b"}) {
      const OpenDocument* open = state.change(change(uri, {{"range", at_start}, {"text", "x"}}), [](const Edit&) {});
      const bool lost = any || open->uri == "file:///a";
      EXPECT_EQ(open->lost, lost);
      EXPECT_EQ(open->document.text(), lost ? "one" : "xone");
      state.change(change(uri, {{"text", "new"}}), [](const Edit&) {});
      EXPECT_FALSE(open->lost);
      EXPECT_EQ(open->document.text(), "new");
    }
    EXPECT_EQ(state.lose(message).size(), any ? 2u : 1u) << "and told again once it was well";
  }
  ClientState state{SettingValues()};
  EXPECT_EQ(state.lose({true, "textDocument/didOpen", "file:///new", "python"}).size(), 1u);
  EXPECT_EQ(state.find("file:///new")->language, "python");
  EXPECT_TRUE(state.lose({true, "textDocument/didChange", "file:///other", ""}).empty());
}

// Messages with values of any type in any place: nothing throws, nothing that is no position is taken for one.
Json random_json(std::mt19937& random, int depth) {
  switch (random() % (depth > 0 ? 9 : 7)) {
    case 0: return nullptr;
    case 1: return random() % 2 == 0;
    case 2: return static_cast<int64_t>(random()) - (int64_t{1} << 31);
    case 3: return 1e300;
    case 4: return "file:///a.py";
    case 5: return std::string(random() % 5, 'x');
    case 6: return UINT64_MAX;
    case 7: return Json::array({random_json(random, depth - 1), random_json(random, depth - 1)});
    default: break;
  }
  Json out = Json::object();
  constexpr const char* kNames[] = {"textDocument", "uri", "text", "range", "start", "end", "line", "character", "contentChanges", "version", "capabilities", "general",
                                    "positionEncodings", "settings", "sidewinder", "maxTokens", "languages", "exclude", "initializationOptions", "workspaceFolders"};
  for (int i = 0; i < 6; ++i) out[kNames[random() % std::size(kNames)]] = random_json(random, depth - 1);
  return out;
}

TEST(ClientState, SurvivesAnyParams) {
  for (unsigned seed = 0; seed < 20000; ++seed) {
    std::mt19937 random(seed);
    ClientState state{SettingValues()};
    state.initialize(random_json(random, 5));
    state.open({{"textDocument", {{"uri", "file:///a.py"}, {"text", "one\ntwo\n"}}}});
    state.open(random_json(random, 4));
    state.configure(random_json(random, 4));
    Json change = random_json(random, 5);
    if (change.is_object()) change["textDocument"] = {{"uri", "file:///a.py"}};
    state.change(change, [](const Edit& edit) { EXPECT_LE(edit.begin, edit.end); });
    EXPECT_NE(state.find("file:///a.py"), nullptr);
  }
}

std::vector<std::string> merged(SettingValues& values, const Json& given) { return values.merge(given, "origin"); }

TEST(Settings, EveryDefaultFitsItsOwnEntry) {
  SettingValues values;
  EXPECT_TRUE(merged(values, SettingValues().json()).empty());
  for (const Json& entry : settings_table().at("settings")) {
    EXPECT_FALSE(entry.at("doc").get<std::string>().empty()) << entry;
    EXPECT_FALSE(merged(values, {{entry.at("name").get<std::string>(), Json::object({{"x", 5}})}}).empty()) << entry;
  }
  values = SettingValues();
  for (const Json& entry : settings_table().at("settings")) merged(values, {{entry.at("name").get<std::string>(), 1e300}});
  EXPECT_EQ(values.json(), SettingValues().json());
}

TEST(Settings, AreTakenNestedOrPlainAndAsFlags) {
  SettingValues values;
  EXPECT_TRUE(merged(values, {{"sidewinder", {{"maxTokens", 7}}}}).empty());
  EXPECT_EQ(values.settings().max_tokens, 7);
  EXPECT_TRUE(merged(values, {{"maxTokens", 8.0}, {"ofAnotherVersion", 1}}).empty());
  EXPECT_EQ(values.settings().max_tokens, 8);
  EXPECT_EQ(merged(values, {{"maxTokens", 0}}).size(), 1u);
  EXPECT_TRUE(values.set_text("maxTokens", "9").ok());
  EXPECT_FALSE(values.set_text("maxTokens", "x").ok());
  EXPECT_TRUE(values.set_text("model", "5").ok());
  EXPECT_EQ(values.json()["model"], "5");
  EXPECT_EQ(flag_of("maxFileKB"), "--max-file-kb");
}

TEST(Settings, WhatIsWrongIsToldWithItsPlaceAndOnce) {
  SettingValues values;
  const auto only = [&](const Json& given, const std::string& said) {
    const auto problems = merged(values, given);
    EXPECT_EQ(problems, said.empty() ? std::vector<std::string>() : std::vector{said}) << given;
  };
  only({{"maxTokens", "seven"}}, "origin: setting maxTokens: \"seven\" cannot be used; give integer, 1 to 4096");
  only({{"maxTokens", "seven"}}, "");
  only({{"maxTokens", "eight"}}, "origin: setting maxTokens: \"eight\" cannot be used; give integer, 1 to 4096");
  only({{"maxTokens", 5}}, "");
  only({{"maxTokens", "eight"}}, "origin: setting maxTokens: \"eight\" cannot be used; give integer, 1 to 4096");
  EXPECT_EQ(values.settings().max_tokens, 5);
  for (const Json& none : {Json("text"), Json(5), Json::array({1}), Json(true)}) {
    only(none, "origin: " + none.dump() + " is no object of settings");
    only({{"sidewinder", none}}, "");
  }
  only(nullptr, "");
  only({{"sidewinder", nullptr}}, "");
}

// A list that hides files hides them still when something in it is wrong.
TEST(Settings, OfAListTheWrongItemsAloneAreLeftOut) {
  SettingValues values;
  const auto problems = merged(values, {{"exclude", {"*.sql", 5, "private/", nullptr}}, {"languages", {{"python", false}, {"c", "no"}}}});
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_EQ(problems[0], "origin: setting exclude[1]: 5 cannot be used, nor 1 others; give array of string");
  EXPECT_EQ(problems[1], "origin: setting languages.c: \"no\" cannot be used; give object of boolean");
  EXPECT_EQ(values.settings().exclude, (std::vector<std::string>{"*.sql", "private/"}));
  EXPECT_FALSE(values.settings().language_enabled("python"));
}

// Whatever is given for whatever setting: what is in force is of its type and within its range.
TEST(Settings, SurviveAnyValues) {
  for (unsigned seed = 0; seed < 5000; ++seed) {
    std::mt19937 random(seed);
    SettingValues values;
    for (int i = 0; i < 4; ++i) {
      Json given = random_json(random, 3);
      if (random() % 4 != 0) given = Json::object();
      for (const Json& entry : settings_table().at("settings")) {
        if (given.is_object() && random() % 4 == 0) given[entry.at("name").get<std::string>()] = random_json(random, 3);
      }
      for (const std::string& problem : merged(values, random() % 2 == 0 ? given : Json{{"sidewinder", given}})) EXPECT_TRUE(problem.starts_with("origin: "));
      EXPECT_TRUE(SettingValues().merge(values.json(), "").empty());
      EXPECT_GE(values.settings().max_tokens, 1);
      EXPECT_FALSE(values.of_process().empty());
    }
  }
}

TEST(Privacy, KnowsSecretsByTheirNames) {
  Settings settings;
  for (const char* uri : {"file:///p/.env", "file:///p/.env.local", "file:///p/.ENV", "file:///p/%2eenv", "file:///p/id_rsa", "file:///p/a.pem", "file:///home/me/.ssh/config",
                          "untitled:.env", "vscode-remote://ssh/home/me/.aws/credentials", "file:///p/my_rsa", "file:///p/.env#fragment", "file:///p/terraform.tfstate"}) {
    EXPECT_FALSE(may_read(uri, settings)) << uri;
  }
  for (const char* uri : {"file:///p/environment.py", "file:///p/a.py", "untitled:Untitled-1", "file:///p/keys.py"}) EXPECT_TRUE(may_read(uri, settings)) << uri;
  settings.exclude = {"*.sql", "*/private/*"};
  EXPECT_FALSE(may_read("file:///p/dump.sql", settings));
  EXPECT_FALSE(may_read("file:///p/private/x/a.py", settings));
}

TEST(Privacy, DecodesPaths) {
  EXPECT_EQ(path_of_uri("file:///a%20b/c.py"), "/a b/c.py");
  EXPECT_EQ(path_of_uri("file://localhost/c.py"), "/c.py");
  EXPECT_EQ(path_of_uri("file:///100%/x%4"), "/100%/x%4");
  EXPECT_EQ(path_of_uri("untitled:a"), "");
}

}  // namespace
}  // namespace sw::tool
