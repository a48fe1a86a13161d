# What the mocked provider answers wherever the configuration reads it.
mock_provider "aws" {
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_s3_bucket" {
    defaults = { id = "theirs" }
  }
}

variables {
  bucket = "watched"
}

# Every validation fails once for its own reason. A run takes several variables, as long as none of them is judged by another.

run "too_little" {
  command = plan

  variables {
    bucket      = "Watched"
    prefixes    = ["images/", "images/"]
    expire_days = 0
  }

  expect_failures = [
    var.bucket,
    var.prefixes,
    var.expire_days,
  ]
}

run "an_address_and_a_wildcard" {
  command = plan

  variables {
    bucket      = "192.168.0.1"
    prefixes    = ["images/*"]
    expire_days = 1.5
  }

  expect_failures = [
    var.bucket,
    var.prefixes,
    var.expire_days,
  ]
}

run "two_dots_and_a_leading_slash" {
  command = plan

  variables {
    bucket   = "a..b"
    prefixes = ["/images"]
  }

  expect_failures = [
    var.bucket,
    var.prefixes,
  ]
}

run "kept_by_s3_and_grants_on_nothing" {
  command = plan

  variables {
    bucket   = "watched-s3alias"
    grantees = ["123456789012"]
  }

  expect_failures = [
    var.bucket,
    var.grantees,
  ]
}

run "grants_on_an_adopted_bucket" {
  command = plan

  variables {
    adopt    = true
    prefixes = ["images/"]
    grantees = ["123456789012"]
  }

  expect_failures = [var.grantees]
}

run "statements_on_an_adopted_bucket" {
  command = plan

  variables {
    adopt      = true
    statements = [{ Effect = "Deny" }]
  }

  expect_failures = [var.grantees]
}

run "grants_to_everybody" {
  command = plan

  variables {
    prefixes = ["images/"]
    grantees = ["*"]
  }

  expect_failures = [var.grantees]
}

# What is made.

run "hardened" {
  command = plan

  assert {
    condition     = alltrue([for b in aws_s3_bucket_public_access_block.this : b.block_public_acls && b.block_public_policy && b.ignore_public_acls && b.restrict_public_buckets]) && length(aws_s3_bucket_public_access_block.this) == 1
    error_message = "nothing of the bucket is public"
  }

  assert {
    condition     = aws_s3_bucket_ownership_controls.this[0].rule[0].object_ownership == "BucketOwnerEnforced"
    error_message = "the owner owns every object"
  }

  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.this[0].rule).apply_server_side_encryption_by_default).sse_algorithm == "AES256" && aws_s3_bucket_versioning.this[0].versioning_configuration[0].status == "Enabled"
    error_message = "objects are encrypted and versioned"
  }

  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.this[0].rule[0].abort_incomplete_multipart_upload[0].days_after_initiation == 7 && aws_s3_bucket_lifecycle_configuration.this[0].rule[0].noncurrent_version_expiration[0].noncurrent_days == 30 && aws_s3_bucket_lifecycle_configuration.this[0].rule[0].expiration[0].expired_object_delete_marker
    error_message = "unfinished uploads, former versions and their markers go; objects stay"
  }

  assert {
    condition = jsonencode(jsondecode(aws_s3_bucket_policy.this[0].policy).Statement) == jsonencode([{
      Sid       = "TLSOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = ["arn:aws:s3:::watched", "arn:aws:s3:::watched/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }])
    error_message = "TLS only, and nobody else is admitted"
  }

  assert {
    condition     = !aws_s3_bucket.this[0].force_destroy && length(aws_s3_bucket_notification.this) == 0 && output.reader_policy == null && output.function_policy == null
    error_message = "objects are safe, and what is not asked for is not there"
  }
}

run "read_by_grantees" {
  command = plan

  variables {
    prefixes    = ["images/", "in/"]
    grantees    = ["123456789012", "arn:aws:iam::123456789012:role/team/reader"]
    eventbridge = true
    expire_days = 90
    statements  = [{ Sid = "More", Effect = "Deny", Principal = "*", Action = "s3:PutObject", Resource = "*" }]
    tags        = { team = "ops" }
  }

  assert {
    condition = jsonencode([for s in jsondecode(aws_s3_bucket_policy.this[0].policy).Statement : s if s.Sid != "TLSOnly"]) == jsonencode([
      {
        Sid       = "ReadObjects"
        Effect    = "Allow"
        Principal = { AWS = var.grantees }
        Action    = ["s3:GetObject", "s3:GetObjectVersion"]
        Resource  = ["arn:aws:s3:::watched/images/*", "arn:aws:s3:::watched/in/*"]
      },
      {
        Sid       = "ListPrefixes"
        Effect    = "Allow"
        Principal = { AWS = var.grantees }
        Action    = ["s3:ListBucket"]
        Resource  = ["arn:aws:s3:::watched"]
        Condition = { StringLike = { "s3:prefix" = ["images/*", "in/*"] } }
      },
      var.statements[0],
    ])
    error_message = "grantees read and list the prefixes, nothing else, and what the caller adds is there"
  }

  assert {
    condition     = jsondecode(output.reader_policy).Statement[0].Resource == ["arn:aws:s3:::watched/images/*", "arn:aws:s3:::watched/in/*"] && !strcontains(output.reader_policy, "Principal")
    error_message = "the same as a policy to attach to a reader"
  }

  assert {
    condition = jsonencode([for s in jsondecode(output.function_policy).Statement : s if s.Sid != "ListPrefixes"]) == jsonencode([
      jsondecode(output.reader_policy).Statement[0],
      { Sid = "Markers", Effect = "Allow", Action = ["s3:GetObject", "s3:PutObject"], Resource = ["arn:aws:s3:::watched/posted/*"] },
    ])
    error_message = "a function reads what a reader reads, and keeps its markers: nothing is deleted, and no other folder written"
  }

  assert {
    condition     = aws_s3_bucket_notification.this[0].eventbridge && aws_s3_bucket_lifecycle_configuration.this[0].rule[0].expiration[0].days == 90
    error_message = "events and expiry are as told"
  }

  assert {
    condition     = aws_s3_bucket.this[0].tags == tomap({ team = "ops" })
    error_message = "the bucket has the tags"
  }
}

run "whole_bucket" {
  command = plan

  variables {
    prefixes = ["", "images/"]
  }

  assert {
    condition     = contains(jsondecode(output.reader_policy).Statement[0].Resource, "arn:aws:s3:::watched/*") && contains(jsondecode(output.reader_policy).Statement[1].Condition.StringLike["s3:prefix"], "*")
    error_message = "the empty prefix is every object"
  }
}

run "adopted" {
  command = plan

  variables {
    bucket      = "theirs"
    adopt       = true
    eventbridge = true
  }

  assert {
    condition = length(concat(
      aws_s3_bucket.this,
      aws_s3_bucket_public_access_block.this,
      aws_s3_bucket_ownership_controls.this,
      aws_s3_bucket_policy.this,
      aws_s3_bucket_server_side_encryption_configuration.this,
      aws_s3_bucket_versioning.this,
      aws_s3_bucket_lifecycle_configuration.this,
    )) == 0
    error_message = "nothing of an adopted bucket is taken over"
  }

  assert {
    condition     = aws_s3_bucket_notification.this[0].bucket == "theirs" && output.bucket == "theirs" && output.bucket_arn == "arn:aws:s3:::theirs"
    error_message = "but its notification, where that is asked for"
  }
}
