mock_provider "aws" {}

variables {
  stack = {
    region                = "us-west-2"
    queue_url             = "https://sqs.us-west-2.amazonaws.com/123456789012/dispatch"
    queue_arn             = "arn:aws:sqs:us-west-2:123456789012:dispatch"
    queue_name            = "dispatch"
    dead_letter_queue_url = "https://sqs.us-west-2.amazonaws.com/123456789012/dispatch-dead-letters"
    forwarder_policy      = "{\"Version\":\"2012-10-17\",\"Statement\":[]}"
  }
  cluster  = "main"
  subnets  = ["subnet-1", "subnet-2"]
  sink_url = "https://receiver.example/events"
}

run "service" {
  command = plan

  assert {
    condition     = aws_iam_role_policy.task.policy == var.stack.forwarder_policy && length(aws_iam_role_policy.token) == 0
    error_message = "the forwarder may do what the stack says, and ECS reads no secret"
  }

  assert {
    condition     = jsondecode(aws_iam_role.task.assume_role_policy).Statement[0].Condition.StringEquals["aws:SourceAccount"] == "123456789012"
    error_message = "the roles are for this account's tasks"
  }

  assert {
    condition     = aws_appautoscaling_target.this.resource_id == "service/main/dispatch-forwarder" && aws_ecs_service.this.desired_count == 1
    error_message = "the service is what is scaled"
  }

  assert {
    condition     = [for r in aws_vpc_security_group_egress_rule.this : r.from_port] == [443]
    error_message = "out to 443 alone"
  }
}

run "steps_and_token_in_parameter_store" {
  command = plan

  variables {
    sink_token_arn  = "arn:aws:ssm:us-west-2:123456789012:parameter/receiver"
    min_tasks       = 2
    max_tasks       = 4
    events_per_task = 100
  }

  assert {
    condition = { for s in one(aws_appautoscaling_policy.this["backlog"].step_scaling_policy_configuration).step_adjustment :
      s.scaling_adjustment => "${s.metric_interval_lower_bound}-${s.metric_interval_upper_bound == null ? "" : s.metric_interval_upper_bound}"
    } == { "2" = "0-100", "3" = "100-200", "4" = "200-" }
    error_message = "a task for each hundred, from the threshold of one hundred on"
  }

  assert {
    condition     = alltrue([for a in aws_cloudwatch_metric_alarm.depth : a.threshold == 100 && length(a.metric_query) == 3])
    error_message = "both alarms watch what waits and what is held"
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.token[0].policy).Statement[0].Resource == var.sink_token_arn
    error_message = "ECS may read the parameter, and nothing else"
  }
}

run "token_in_secrets_manager" {
  command = plan

  variables {
    sink_url       = "http://receiver.example:8080/events"
    sink_token_arn = "arn:aws:secretsmanager:us-west-2:123456789012:secret:receiver-AbCdEf"
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.token[0].policy).Statement[0].Resource == var.sink_token_arn
    error_message = "ECS may read the secret, and nothing else"
  }

  assert {
    condition     = toset([for r in aws_vpc_security_group_egress_rule.this : r.to_port]) == toset([443, 8080])
    error_message = "out to AWS and to the receiver's port"
  }
}

run "what_is_wrong" {
  command = plan

  variables {
    sink_url       = "receiver.example"
    sink_token_arn = "hush"
    settings       = { SINK_TOKEN = "hush" }
    max_tasks      = 21
  }

  expect_failures = [var.sink_url, var.sink_token_arn, var.settings, var.max_tasks]
}
