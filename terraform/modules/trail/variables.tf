variable "name" {
  description = "Name of the trail: 3 to 35 lower-case letters, digits and '-'. The limit keeps the name of the log bucket, `<name>-<account>-<region>`, within S3's 63 characters in every region."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9]+(-[a-z0-9]+)*$", var.name)) && length(var.name) >= 3 && length(var.name) <= 35
    error_message = "name must have 3 to 35 lower-case letters, digits and single '-' between them (CloudTrail's and S3's rules together). A stack names its trail <name>-trail, so the stack's name may have at most 29."
  }
}

variable "bucket_arn" {
  description = "ARN of the bucket to watch."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z0-9-]*:s3:::[^*/]+$", var.bucket_arn))
    error_message = "bucket_arn must be the ARN of an S3 bucket, such as arn:aws:s3:::my-bucket."
  }
}

variable "prefixes" {
  description = "Key prefixes to watch: 1 to 100. An empty string stands for the whole bucket."
  type        = list(string)

  validation {
    condition     = length(var.prefixes) >= 1 && length(var.prefixes) <= 100 && length(distinct(var.prefixes)) == length(var.prefixes)
    error_message = "prefixes must contain 1 to 100 prefixes, which must all be different."
  }

  validation {
    condition     = alltrue([for p in var.prefixes : length(p) <= 1024 && !startswith(p, "/") && !can(regex("[\\x00-\\x1f]", p))])
    error_message = "prefixes: at most 1,024 characters (S3's limit of a key), no leading '/', no control character."
  }
}

variable "force_destroy" {
  description = "Whether destroying the trail deletes its log. If false, AWS refuses to delete a log bucket that is not empty."
  type        = bool
  default     = false
  nullable    = false
}

variable "tags" {
  description = "Tags for every resource: at most 50, AWS's limit."
  type        = map(string)
  default     = {}
}
