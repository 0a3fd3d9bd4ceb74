#include "server/foreign_page.h"

#include <gtest/gtest.h>

namespace athanor::server {
namespace {

struct Row {
  const char* host;
  const char* origin;
  const char* site;
};

bool is_refused(const Row& row) {
  http::Request request{.method = "POST", .target = "/"};
  if (row.host != nullptr) request.headers.push_back({"Host", row.host});
  if (row.origin != nullptr) request.headers.push_back({"Origin", row.origin});
  if (row.site != nullptr) request.headers.push_back({"Sec-Fetch-Site", row.site});
  return refuse_foreign_page(request).has_value();
}

TEST(ForeignPage, IsNotWhatClientsSend) {
  for (const Row& row : {Row{.host = "127.0.0.1:4566"}, Row{.host = "127.0.0.2"}, Row{.host = "localhost:4566"},
                         Row{.host = "LOCALHOST"}, Row{.host = "localhost."}, Row{.host = "sqs.localhost:4566"},
                         Row{.host = "[::1]:4566"}, Row{.host = "[::ffff:127.0.0.1]"}, Row{.host = "athanor:4566"},
                         Row{.host = "host.docker.internal:4566"}, Row{.host = "events.us-east-1.amazonaws.com"},
                         Row{.host = "localhost.localstack.cloud:4566"}, Row{.host = nullptr}, Row{.host = ""}})
    EXPECT_FALSE(is_refused(row)) << (row.host == nullptr ? "no Host" : row.host);
}

TEST(ForeignPage, IsOneThatHasTheServersOwnOriginNeither) {
  EXPECT_FALSE(is_refused({.host = "localhost:4566", .origin = "http://localhost:4566", .site = "same-origin"}));
  EXPECT_FALSE(is_refused({.host = "localhost:4566", .origin = nullptr, .site = "none"})) << "typed into the browser";
}

TEST(ForeignPage, IsRefusedByWhatTheBrowserSaysOfIt) {
  for (const Row& row :
       {Row{.origin = "http://evil.example"}, Row{.origin = "null"}, Row{.origin = "https://localhost:4566"},
        Row{.origin = "http://localhost:3000"}, Row{.origin = "http://localhost"},
        Row{.origin = "http://localhost:4566.evil.example"}, Row{.site = "cross-site"}, Row{.site = "same-site"},
        Row{.origin = "http://localhost:4566", .site = "cross-site"},
        Row{.origin = "http://evil.example", .site = "none"}})
    EXPECT_TRUE(is_refused({.host = "localhost:4566", .origin = row.origin, .site = row.site}))
        << (row.origin == nullptr ? row.site : row.origin);
}

TEST(ForeignPage, IsRefusedByANameThatLeadsHere) {
  for (const char* host : {"rebind.evil.example:4566", "evil.example", "localhost.evil.example",
                           "127.0.0.1.evil.example", "evil.localhost.example.", "a.localhosts", "evilamazonaws.com"})
    EXPECT_TRUE(is_refused({.host = host})) << host;
}

// Where browsers do not say who is asking, a request made by an image in a page would be trusted.
TEST(ForeignPage, IsRefusedWhatItMayAskByAnImage) {
  const auto is_refused_query = [](const char* host, const char* method, const char* query, const char* authorization) {
    http::Request request{.method = method, .target = std::string{"/?"} + query, .headers = {{"Host", host}}};
    if (authorization != nullptr) request.headers.push_back({"Authorization", authorization});
    return refuse_foreign_page(request).has_value();
  };
  constexpr const char* kQuery = "Action=DeleteQueue&QueueUrl=x";
  for (const char* host : {"0.0.0.0:4566", "[::ffff:127.0.0.1]:4566", "athanor:4566", "host.docker.internal"}) {
    EXPECT_TRUE(is_refused_query(host, "GET", kQuery, nullptr)) << host;
    EXPECT_FALSE(is_refused_query(host, "POST", kQuery, nullptr)) << host;
    EXPECT_FALSE(is_refused_query(host, "GET", kQuery, "AWS4-HMAC-SHA256 ...")) << host;
    EXPECT_FALSE(is_refused_query(host, "GET", "Action=x&X-Amz-Credential=y", nullptr)) << host;
    EXPECT_FALSE(is_refused_query(host, "GET", "", nullptr)) << host;
  }
  for (const char* host : {"127.0.0.1:4566", "127.1.2.3", "[::1]:4566", "localhost", "LOCALHOST.", "sqs.localhost"})
    EXPECT_FALSE(is_refused_query(host, "GET", kQuery, nullptr)) << host;
}

}  // namespace
}  // namespace athanor::server
