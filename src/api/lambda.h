// All of lambda.
#pragma once

#include "api/lambda_functions.h"
#include "api/lambda_invoke.h"
