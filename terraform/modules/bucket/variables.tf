variable "bucket" {
  description = "Name of the bucket. It must be unique in all of AWS and have 3 to 63 lower-case letters, digits, '.' and '-' (S3's rules for general purpose buckets)."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.bucket)) && !strcontains(var.bucket, "..") && !can(regex("^[0-9]+(\\.[0-9]+){3}$", var.bucket))
    error_message = "bucket must have 3 to 63 lower-case letters, digits, '.' and '-', begin and end with a letter or digit, contain no '..', and not be an IP address (S3)."
  }

  validation {
    condition     = !can(regex("^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|\\.mrap|--x-s3|--table-s3)$", var.bucket))
    error_message = "bucket begins or ends with a text that S3 reserves: xn--, sthree-, amzn-s3-demo-, -s3alias, --ol-s3, .mrap, --x-s3, --table-s3."
  }
}

variable "adopt" {
  description = "Whether the bucket already exists and is managed elsewhere. The module never deletes such a bucket. The only thing that it can change is the notification configuration, and it does so only if `eventbridge` is true."
  type        = bool
  default     = false
  nullable    = false
}

variable "eventbridge" {
  description = "Whether S3 sends the bucket's events to EventBridge. If true, the module manages the WHOLE notification configuration of the bucket: it removes the notifications that an adopted bucket sends to Lambda, SNS or SQS, and destroying the module leaves the configuration empty."
  type        = bool
  default     = false
  nullable    = false
}

variable "prefixes" {
  description = "Key prefixes that `grantees` and the holders of `reader_policy` are allowed to read, matched literally: at most 100. An empty string stands for the whole bucket."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.prefixes) <= 100 && length(distinct(var.prefixes)) == length(var.prefixes)
    error_message = "prefixes must contain at most 100 prefixes, which must all be different."
  }

  validation {
    condition     = alltrue([for p in var.prefixes : length(p) <= 1024 && !startswith(p, "/") && !can(regex("[*?$\\x00-\\x1f]", p))])
    error_message = "prefixes: at most 1,024 characters (S3's limit of a key), no leading '/', no control character, and no '*', '?' or '$', which would be wildcards in IAM policies."
  }
}

variable "grantees" {
  description = "Principals that are allowed to read the objects under `prefixes`: account IDs, or ARNs of accounts, roles and users. It cannot be set for an adopted bucket, whose policy this module does not manage."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for g in var.grantees : can(regex("^([0-9]{12}|arn:aws[a-z0-9-]*:(iam|sts)::[0-9]{12}:(root|(role|user|assumed-role|federated-user)/[A-Za-z0-9+=,.@_/-]+))$", g))])
    error_message = "grantees must be account IDs of 12 digits or ARNs of accounts, roles or users, such as arn:aws:iam::123456789012:role/reader; never '*'."
  }

  validation {
    condition     = length(var.grantees) == 0 && length(var.statements) == 0 || !var.adopt
    error_message = "grantees and statements cannot be set for an adopted bucket, because the module does not manage its policy; attach reader_policy to the readers instead."
  }

  validation {
    condition     = length(var.grantees) == 0 || length(var.prefixes) > 0
    error_message = "If you set grantees, also set prefixes: grantees are allowed to read the objects under them."
  }
}

variable "statements" {
  description = "Additional statements for the bucket policy: a list of objects with the fields of IAM's JSON (`Sid`, `Effect`, `Principal`, `Action`, `Resource`, `Condition`). A bucket has only one policy, which this module manages. It cannot be set for an adopted bucket."
  type        = any
  default     = []
  nullable    = false
}

variable "force_destroy" {
  description = "Whether destroying the bucket deletes the objects in it. If false, AWS refuses to delete a bucket that is not empty."
  type        = bool
  default     = false
  nullable    = false
}

variable "expire_days" {
  description = "Number of days after which objects are deleted, at least 1. If null, they are never deleted."
  type        = number
  default     = null

  validation {
    condition     = var.expire_days == null || coalesce(var.expire_days, 1) >= 1 && floor(coalesce(var.expire_days, 1)) == coalesce(var.expire_days, 1)
    error_message = "expire_days must be null or a whole number of days, at least 1."
  }
}

variable "tags" {
  description = "Tags for the bucket: at most 50, S3's limit."
  type        = map(string)
  default     = {}
}
