variable "name" {
  description = "Name of the stack. Its rules are named `<name>.<key>`, and what `stack tail` creates is named `<name>_tail-…`. 1 to 62 letters, digits and '-'."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9-]{1,62}$", var.name))
    error_message = "name must have 1 to 62 letters, digits and '-'."
  }
}

variable "queue_arn" {
  description = "ARN of the queue that the rules send to. The partition, region and account in all policies are taken from it."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z0-9-]*:sqs:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,80}(\\.fifo)?$", var.queue_arn))
    error_message = "queue_arn must be the ARN of an SQS queue, such as arn:aws:sqs:eu-west-1:123456789012:dispatch."
  }
}

variable "create_queue" {
  description = "Whether the stack creates the queue, so that the operator is allowed to create and delete it."
  type        = bool
  default     = true
  nullable    = false
}

variable "event_bus_name" {
  description = "Name (not ARN) of the event bus that the rules are on."
  type        = string
  default     = "default"
  nullable    = false
}

variable "rule_names" {
  description = "Exact names, without wildcards, of the rules that are not named `<name>.<key>`: the values of the variable `rule_names` of the module `rule`, not its output `rule_names`."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for n in var.rule_names : can(regex("^[.\\-_A-Za-z0-9]{1,64}$", n))])
    error_message = "rule_names must contain names of EventBridge rules: 1 to 64 letters, digits, '.', '-' and '_', without wildcards."
  }
}

variable "archives" {
  description = "Whether the stack has archives (named `<name>.<key>`), so that the operator is allowed to manage them."
  type        = bool
  default     = false
  nullable    = false
}

variable "dead_letter_queue_arn" {
  description = "ARN of the queue that holds the events that the receiver refused permanently or that were received too often without being delivered. The forwarder is allowed to send to it. If null, there is no such queue."
  type        = string
  default     = null
}

variable "delivery_dead_letter_queue_arn" {
  description = "ARN of the queue that holds the events that EventBridge could not put into the queue `queue_arn` (not those that the receiver refused): the output `dead_letter_queue_arn` of the module `rule`. The operator manages it. If null, there is no such queue."
  type        = string
  default     = null
}

variable "kms_key_arn" {
  description = "ARN of the KMS key that encrypts the queues. The policies allow its use only for messages of these queues. If null, SQS manages the encryption."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:aws[a-z0-9-]*:kms:[a-z0-9-]+:[0-9]{12}:key/", var.kms_key_arn))
    error_message = "kms_key_arn must be null or the ARN of a KMS key (arn:…:key/…, not an alias)."
  }
}

variable "create_key" {
  description = "Whether the key `kms_key_arn` is one that the stack creates. The operator is then allowed to manage the key."
  type        = bool
  default     = false
  nullable    = false
}

variable "tag_keys" {
  description = "Keys of the tags that the stack's KMS keys are created with, in addition to `dispatch-events-aws:stack`."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "bucket_arns" {
  description = "ARNs of the buckets that the operator creates and deletes."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "adopted_bucket_arn" {
  description = "ARN of a bucket that already exists. The operator is allowed to inspect it and set its event notification, and nothing else. If null, there is no such bucket."
  type        = string
  default     = null
}

variable "force_destroy" {
  description = "Whether the operator is allowed to delete the objects in `bucket_arns`."
  type        = bool
  default     = false
  nullable    = false
}

variable "trail_arn" {
  description = "ARN of the CloudTrail trail that the operator manages. If null, there is no trail."
  type        = string
  default     = null
}

variable "alarms" {
  description = "The alarms that the operator manages, as the module `alarms` outputs them: `alarms = module.alarms`. Their topic has a KMS key of its own. If null, there are no alarms."
  type = object({
    alarm_arns  = list(string)
    kms_key_arn = optional(string)
    topic_arn   = string
  })
  default = null
}
