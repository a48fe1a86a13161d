variable "name" {
  description = "Name of the stack: the alarms are <name>-age, -stalled, -dead-letters and -undelivered, the topic <name>-alarms. 1 to 200 letters, digits, '-' and '_'."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,200}$", var.name))
    error_message = "name must have 1 to 200 letters, digits, '-' and '_' (SNS and CloudWatch)."
  }
}

variable "queue_name" {
  description = "Name of the queue that the forwarder reads, with .fifo where it is FIFO."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,80}(\\.fifo)?$", var.queue_name)) && length(var.queue_name) <= 80
    error_message = "queue_name must be the name of an SQS queue, not its ARN or URL: 1 to 80 letters, digits, '-' and '_', .fifo included."
  }
}

variable "dead_letter_queue_name" {
  description = "Name of the queue that takes what the receiver refuses for good. Null: there is none."
  type        = string
  default     = null

  validation {
    condition     = var.dead_letter_queue_name == null || can(regex("^[A-Za-z0-9_-]{1,80}(\\.fifo)?$", var.dead_letter_queue_name))
    error_message = "dead_letter_queue_name must be null or the name of an SQS queue, not its ARN or URL."
  }
}

variable "delivery_dead_letter_queue_name" {
  description = "Name of the queue that takes what EventBridge could not deliver. Null: there is none."
  type        = string
  default     = null

  validation {
    condition     = var.delivery_dead_letter_queue_name == null || can(regex("^[A-Za-z0-9_-]{1,80}(\\.fifo)?$", var.delivery_dead_letter_queue_name))
    error_message = "delivery_dead_letter_queue_name must be null or the name of an SQS queue, not its ARN or URL."
  }
}

variable "rule_names" {
  description = "Names of the EventBridge rules that the dashboard shows: at most 250, for CloudWatch takes 500 metrics a graph."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.rule_names) <= 250 && alltrue([for r in var.rule_names : can(regex("^[.\\-_A-Za-z0-9]{1,64}$", r))])
    error_message = "rule_names must hold at most 250 names of EventBridge rules: 1 to 64 letters, digits, '.', '-' and '_'."
  }
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

variable "max_age" {
  description = "Seconds that the oldest event may be old before the alarm: 60 to 1,209,600, the longest that SQS keeps a message."
  type        = number
  default     = 900
  nullable    = false

  validation {
    condition     = var.max_age >= 60 && var.max_age <= 1209600 && floor(var.max_age) == var.max_age
    error_message = "max_age must be a whole number of seconds from 60 to 1209600 (14 days)."
  }
}

variable "stalled_minutes" {
  description = "Minutes that events may wait without one being deleted before the alarm: 1 to 1,440, CloudWatch's day."
  type        = number
  default     = 15
  nullable    = false

  validation {
    condition     = var.stalled_minutes >= 1 && var.stalled_minutes <= 1440 && floor(var.stalled_minutes) == var.stalled_minutes
    error_message = "stalled_minutes must be a whole number of minutes from 1 to 1440."
  }
}

variable "endpoints" {
  description = "Who is told: e-mail addresses and https URLs. SNS asks each once to confirm its subscription. Empty: subscribe to the topic by other means."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for e in var.endpoints : can(regex("^(https://[^\\s/?#]+\\S*|[^@\\s:/]+@[^@\\s:/]+\\.[^@\\s:/]+)$", e))])
    error_message = "endpoints must be e-mail addresses or https URLs."
  }

  validation {
    condition     = length(distinct(var.endpoints)) == length(var.endpoints)
    error_message = "endpoints must be different."
  }
}

variable "kms_key" {
  description = "Encryption of the topic. \"create\": by a key made here, which lets CloudWatch encrypt for this topic. An ARN: by that key; its policy must let cloudwatch.amazonaws.com call kms:Decrypt and kms:GenerateDataKey*."
  type        = string
  default     = "create"
  nullable    = false

  validation {
    condition     = var.kms_key == "create" || can(regex("^arn:aws[a-z0-9-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9a-z-]+$", var.kms_key))
    error_message = "kms_key must be \"create\" or the ARN of a key (arn:…:kms:…:key/…): neither an alias, nor AWS's own aws/sns, which CloudWatch may not use."
  }
}

variable "kms_deletion_window" {
  description = "Days between the destruction of the topic and that of the key made for it: 7 to 30, KMS's range."
  type        = number
  default     = 7
  nullable    = false
}

variable "tags" {
  description = "Tags of every resource but the dashboard, which takes none; at most 50, AWS's limit."
  type        = map(string)
  default     = {}
  nullable    = false
}
