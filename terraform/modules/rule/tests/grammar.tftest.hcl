# What EventBridge refuses, refused in the plan; and what it takes, taken.
mock_provider "aws" {
  source = "../../tests/aws"
}

variables {
  name      = "dispatch"
  queue_arn = "arn:aws:sqs:eu-west-1:123456789012:dispatch"
}

run "every_operator" {
  command = plan

  variables {
    named_patterns = {
      strings = jsonencode({ source = [{ prefix = "aws." }, { suffix = ".x" }, { equals-ignore-case = "A" }, { wildcard = "a*b" }, "plain", ""] })
      nested  = jsonencode({ detail = { a = { b = [{ anything-but = { prefix = ["x", "y"] } }, { prefix = { equals-ignore-case = "z" } }], c = [null, true, 1.5] } } })
      numbers = jsonencode({ detail = { n = [{ numeric = [">", 0, "<=", 5] }, { anything-but = [1, 2] }], ip = [{ cidr = "10.0.0.0/8" }], e = [{ exists = false }] } })
      or      = jsonencode({ "$or" = [{ source = ["a"] }, { detail = { x = [{ prefix = "a" }], y = ["b"] } }] })
      quotes  = jsonencode({ source = ["a\"b", "[]", "{}", "[{\"k\":", "true", "a:b"] })
      tricky  = jsonencode({ "a,{" = ["b:{"], "detail:type" = ["[["] })
    }
  }

  assert {
    condition     = length(aws_cloudwatch_event_rule.this) == 6
    error_message = "what EventBridge takes is taken"
  }
}

run "long_pattern_that_fits" {
  command = plan

  variables {
    # 2,048 characters as sent; "<" counts once, though jsonencode writes it as six.
    named_patterns = { long = jsonencode({ source = [format("%s%s", join("", [for i in range(1016) : "<<"]), "x")] }) }
  }

  assert {
    condition     = length(aws_cloudwatch_event_rule.this) == 1
    error_message = "EventBridge's quota is 2,048 characters"
  }
}

run "long_pattern" {
  command = plan

  variables {
    named_patterns = { long = jsonencode({ source = [join("", [for i in range(1017) : "<<"])] }) }
  }

  expect_failures = [aws_cloudwatch_event_rule.this]
}

run "raised_quota" {
  command = plan

  variables {
    named_patterns = { long = jsonencode({ source = [join("", [for i in range(1017) : "xx"])] }) }
    pattern_limit  = 4096
  }

  assert {
    condition     = length(aws_cloudwatch_event_rule.this) == 1
    error_message = "AWS raises the quota on request"
  }
}

run "flaws" {
  command = plan

  variables {
    named_patterns = {
      empty-array   = "{\"source\":[]}"
      empty-object  = "{\"detail\":{\"a\":{}}}"
      nested-array  = "{\"source\":[\"a\",[\"b\"]]}"
      scalar        = "{\"source\":\"aws.ec2\"}"
      deep-scalar   = "{\"detail\":{\"a\":[{\"prefix\":\"x\"}],\"b\":{\"c\":300}}}"
      unknown       = "{\"source\":[\"a\",{\"prefx\":\"aws.\"}]}"
      two-operators = "{\"source\":[{\"prefix\":\"a\",\"suffix\":\"b\"}]}"
      both          = "{\"source\":[],\"detail\":null}"
    }
  }

  expect_failures = [aws_cloudwatch_event_rule.this]

  assert {
    condition = jsonencode(local.flaws) == jsonencode({
      empty-array   = ["an array is empty"]
      empty-object  = ["an object is empty"]
      nested-array  = ["an array is inside an array"]
      scalar        = ["a value is not in an array"]
      deep-scalar   = ["a value is not in an array"]
      unknown       = ["unknown operator \"prefx\" (known: anything-but, cidr, equals-ignore-case, exists, numeric, prefix, suffix, wildcard)"]
      two-operators = ["two operators are in one object"]
      both          = ["an array is empty", "a value is not in an array"]
    })
    error_message = "every flaw is named: ${jsonencode(local.flaws)}"
  }
}
