locals {
  forwarder_statements = [
    {
      Sid = "Relay"
      Action = [
        "sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes",
        "sqs:GetQueueUrl", "sqs:ReceiveMessage",
      ]
      Resource = [var.queue_arn]
    },
    {
      Sid      = "DeadLetter"
      Action   = ["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage"]
      Resource = compact([var.dead_letter_queue_arn])
    },
    local.use_key,
  ]
}
