# The documents that AWS enforces at the queue: who may send, and who may use the key.

variables {
  name      = "dispatch"
  queue_arn = "arn:aws-cn:sqs:cn-north-1:123456789012:dispatch"
}

run "only_the_rules_send" {
  variables {
    rule_arns = [
      "arn:aws-cn:events:cn-north-1:123456789012:rule/dispatch-a",
      "arn:aws-cn:events:cn-north-1:123456789012:rule/dispatch-b",
    ]
  }

  assert {
    condition     = jsondecode(output.queue_policy).Version == "2012-10-17" && length(jsondecode(output.queue_policy).Statement) == 2
    error_message = "one statement admits the rules, one refuses plain HTTP"
  }

  assert {
    condition = jsonencode(jsondecode(output.queue_policy).Statement[0]) == jsonencode({
      Sid       = "OnlyTheseRulesSend"
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = var.queue_arn
      Condition = {
        ArnEquals    = { "aws:SourceArn" = var.rule_arns }
        StringEquals = { "aws:SourceAccount" = "123456789012" }
      }
    })
    error_message = "the rules by ARN, of this account, to this queue, to send"
  }

  assert {
    condition = jsonencode(jsondecode(output.queue_policy).Statement[1]) == jsonencode({
      Sid       = "TLSOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "sqs:*"
      Resource  = var.queue_arn
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    })
    error_message = "nobody speaks plain HTTP to the queue"
  }
}

run "no_rule_no_sender" {
  assert {
    condition     = [for s in jsondecode(output.queue_policy).Statement : s.Effect] == ["Deny"]
    error_message = "without rules nobody is admitted"
  }

  assert {
    condition     = output.dead_letter_queue_policy == null
    error_message = "there is no policy for a queue that is not there"
  }
}

run "many_rules_fit" {
  variables {
    rule_arns = [for i in range(300) : format("arn:aws-cn:events:cn-north-1:123456789012:rule/dispatch-%012x", i)]
  }

  assert {
    condition     = length(output.queue_policy) <= 8192
    error_message = "SQS takes 8,192 bytes at most"
  }

  assert {
    condition = jsonencode(jsondecode(output.queue_policy).Statement[0].Condition) == jsonencode({
      ArnLike      = { "aws:SourceArn" = "arn:aws-cn:events:cn-north-1:123456789012:rule/dispatch-*" }
      StringEquals = { "aws:SourceAccount" = "123456789012" }
    })
    error_message = "past the limit the stack's name stands for its rules, and the account is still asked for"
  }

  assert {
    condition     = jsondecode(output.queue_policy).Statement[1].Sid == "TLSOnly"
    error_message = "TLS is asked for in either form"
  }
}

run "ninety_rules_are_still_named" {
  variables {
    rule_arns = [for i in range(90) : format("arn:aws-cn:events:cn-north-1:123456789012:rule/dispatch-%012x", i)]
  }

  assert {
    condition     = length(jsondecode(output.queue_policy).Statement[0].Condition.ArnEquals["aws:SourceArn"]) == 90
    error_message = "as long as they fit, the rules are named one by one"
  }
}

run "the_key" {
  variables {
    dead_letter_queue_arn = "arn:aws-cn:sqs:cn-north-1:123456789012:dispatch-dead-letters"
  }

  assert {
    condition = jsonencode(jsondecode(output.key_policy).Statement[1]) == jsonencode({
      Sid       = "EventBridgeEncrypts"
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource  = "*"
      Condition = { StringEquals = { "kms:EncryptionContext:aws:sqs:arn" = var.queue_arn } }
    })
    error_message = "EventBridge may use the key for this queue alone"
  }

  assert {
    condition     = jsondecode(output.key_policy).Statement[0].Principal.AWS == "arn:aws-cn:iam::123456789012:root"
    error_message = "the account keeps control of its key"
  }

  assert {
    condition     = [for s in jsondecode(output.dead_letter_queue_policy).Statement : [s.Effect, s.Resource]] == [["Deny", var.dead_letter_queue_arn]]
    error_message = "the dead-letter queue admits nobody either, and wants TLS"
  }
}
