locals {
  forwarder_statements = concat(
    [{
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
    }],
    [for arn in [var.dead_letter_queue_arn] : {
      Sid      = "DeadLetter"
      Effect   = "Allow"
      Action   = ["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage"]
      Resource = [arn]
    } if arn != null],
    # Sending to the encrypted dead-letter queue takes GenerateDataKey; receiving takes Decrypt.
    [for arn in [var.kms_key_arn] : {
      Sid      = "Decrypt"
      Effect   = "Allow"
      Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource = [arn]
    } if arn != null],
  )
}
