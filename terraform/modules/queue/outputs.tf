output "queue_url" {
  description = "URL of the queue."
  value       = aws_sqs_queue.this.url
}

output "queue_arn" {
  description = "ARN of the queue."
  value       = local.arn

  depends_on = [aws_sqs_queue.this]
}

output "queue_name" {
  description = "Name of the queue, including .fifo if it is a FIFO queue."
  value       = aws_sqs_queue.this.name
}

output "dead_letter_queue_url" {
  description = "URL of the dead-letter queue, for the forwarder's `DEAD_LETTER_QUEUE_URL`."
  value       = aws_sqs_queue.dead_letter.url
}

output "dead_letter_queue_arn" {
  description = "ARN of the dead-letter queue."
  value       = local.dead_letter_arn

  depends_on = [aws_sqs_queue.dead_letter]
}

output "dead_letter_queue_name" {
  description = "Name of the dead-letter queue, including .fifo if it is a FIFO queue."
  value       = aws_sqs_queue.dead_letter.name
}

output "kms_key_arn" {
  description = "ARN of the KMS key that encrypts both queues; null if SQS manages the encryption."
  value       = local.kms_key
}
