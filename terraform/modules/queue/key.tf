locals {
  kms_key = var.kms_key == "create" ? one(aws_kms_key.this[*].arn) : var.kms_key
}

resource "aws_kms_key" "this" {
  count = var.kms_key == "create" ? 1 : 0

  description             = "Encrypts the queue ${local.name} and its dead letters"
  enable_key_rotation     = true
  deletion_window_in_days = 7
  policy                  = local.key_policy
  tags                    = var.tags
}
