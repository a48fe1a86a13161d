# What the mocked provider answers wherever the configuration reads it.
mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_region" {
    defaults = { id = "eu-west-1" }
  }

  mock_resource "aws_sqs_queue" {
    defaults = {
      arn = "arn:aws:sqs:eu-west-1:123456789012:mocked"
      url = "https://sqs.eu-west-1.amazonaws.com/123456789012/mocked"
    }
  }

  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000" }
  }
}

variables {
  name = "dispatch"
}

# Every validation fails once for its own reason. A run takes several variables, as long as none of them is judged by another.

run "too_little" {
  command = plan

  variables {
    name              = "dispatch.fifo"
    rules             = ["*"]
    max_receive_count = 0
    kms_key           = "alias/aws/sqs"
  }

  expect_failures = [
    var.name,
    var.rules,
    var.max_receive_count,
    var.kms_key,
  ]
}

run "too_much" {
  command = plan

  variables {
    name                    = join("", [for i in range(63) : "q"])
    source_policy_documents = ["[]"]
    max_receive_count       = 1001
  }

  expect_failures = [
    var.name,
    var.source_policy_documents,
    var.max_receive_count,
  ]
}

run "no_whole_seconds" {
  command = plan

  variables {
    max_receive_count = 1.5
  }

  expect_failures = [
    var.max_receive_count,
  ]
}

# What is made.

run "standard" {
  assert {
    condition     = aws_sqs_queue.this.name == "dispatch" && aws_sqs_queue.dead_letter.name == "dispatch-dead-letters"
    error_message = "the dead-letter queue is named after the queue"
  }

  assert {
    condition     = aws_sqs_queue.this.receive_wait_time_seconds == 20 && aws_sqs_queue.this.visibility_timeout_seconds == 60 && aws_sqs_queue.this.message_retention_seconds == 1209600
    error_message = "long polling, a minute's visibility, two weeks' retention"
  }

  assert {
    condition     = aws_sqs_queue.this.sqs_managed_sse_enabled && aws_sqs_queue.dead_letter.sqs_managed_sse_enabled && output.kms_key_arn == null && length(aws_kms_key.this) == 0
    error_message = "SQS encrypts unless a key is given"
  }

  assert {
    condition     = jsondecode(aws_sqs_queue.this.redrive_policy).maxReceiveCount == 10 && jsondecode(aws_sqs_queue.this.redrive_policy).deadLetterTargetArn == aws_sqs_queue.dead_letter.arn
    error_message = "after ten receives a message is a dead letter"
  }

  assert {
    condition     = jsonencode(jsondecode(aws_sqs_queue.dead_letter.redrive_allow_policy)) == jsonencode({ redrivePermission = "byQueue", sourceQueueArns = ["arn:aws:sqs:eu-west-1:123456789012:dispatch"] })
    error_message = "the dead-letter queue takes this queue's letters alone"
  }

  assert {
    condition     = aws_sqs_queue.dead_letter.message_retention_seconds == 1209600
    error_message = "dead letters are kept for two weeks"
  }

  assert {
    condition     = alltrue([for p in [aws_sqs_queue.this.policy, aws_sqs_queue.dead_letter.policy] : [for s in jsondecode(p).Statement : s.Sid] == ["TLSOnly"]])
    error_message = "without rules nobody is admitted, and TLS is asked for"
  }

  assert {
    condition     = aws_sqs_queue.this.max_message_size == aws_sqs_queue.dead_letter.max_message_size
    error_message = "a dead letter may be as large as a message"
  }
}

run "fifo" {
  command = plan

  variables {
    fifo = true
  }

  assert {
    condition     = aws_sqs_queue.this.name == "dispatch.fifo" && aws_sqs_queue.dead_letter.name == "dispatch-dead-letters.fifo"
    error_message = "a FIFO queue has a FIFO dead-letter queue"
  }

  assert {
    condition     = alltrue([for q in [aws_sqs_queue.this, aws_sqs_queue.dead_letter] : q.fifo_queue && q.content_based_deduplication && q.deduplication_scope == "messageGroup" && q.fifo_throughput_limit == "perMessageGroupId"])
    error_message = "EventBridge sends no deduplication id, so content counts"
  }
}

