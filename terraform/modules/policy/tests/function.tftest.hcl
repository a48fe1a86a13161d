# The document for the function that the events reach.

variables {
  name      = "dispatch"
  queue_arn = "arn:aws:sqs:eu-west-1:123456789012:dispatch"
}

run "no_function" {
  assert {
    condition     = output.function_policy == null
    error_message = "without watched objects there is nothing for a function to read"
  }
}

run "reads_and_keeps_markers" {
  variables {
    object_reader_policy = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"ReadObjects\",\"Effect\":\"Allow\",\"Action\":[\"s3:GetObject\"],\"Resource\":[\"arn:aws:s3:::watched/images/*\"]}]}"
    markers_arn          = "arn:aws:s3:::watched/posted/*"
  }

  assert {
    condition = jsonencode(jsondecode(output.function_policy)) == jsonencode({
      Version = "2012-10-17"
      Statement = [
        { Sid = "ReadObjects", Effect = "Allow", Action = ["s3:GetObject"], Resource = ["arn:aws:s3:::watched/images/*"] },
        { Sid = "Markers", Effect = "Allow", Action = ["s3:GetObject", "s3:PutObject"], Resource = ["arn:aws:s3:::watched/posted/*"] },
      ]
    })
    error_message = "the reader's statements as they are, and the markers' folder: nothing is deleted, and no other folder written"
  }
}

run "refuses_what_is_no_policy" {
  command = plan

  variables {
    object_reader_policy = "[]"
  }

  expect_failures = [var.object_reader_policy]
}

run "refuses_a_whole_bucket" {
  command = plan

  variables {
    object_reader_policy = "{\"Statement\":[{}]}"
    markers_arn          = "arn:aws:s3:::watched/*"
  }

  expect_failures = [var.markers_arn]
}

run "markers_are_needed" {
  command = plan

  variables {
    object_reader_policy = "{\"Statement\":[{}]}"
  }

  expect_failures = [var.markers_arn]
}
