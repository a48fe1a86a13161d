# CloudWatch may not use SNS's own key, aws/sns, and an alarm that cannot publish says so nowhere but in its history. So the
# topic has a key whose policy admits CloudWatch, for this topic alone.
resource "aws_kms_key" "this" {
  description             = "Encrypts the alarms of ${var.name}"
  enable_key_rotation     = true
  deletion_window_in_days = 7
  tags                    = var.tags

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "AccountAdministers"
        Effect    = "Allow"
        Principal = { AWS = "arn:${local.partition}:iam::${local.account}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = "AlarmsEncrypt"
        Effect    = "Allow"
        Principal = { Service = "cloudwatch.amazonaws.com" }
        Action    = ["kms:Decrypt", "kms:GenerateDataKey*"]
        Resource  = "*"
        Condition = { StringEquals = { "kms:EncryptionContext:aws:sns:topicArn" = local.topic_arn } }
      },
    ]
  })
}

resource "aws_sns_topic" "this" {
  name              = local.topic
  kms_master_key_id = aws_kms_key.this.arn
  tags              = var.tags

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "OnlyTheseAlarmsPublish"
        Effect    = "Allow"
        Principal = { Service = "cloudwatch.amazonaws.com" }
        Action    = "sns:Publish"
        Resource  = local.topic_arn
        Condition = {
          ArnEquals    = { "aws:SourceArn" = local.arns }
          StringEquals = { "aws:SourceAccount" = local.account }
        }
      },
      {
        Sid       = "TLSOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sns:Publish"
        Resource  = local.topic_arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}

resource "aws_sns_topic_subscription" "this" {
  for_each = toset(var.endpoints)

  topic_arn = aws_sns_topic.this.arn
  protocol  = startswith(each.value, "https://") ? "https" : "email"
  endpoint  = each.value
}
