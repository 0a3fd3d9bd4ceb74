// All of sqs.
#pragma once

#include "api/sqs_messages.h"
#include "api/sqs_queues.h"
