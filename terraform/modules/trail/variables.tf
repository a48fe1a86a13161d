variable "name" {
  description = "Name of the trail: 3 to 35 lower-case letters, digits and '-'. The limit keeps the name of the log bucket, `<name>-<account>-<region>`, within S3's 63 characters in every region."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]+(-[a-z0-9]+)*$", var.name)) && length(var.name) >= 3 && length(var.name) <= 35
    error_message = "name must have 3 to 35 lower-case letters, digits and single '-' between them (CloudTrail's and S3's rules together)."
  }
}

variable "bucket_arn" {
  description = "ARN of the bucket to watch."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws[a-z0-9-]*:s3:::[^*/]+$", var.bucket_arn))
    error_message = "bucket_arn must be the ARN of an S3 bucket, such as arn:aws:s3:::my-bucket."
  }
}

variable "prefixes" {
  description = "Key prefixes to watch: 1 to 100. An empty string stands for the whole bucket."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.prefixes) >= 1 && length(var.prefixes) <= 100 && length(distinct(var.prefixes)) == length(var.prefixes)
    error_message = "prefixes must be 1 to 100, and different."
  }

  validation {
    condition     = alltrue([for p in var.prefixes : length(p) <= 1024 && !startswith(p, "/") && !can(regex("[\\x00-\\x1f]", p))])
    error_message = "prefixes: at most 1,024 characters (S3's limit of a key), no leading '/', no control character."
  }
}

variable "log_bucket" {
  description = "Name of the bucket that is created for the trail's log. It must not be the watched bucket, because the log would then record itself. If null, the name is `<name>-<account>-<region>`."
  type        = string
  default     = null

  validation {
    condition     = var.log_bucket == null || !endswith(var.bucket_arn, ":::${coalesce(var.log_bucket, "-")}")
    error_message = "log_bucket must not be the watched bucket: the log would log itself."
  }

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", coalesce(var.log_bucket, "log"))) && !strcontains(coalesce(var.log_bucket, "log"), "..") && !can(regex("^[0-9]+(\\.[0-9]+){3}$", coalesce(var.log_bucket, "log")))
    error_message = "log_bucket must have 3 to 63 lower-case letters, digits, '.' and '-', begin and end with a letter or digit, hold no '..' and be no IP address (S3)."
  }

  validation {
    condition     = !can(regex("^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|\\.mrap|--x-s3|--table-s3)$", coalesce(var.log_bucket, "${var.name}-account-region")))
    error_message = "log_bucket, or name where it is null, begins or ends with what S3 keeps for itself: xn--, sthree-, amzn-s3-demo-, -s3alias, --ol-s3, .mrap, --x-s3, --table-s3."
  }
}

variable "log_retention" {
  description = "Number of days for which the log is kept, at least 1."
  type        = number
  default     = 365
  nullable    = false

  validation {
    condition     = var.log_retention >= 1 && floor(var.log_retention) == var.log_retention
    error_message = "log_retention must be a whole number of days, at least 1."
  }
}

variable "force_destroy" {
  description = "Whether destroying the trail deletes its log. If false, AWS refuses to delete a log bucket that is not empty."
  type        = bool
  default     = false
  nullable    = false
}

variable "kms_key_arn" {
  description = "ARN of a KMS key that encrypts the log. Its policy must allow cloudtrail.amazonaws.com to use it. If null, S3 encrypts the log with its own key."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:aws[a-z0-9-]*:kms:[a-z0-9-]+:[0-9]{12}:key/", var.kms_key_arn))
    error_message = "kms_key_arn must be null or the ARN of a KMS key (arn:…:key/…, not an alias)."
  }
}

variable "tags" {
  description = "Tags for every resource: at most 50, AWS's limit."
  type        = map(string)
  default     = {}
  nullable    = false
}
