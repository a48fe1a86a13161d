locals {
  operator_bucket_statements = [
    {
      Sid      = "Buckets"
      Effect   = "Allow"
      Action   = concat(local.bucket_reads, local.bucket_writes)
      Resource = var.bucket_arns
    },
    {
      Sid      = "EmptyBuckets"
      Effect   = "Allow"
      Action   = ["s3:DeleteObject", "s3:DeleteObjectVersion"]
      Resource = [for a in var.bucket_arns : "${a}/*" if var.force_destroy]
    },
    {
      Sid    = "AdoptedBucket"
      Effect = "Allow"
      Action = [
        "s3:GetBucketNotification",
        "s3:GetBucketTagging",
        "s3:GetBucketWebsite",
        "s3:ListBucket",
        "s3:PutBucketNotification",
      ]
      Resource = compact([var.adopted_bucket_arn])
    },
  ]

  # Terraform reads every part of a bucket that it could manage, also those that this stack leaves alone.
  bucket_reads = [
    "s3:GetAccelerateConfiguration",
    "s3:GetBucketAcl",
    "s3:GetBucketCORS",
    "s3:GetBucketLogging",
    "s3:GetBucketNotification",
    "s3:GetBucketObjectLockConfiguration",
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketPolicy",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketRequestPayment",
    "s3:GetBucketTagging",
    "s3:GetBucketVersioning",
    "s3:GetBucketWebsite",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:GetReplicationConfiguration",
    "s3:ListBucket",
    "s3:ListBucketVersions",
  ]
  bucket_writes = [
    "s3:CreateBucket",
    "s3:DeleteBucket",
    "s3:DeleteBucketPolicy",
    "s3:PutBucketNotification",
    "s3:PutBucketOwnershipControls",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketTagging",
    "s3:PutBucketVersioning",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
  ]
}
