variable "name" {
  description = "Name of the queue, without .fifo. The dead-letter queue is <name>-dead-letters, so at most 62 characters of SQS's 80."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,62}$", var.name))
    error_message = "name must have 1 to 62 letters, digits, '-' and '_' (SQS); .fifo is added where it is due."
  }
}

variable "fifo" {
  description = "Whether the queue and its dead-letter queue are FIFO, deduplicated by content, with high throughput per message group."
  type        = bool
  default     = false
  nullable    = false
}

variable "rules" {
  description = "Names of the EventBridge rules of this account and region that may send to the queue, with * for any characters: orders.* for those of the module rule. Empty: none may. By pattern, so that a changed rule leaves the queue alone."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for r in var.rules : can(regex("^[./\\-_A-Za-z0-9*]+$", r)) && can(regex("^[^*]", r))])
    error_message = "rules must hold names of EventBridge rules: letters, digits, '.', '-', '_' and '/', and '*' anywhere but at the beginning."
  }
}

variable "source_policy_documents" {
  description = "Policy documents (JSON) whose statements are added to the queue's policy, of which SQS takes 8,192 bytes in all."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for d in var.source_policy_documents : can([for s in jsondecode(d).Statement : s.Effect])])
    error_message = "source_policy_documents must hold policy documents (JSON) with a list of statements."
  }
}

variable "visibility_timeout" {
  description = "Seconds that a received message stays hidden: 0 to 43,200 (12 hours), SQS's range. A consumer that renews needs no more than a minute."
  type        = number
  default     = 60
  nullable    = false
}

variable "retention" {
  description = "Seconds that a message is kept: 60 to 1,209,600 (14 days), SQS's range. The longest by default: an outage of the receiver must not lose events."
  type        = number
  default     = 1209600
  nullable    = false
}

variable "dead_letter_retention" {
  description = "Seconds that a dead letter is kept: 60 to 1,209,600 (14 days), SQS's range. SQS counts from the day the message was first sent, not from its death."
  type        = number
  default     = 1209600
  nullable    = false
}

variable "max_message_size" {
  description = "Most bytes of a message: 1,024 to 1,048,576, SQS's range. Null: what the provider sets, 262,144 (256 KiB) with a version before 6.8, which takes no more: larger events are lost. With 6.8 and later give 1048576, for events have up to 1 MiB."
  type        = number
  default     = null
}

variable "receive_wait" {
  description = "Seconds that a receive waits for a message unless it says otherwise: 0 to 20, SQS's range. Long polling by default."
  type        = number
  default     = 20
  nullable    = false
}

variable "max_receive_count" {
  description = "Receives after which a message that was not deleted becomes a dead letter: 1 to 1,000, SQS's range."
  type        = number
  default     = 10
  nullable    = false

  validation {
    condition     = var.max_receive_count >= 1 && var.max_receive_count <= 1000 && floor(var.max_receive_count) == var.max_receive_count
    error_message = "max_receive_count must be a whole number from 1 to 1000."
  }
}

variable "kms_key" {
  description = "Encryption at rest. Null: by SQS's own key. \"create\": by a key made here, which lets EventBridge encrypt for this queue. An ARN: by that key; its policy must let events.amazonaws.com call kms:Decrypt and kms:GenerateDataKey."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key == null || var.kms_key == "create" || can(regex("^arn:aws[a-z0-9-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9a-z-]+$", var.kms_key))
    error_message = "kms_key must be null, \"create\" or the ARN of a key (arn:…:kms:…:key/…): neither an alias, nor AWS's own aws/sqs, which EventBridge may not use."
  }
}

variable "kms_deletion_window" {
  description = "Days between the destruction of the stack and that of the key it made: 7 to 30, KMS's range. The queue goes first, so nothing is left to decrypt."
  type        = number
  default     = 7
  nullable    = false
}

variable "tags" {
  description = "Tags of every resource; at most 50, AWS's limit."
  type        = map(string)
  default     = {}
  nullable    = false
}
