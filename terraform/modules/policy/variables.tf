variable "name" {
  description = "Name of the stack: its rules are <name>.<key>, what tail makes is <name>_tail-…. 1 to 62 letters, digits and '-'."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9-]{1,62}$", var.name))
    error_message = "name must have 1 to 62 letters, digits and '-'."
  }
}

variable "queue_arn" {
  description = "ARN of the queue that the rules send to. Partition, region and account of every document are read from it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws[a-z0-9-]*:sqs:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,80}(\\.fifo)?$", var.queue_arn))
    error_message = "queue_arn must be the ARN of an SQS queue, such as arn:aws:sqs:eu-west-1:123456789012:dispatch."
  }
}

variable "create_queue" {
  description = "Whether the queue is the stack's own, for the operator to make and delete."
  type        = bool
  default     = true
  nullable    = false
}

variable "event_bus_name" {
  description = "Name of the event bus that the rules are on, not its ARN."
  type        = string
  default     = "default"
  nullable    = false

  validation {
    condition     = !startswith(var.event_bus_name, "arn:")
    error_message = "event_bus_name must be the bus's name, not its ARN; a partner's is aws.partner/…."
  }
}

variable "rule_names" {
  description = "Exact names of rules that are not named <name>.<key>."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for n in var.rule_names : can(regex("^[.\\-_A-Za-z0-9]{1,64}$", n))])
    error_message = "rule_names must hold names of EventBridge rules: 1 to 64 letters, digits, '.', '-' and '_', no wildcard."
  }
}

variable "archives" {
  description = "Whether the operator manages archives of the bus, <name>.<key>."
  type        = bool
  default     = false
  nullable    = false
}

variable "dead_letter_queue_arn" {
  description = "ARN of the queue that takes what the receiver refuses for good; the forwarder may send to it. Null: there is none."
  type        = string
  default     = null

  validation {
    condition     = var.dead_letter_queue_arn == null || can(regex("^arn:aws[a-z0-9-]*:sqs:", var.dead_letter_queue_arn))
    error_message = "dead_letter_queue_arn must be null or the ARN of an SQS queue."
  }
}

variable "delivery_dead_letter_queue_arn" {
  description = "ARN of the queue that takes what EventBridge could not deliver; the operator manages it. Null: there is none."
  type        = string
  default     = null

  validation {
    condition     = var.delivery_dead_letter_queue_arn == null || can(regex("^arn:aws[a-z0-9-]*:sqs:", var.delivery_dead_letter_queue_arn))
    error_message = "delivery_dead_letter_queue_arn must be null or the ARN of an SQS queue."
  }
}

variable "kms_key_arn" {
  description = "ARN of the KMS key that encrypts the queues, to decrypt messages of these queues with. Null: SQS manages the encryption."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:aws[a-z0-9-]*:kms:[a-z0-9-]+:[0-9]{12}:key/", var.kms_key_arn))
    error_message = "kms_key_arn must be null or the ARN of a KMS key (arn:…:key/…, not an alias)."
  }
}

variable "create_key" {
  description = "Whether kms_key_arn is a key that the stack makes, with an alias."
  type        = bool
  default     = false
  nullable    = false
}

variable "stack_key_arns" {
  description = "ARNs of the KMS keys that the stack makes, for its queues and its alarms: the operator manages them."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for k in var.stack_key_arns : can(regex("^arn:aws[a-z0-9-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[^*]+$", k))])
    error_message = "stack_key_arns must hold ARNs of KMS keys (arn:…:key/…, no alias, no wildcard)."
  }
}

variable "tag_keys" {
  description = "Keys of the tags that the stack's keys are made with, beside the stack's own."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "bucket_arns" {
  description = "ARNs of the buckets that the operator creates and deletes."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for a in var.bucket_arns : can(regex("^arn:aws[a-z0-9-]*:s3:::[^*/]+$", a))])
    error_message = "bucket_arns must hold ARNs of S3 buckets, such as arn:aws:s3:::my-bucket."
  }
}

variable "adopted_bucket_arn" {
  description = "ARN of a bucket that exists already: the operator looks at it and sets its event notification, nothing else. Null: there is none."
  type        = string
  default     = null

  validation {
    condition     = var.adopted_bucket_arn == null || can(regex("^arn:aws[a-z0-9-]*:s3:::[^*/]+$", var.adopted_bucket_arn))
    error_message = "adopted_bucket_arn must be null or the ARN of an S3 bucket, such as arn:aws:s3:::my-bucket."
  }
}

variable "force_destroy" {
  description = "Whether the operator may delete the objects in bucket_arns."
  type        = bool
  default     = false
  nullable    = false
}

variable "trail_arn" {
  description = "ARN of the CloudTrail trail that the operator manages. Null: there is none."
  type        = string
  default     = null

  validation {
    condition     = var.trail_arn == null || can(regex("^arn:aws[a-z0-9-]*:cloudtrail:[a-z0-9-]+:[0-9]{12}:trail/", var.trail_arn))
    error_message = "trail_arn must be null or the ARN of a CloudTrail trail."
  }
}

variable "alarm_topic_arn" {
  description = "ARN of the SNS topic that the operator manages for the alarms, with a KMS key of its own. Null: there is none."
  type        = string
  default     = null

  validation {
    condition     = var.alarm_topic_arn == null || can(regex("^arn:aws[a-z0-9-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$", var.alarm_topic_arn))
    error_message = "alarm_topic_arn must be null or the ARN of an SNS topic."
  }
}

variable "alarm_arns" {
  description = "ARNs of the CloudWatch alarms that the operator manages."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for a in var.alarm_arns : can(regex("^arn:aws[a-z0-9-]*:cloudwatch:[a-z0-9-]+:[0-9]{12}:alarm:[^*]+$", a))])
    error_message = "alarm_arns must hold ARNs of CloudWatch alarms."
  }
}

variable "dashboard_arn" {
  description = "ARN of the CloudWatch dashboard that the operator manages. Null: there is none."
  type        = string
  default     = null

  validation {
    condition     = var.dashboard_arn == null || can(regex("^arn:aws[a-z0-9-]*:cloudwatch::[0-9]{12}:dashboard/[^*]+$", var.dashboard_arn))
    error_message = "dashboard_arn must be null or the ARN of a CloudWatch dashboard."
  }
}

variable "object_reader_policy" {
  description = "IAM policy for a reader of the watched objects alone (JSON), which the function's extends. Null: there is no function."
  type        = string
  default     = null

  validation {
    condition     = var.object_reader_policy == null || try(length(jsondecode(var.object_reader_policy).Statement) > 0, false)
    error_message = "object_reader_policy must be null or an IAM policy (JSON) with a list of statements."
  }
}

variable "markers_arn" {
  description = "ARN of the objects by which the function knows what it has done, such as arn:aws:s3:::my-bucket/posted/*. Needed with object_reader_policy."
  type        = string
  default     = null

  validation {
    condition     = var.object_reader_policy == null || can(regex("^arn:aws[a-z0-9-]*:s3:::[^*/]+/[^*]+/\\*$", var.markers_arn))
    error_message = "markers_arn must be the ARN of a bucket's folder, such as arn:aws:s3:::my-bucket/posted/*, where there is an object_reader_policy."
  }
}
