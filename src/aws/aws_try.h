// AWS_TRY and AWS_ASSIGN: as TL_TRY and TL_ASSIGN, for AwsResult.
#pragma once

#include <utility>

#include "aws/aws_error.h"

/// Passes an AwsError on.
#define AWS_TRY(expr)                                        \
  do {                                                       \
    if (auto aws_result = (expr); !aws_result) {             \
      return std::unexpected(std::move(aws_result).error()); \
    }                                                        \
  } while (false)
#define AWS_ASSIGN_IMPL(result, lhs, expr)                        \
  auto result = (expr);                                           \
  if (!result) return std::unexpected(std::move(result).error()); \
  lhs = std::move(*result)
/// `AWS_ASSIGN(auto x, Compute());`
#define AWS_ASSIGN(lhs, expr) AWS_ASSIGN_IMPL(TL_CONCAT(aws_result_, __LINE__), lhs, expr)
