mock_provider "aws" {
  source = "../../tests/aws"
}

variables {
  bucket = "watched"
}

run "out_of_range" {
  command = plan

  variables {
    bucket          = "Watched"
    prefixes        = ["images/", "images/"]
    statements      = "{}"
    noncurrent_days = 0
    expire_days     = 0.5
    tags            = { for i in range(51) : "k${i}" => "v" }
  }

  expect_failures = [
    var.bucket,
    var.prefixes,
    var.statements,
    var.noncurrent_days,
    var.expire_days,
    var.tags,
  ]
}

run "an_address_and_a_wildcard" {
  command = plan

  variables {
    bucket   = "192.168.0.1"
    prefixes = ["images/*"]
  }

  expect_failures = [var.bucket, var.prefixes]
}

run "two_dots_and_a_leading_slash" {
  command = plan

  variables {
    bucket   = "a..b"
    prefixes = ["/images"]
  }

  expect_failures = [var.bucket, var.prefixes]
}

run "kept_by_s3" {
  command = plan

  variables {
    bucket = "watched-s3alias"
  }

  expect_failures = [var.bucket]
}

run "grants_on_an_adopted_bucket" {
  command = plan

  variables {
    adopt      = true
    prefixes   = ["images/"]
    grantees   = ["123456789012"]
    statements = "[{\"Effect\":\"Deny\"}]"
  }

  expect_failures = [var.grantees, var.statements]
}

run "grants_on_nothing" {
  command = plan

  variables {
    grantees = ["123456789012"]
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
