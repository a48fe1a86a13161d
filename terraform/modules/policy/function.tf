locals {
  # The function: what a reader of the watched objects may do, and its own markers beside them.
  function_statements = concat(try(jsondecode(var.object_reader_policy).Statement, []), [{
    Sid      = "Markers"
    Action   = ["s3:GetObject", "s3:PutObject"]
    Resource = compact([var.markers_arn])
  }])
}
