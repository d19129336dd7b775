// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/command.hpp"
#include "ctl/objects/object.hpp"

#include <memory>

namespace extmail::ctl {

/// `extmailctl OBJECT list|show|add|modify|delete|enable|disable|rename`. Gives back the command OBJECT, to which an
/// object may add commands of its own. invocation must outlive app.
CLI::App* add_object_commands(CLI::App& app, Invocation& invocation, std::shared_ptr<Object> object);

}  // namespace extmail::ctl
