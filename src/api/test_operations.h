// For tests: every described operation, so that a property can be checked for each.
#pragma once

#include <memory>
#include <tuple>
#include <vector>

#include "api/athanor.h"
#include "api/events.h"
#include "api/lambda.h"
#include "api/operation.h"
#include "api/shape.h"
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

// A request or response known only by its description: tests that loop over these are compiled once, not once per
// operation.
struct AnyType {
  const Shape& shape;
  std::shared_ptr<void> (*make)();
  bool (*equal)(const void* left, const void* right);

  template <class T>
  static AnyType of() {
    return {shape_of<T>(), []() -> std::shared_ptr<void> { return std::make_shared<T>(); },
            [](const void* left, const void* right) {
              return *static_cast<const T*>(left) == *static_cast<const T*>(right);
            }};
  }
};

struct AnyOperation {
  const OperationInfo& info;
  AnyType request;
  AnyType response;
};

template <class Operations>
std::vector<AnyOperation> operations() {
  return []<class... Op>(std::tuple<Op...>*) {
    return std::vector{
        AnyOperation{Op::info, AnyType::of<typename Op::Request>(), AnyType::of<typename Op::Response>()}...};
  }(static_cast<Operations*>(nullptr));
}

}  // namespace athanor::api