run "as_told" {
  command = plan

  variables {
    max_message_size   = 131072
    visibility_timeout = 0
    retention          = 60
    max_receive_count  = 1000
    kms_key            = "arn:aws:kms:eu-west-1:123456789012:key/1-2-3"
    tags               = { team = "ops" }
  }

  assert {
    condition     = aws_sqs_queue.this.visibility_timeout_seconds == 0 && aws_sqs_queue.this.message_retention_seconds == 60
    error_message = "the queue is as told"
  }

  assert {
    condition     = alltrue([for q in [aws_sqs_queue.this, aws_sqs_queue.dead_letter] : q.max_message_size == 131072])
    error_message = "both queues take events of the size that is told"
  }

  assert {
    condition     = jsondecode(aws_sqs_queue.this.redrive_policy).maxReceiveCount == 1000
    error_message = "receives are counted as told"
  }

  assert {
    condition     = alltrue([for q in [aws_sqs_queue.this, aws_sqs_queue.dead_letter] : q.kms_master_key_id == var.kms_key && q.tags == tomap({ team = "ops" })]) && length(aws_kms_key.this) == 0
    error_message = "both queues have the given key and the tags, and no key is made"
  }
}

run "own_key" {
  variables {
    kms_key = "create"
    fifo    = true
  }

  assert {
    condition     = aws_kms_key.this[0].enable_key_rotation && aws_kms_key.this[0].deletion_window_in_days == 7
    error_message = "the key is rotated and goes soon after the queue"
  }

  assert {
    condition     = output.kms_key_arn == aws_kms_key.this[0].arn && alltrue([for q in [aws_sqs_queue.this, aws_sqs_queue.dead_letter] : q.kms_master_key_id == output.kms_key_arn])
    error_message = "both queues have the key"
  }

  assert {
    condition     = jsondecode(aws_kms_key.this[0].policy).Statement[1].Condition.StringEquals["kms:EncryptionContext:aws:sqs:arn"] == "arn:aws:sqs:eu-west-1:123456789012:dispatch.fifo"
    error_message = "the key lets EventBridge encrypt for this queue"
  }

  assert {
    condition = jsonencode(jsondecode(aws_kms_key.this[0].policy).Statement) == jsonencode([
      {
        Sid       = "AccountAdministers"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::123456789012:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = "EventBridgeEncrypts"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = "*"
        Condition = { StringEquals = { "kms:EncryptionContext:aws:sqs:arn" = "arn:aws:sqs:eu-west-1:123456789012:dispatch.fifo" } }
      },
    ])
    error_message = "the account keeps its key, EventBridge may use it for this queue alone, and nobody else"
  }
}

run "only_the_rules_send" {
  command = plan

  variables {
    rules                   = ["orders.*", "bus/orders.*"]
    source_policy_documents = [jsonencode({ Version = "2012-10-17", Statement = [{ Sid = "More", Effect = "Deny", Principal = "*", Action = "sqs:DeleteQueue", Resource = "*" }] })]
  }

  assert {
    condition = jsonencode(jsondecode(aws_sqs_queue.this.policy)) == jsonencode({
      Version = "2012-10-17"
      Statement = [
        {
          Sid       = "OnlyTheseRulesSend"
          Effect    = "Allow"
          Principal = { Service = "events.amazonaws.com" }
          Action    = "sqs:SendMessage"
          Resource  = "arn:aws:sqs:eu-west-1:123456789012:dispatch"
          Condition = {
            ArnLike      = { "aws:SourceArn" = [for r in ["orders.*", "bus/orders.*"] : "arn:aws:events:eu-west-1:123456789012:rule/${r}"] }
            StringEquals = { "aws:SourceAccount" = "123456789012" }
          }
        },
        {
          Sid       = "TLSOnly"
          Effect    = "Deny"
          Principal = "*"
          Action    = "sqs:*"
          Resource  = "arn:aws:sqs:eu-west-1:123456789012:dispatch"
          Condition = { Bool = { "aws:SecureTransport" = "false" } }
        },
        { Sid = "More", Effect = "Deny", Principal = "*", Action = "sqs:DeleteQueue", Resource = "*" },
      ]
    })
    error_message = "the rules by pattern, of this account, to this queue, to send; nobody over plain HTTP; and what the caller adds"
  }

  assert {
    condition     = [for s in jsondecode(aws_sqs_queue.dead_letter.policy).Statement : [s.Effect, s.Resource]] == [["Deny", "arn:aws:sqs:eu-west-1:123456789012:dispatch-dead-letters"]]
    error_message = "the dead-letter queue admits nobody, and wants TLS"
  }
}

run "the_longest_name" {
  command = plan

  variables {
    name = join("", [for i in range(62) : "q"])
    fifo = true
  }

  assert {
    condition     = length(aws_sqs_queue.dead_letter.name) == 80
    error_message = "62 characters have room for what is added to them"
  }
}
