locals {
  forwarder_statements = [
    {
      Sid    = "Relay"
      Effect = "Allow"
      Action = [
        "sqs:ChangeMessageVisibility",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:GetQueueUrl",
        "sqs:ReceiveMessage",
      ]
      Resource = [var.queue_arn]
    },
    {
      Sid      = "DeadLetter"
      Effect   = "Allow"
      Action   = ["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage"]
      Resource = compact([var.dead_letter_queue_arn])
    },
    {
      # Sending to the encrypted dead-letter queue takes GenerateDataKey; receiving takes Decrypt.
      Sid       = "UseKey"
      Effect    = "Allow"
      Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource  = compact([var.kms_key_arn])
      Condition = local.of_the_queues
    },
  ]
}
