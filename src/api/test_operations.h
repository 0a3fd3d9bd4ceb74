// For tests: every operation that is described, so that a property can be asked of each.
#pragma once

#include <tuple>

#include "api/athanor.h"
#include "api/events.h"
#include "api/lambda.h"
#include "api/sqs.h"

namespace athanor::api {

using EventsOperations =
    std::tuple<CreateEventBus, DescribeEventBus, UpdateEventBus, ListEventBuses, DeleteEventBus, PutPermission,
               RemovePermission, TagResource, UntagResource, ListTagsForResource, PutRule, DescribeRule, ListRules,
               ListRuleNamesByTarget, EnableRule, DisableRule, DeleteRule, PutTargets, ListTargetsByRule, RemoveTargets,
               PutEvents, TestEventPattern, CreateArchive, DescribeArchive, ListArchives, UpdateArchive, DeleteArchive,
               StartReplay, DescribeReplay, ListReplays, CancelReplay>;

using SqsOperations =
    std::tuple<CreateQueue, GetQueueUrl, ListQueues, GetQueueAttributes, SetQueueAttributes, PurgeQueue, DeleteQueue,
               TagQueue, UntagQueue, ListQueueTags, ListDeadLetterSourceQueues, SendMessage, SendMessageBatch,
               ReceiveMessage, DeleteMessage, DeleteMessageBatch, ChangeMessageVisibility,
               ChangeMessageVisibilityBatch>;

using LambdaOperations =
    std::tuple<CreateFunction, GetFunction, GetFunctionConfiguration, UpdateFunctionCode, UpdateFunctionConfiguration,
               DeleteFunction, ListFunctions, Invoke, PutFunctionEventInvokeConfig, GetFunctionEventInvokeConfig,
               UpdateFunctionEventInvokeConfig, DeleteFunctionEventInvokeConfig, PutFunctionConcurrency,
               GetFunctionConcurrency, DeleteFunctionConcurrency, AddPermission, RemovePermissionFromFunction,
               GetPolicy>;

using AthanorOperations = std::tuple<DeployStack, ListStacks, DescribeStack, DeleteStack, Trace, TailEvents, Status>;

using AwsOperations = decltype(std::tuple_cat(EventsOperations{}, SqsOperations{}, LambdaOperations{}));
using AllOperations = decltype(std::tuple_cat(AwsOperations{}, AthanorOperations{}));

// Calls visit.operator()<Operation>() for each operation of the list.
template <class Operations, class Visit>
void for_each_operation(Visit&& visit) {
  [&]<class... Operation>(std::tuple<Operation...>*) {
    (visit.template operator()<Operation>(), ...);
  }(static_cast<Operations*>(nullptr));
}

}  // namespace athanor::api
