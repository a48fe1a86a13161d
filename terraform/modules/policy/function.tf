locals {
  # What a reader of the watched objects may do, and the function's own markers beside them.
  function_policy = one([for reader in compact([var.object_reader_policy]) : jsonencode({
    Version = local.version
    Statement = concat(jsondecode(reader).Statement, [{
      Sid      = "Markers"
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:PutObject"]
      Resource = [var.markers_arn]
    }])
  })])
}
