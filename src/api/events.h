// All of events.
#pragma once

#include "api/events_archives.h"
#include "api/events_buses.h"
#include "api/events_rules.h"
