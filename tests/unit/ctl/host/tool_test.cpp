// SPDX-License-Identifier: MIT
#include "ctl/host/tool.hpp"

#include "ctl/doctor/host_checks.hpp"
#include "ctl/doctor/peer.hpp"
#include "support/catch.hpp"

#include <stdexcept>

using namespace extmail::ctl;

TEST_CASE("a program is heard to its end") {
  const auto done = run_tool({"sh", "-c", "echo out; echo first >&2; echo second >&2; exit 3"});
  CHECK(done.is_there);
  CHECK(done.status == 3);
  CHECK_FALSE(done.is_good());
  CHECK(done.output == "out\n");
  CHECK(done.errors == "first");
}

TEST_CASE("a program that is not there is none that failed") {
  const auto done = run_tool({"extmail-no-such-program"});
  CHECK_FALSE(done.is_there);
  CHECK(run_tool({"true"}).is_good());
}

TEST_CASE("a program has no input, and no end of output is taken") {
  CHECK(run_tool({"cat"}).output.empty());
  CHECK_THROWS_AS(run_tool({"yes"}), std::runtime_error);
}

TEST_CASE("a program that a signal ends has failed") {
  const auto done = run_tool({"sh", "-c", "kill -9 $$"});
  CHECK(done.is_there);
  CHECK(done.status == 137);
}

TEST_CASE("a socket of somebody who is not there is not tested") {
  CHECK(reach_as("extmail-no-such-user", "", "/nowhere").kind == Reach::Kind::Untested);
}

TEST_CASE("what systemd says of a unit is read") {
  CHECK(unit_state("LoadState=loaded\nActiveState=active\n") == "active");
  CHECK(unit_state("ActiveState=failed\nLoadState=loaded") == "failed");
  CHECK(unit_state("LoadState=not-found\nActiveState=inactive\n").empty());
  CHECK(unit_state("LoadState=loaded\n").empty());
  CHECK(unit_state("").empty());
}
