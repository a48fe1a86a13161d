locals {
  # What a reader may do: the objects under the prefixes, and the list of those alone.
  reads = [
    {
      Sid      = "ReadObjects"
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:GetObjectVersion"]
      Resource = [for p in var.prefixes : "${local.arn}/${p}*"]
    },
    {
      Sid       = "ListPrefixes"
      Effect    = "Allow"
      Action    = ["s3:ListBucket"]
      Resource  = [local.arn]
      Condition = { StringLike = { "s3:prefix" = [for p in var.prefixes : "${p}*"] } }
    },
  ]

  # What a function may do beside that: its own markers.
  marks = {
    Sid      = "Markers"
    Effect   = "Allow"
    Action   = ["s3:GetObject", "s3:PutObject"]
    Resource = ["${local.arn}/posted/*"]
  }

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [{
        Sid       = "TLSOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [local.arn, "${local.arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      }],
      [for s in local.reads : merge(s, { Principal = { AWS = var.grantees } }) if length(var.grantees) > 0],
      var.statements,
    )
  })
}
