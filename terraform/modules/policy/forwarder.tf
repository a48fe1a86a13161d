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
    {
      # Sending to the encrypted dead-letter queue takes GenerateDataKey; receiving takes Decrypt.
      Sid       = "UseKey"
      Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource  = compact([var.kms_key_arn])
      Condition = local.of_the_queues
    },
  ]
}
