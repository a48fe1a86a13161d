locals {
  # Whoever lists dead letters, sends them back, or throws them away. The queue is sent to, and never received from.
  dead_letter_statements = [
    {
      Sid = "DeadLetters"
      Action = [
        "sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage",
      ]
      Resource = local.dead_letter_arns
    },
    {
      Sid      = "Redrive"
      Action   = ["sqs:GetQueueAttributes", "sqs:SendMessage"]
      Resource = length(local.dead_letter_arns) > 0 ? [var.queue_arn] : []
    },
    local.use_key,
  ]
}
